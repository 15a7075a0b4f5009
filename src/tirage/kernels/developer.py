"""The library of a source tree: compiled on first use for this CPU and cached per user by content."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

from ..photo.errors import KernelError
from .call import Library


def cache_folder() -> Path:
    """Where objects and libraries are kept; `TIRAGE_KERNEL_CACHE` overrides the per-user place."""
    given = os.environ.get("TIRAGE_KERNEL_CACHE")
    if given:
        return Path(given)
    from platformdirs import user_cache_path

    return user_cache_path("tirage") / "kernels"


def replace_text(path: Path, text: str) -> None:
    """Write `text` so that another process finds all of it or none."""
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    temporary.write_text(text)
    os.replace(temporary, path)


def _sources(module: str) -> list[Path]:
    """Every Python file of the top package of `module`, in order."""
    spec = importlib.util.find_spec(module.split(".")[0])
    if spec is None:
        raise KernelError(f"there is no module {module!r} to take kernels from")
    if spec.submodule_search_locations:
        return sorted(path for place in spec.submodule_search_locations for path in Path(place).rglob("*.py"))
    return [Path(spec.origin)] if spec.origin else []


def _stamp(graphs: str) -> str:
    """Digest of everything that could change the library; cheap, so that an unchanged tree starts at once."""
    digest = hashlib.sha256(repr((graphs, sys.version, os.environ.get("TIRAGE_ISA"))).encode())
    for path in sorted({*_sources("tirage"), *_sources(graphs.partition(":")[0])}):
        digest.update(f"{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:24]


def developer_library(graphs: str) -> Library:
    """The library of the graphs at "module:attribute", compiled first where anything has changed."""
    try:
        cache = cache_folder()
        if importlib.util.find_spec("halide") is None:
            raise ImportError
    except ImportError:
        raise KernelError(
            "tirage's kernels are missing here; reinstall tirage (in a source tree: pip install -e '.[dev]')"
        ) from None
    stamp = cache / f"{_stamp(graphs)}.stamp"
    path = Path(stamp.read_text()) if stamp.exists() else None
    if path is None or not path.exists():
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)}
        result = subprocess.run(
            [sys.executable, "-m", "tirage.kernels.build", "--graphs", graphs, "develop", "--cache", str(cache)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        if result.returncode:
            raise KernelError("tirage's kernels do not compile; the compiler's words are above")
        path = Path(result.stdout.strip())
    failures = json.loads(path.with_suffix(".failures.json").read_text())
    if not failures:
        replace_text(stamp, str(path))
    return Library(path, failures)
