"""Fail where a run-time dependency's licence does not go with Apache-2.0. `python tools/check_licences.py`.

Follows the dependencies of the installed `tirage` and reads what each states. LGPL libraries inside a wheel (LibRaw in
rawpy) are dynamically used and allowed; GPL ones are not.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata

ALLOWED = re.compile(r"\b(MIT|BSD|Apache|HPND|PSF|Python Software Foundation|ISC|Zlib|0BSD|MPL|Unlicense)\b", re.I)
REFUSED = re.compile(r"(?<!L)(?<!Lesser )\bA?GPL|GNU (Affero )?General Public", re.I)


def licence(name: str) -> str:
    """What the distribution says of its licence, in one line."""
    information = metadata.metadata(name)
    stated = [information.get("License-Expression") or "", information.get("License") or ""]
    stated += [line for line in information.get_all("Classifier") or [] if line.startswith("License ::")]
    return " | ".join(part.strip().splitlines()[0] for part in stated if part.strip())


def dependencies(name: str) -> set[str]:
    """The distributions that `name` needs at run time, itself included."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        try:
            requirements = metadata.requires(current) or []
        except metadata.PackageNotFoundError:
            continue  # needed on another platform only
        found.add(current)
        for requirement in requirements:
            if "extra ==" not in requirement:
                waiting.append(re.split(r"[^A-Za-z0-9_.-]", requirement, maxsplit=1)[0].lower().replace("_", "-"))
    return found


def main() -> int:
    """Print a line per dependency; 1 where one is not allowed."""
    bad = 0
    for name in sorted(dependencies("tirage")):
        stated = licence(name)
        fits = bool(ALLOWED.search(stated)) and not REFUSED.search(stated)
        bad += not fits
        print(f"{'ok ' if fits else 'NO '} {name:16} {stated[:90]}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
