"""The set on disk, and a developer's way through it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..photo.errors import FileError
from ..writing.atomic import replacing
from .developers import Developer, Rendering
from .item import JUDGES, Item
from .items import all_items
from .judge import Verdict, judged

MANIFEST, TWINS = "manifest.json", "twins"
#: Seconds for a file that must be refused, and for any other.
REFUSAL_LIMIT_S, LIMIT_S = 5.0, 60.0


@dataclass(frozen=True)
class Result:
    """What came of an item."""

    item: str
    group: str
    right: bool
    reason: str = ""
    measured: dict[str, float] = field(default_factory=dict)


def make(folder: Path, items: Iterable[Item] | None = None) -> dict[str, Any]:
    """Write the items, their twins and the manifest into `folder`, which is made; the manifest is returned.

    The same version of tirage writes the same bytes. Raises FileError when the disk refuses.
    """
    try:
        (folder / TWINS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"can't make the folder '{folder}': {error.strerror}") from None
    written: set[Path] = set()
    entries = [_entry(item, folder, written) for item in (all_items() if items is None else items)]
    manifest = {"specification": "Adobe DNG 1.7.1", "judges": JUDGES, "items": entries}
    with replacing(folder / MANIFEST) as file:
        file.write((json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())
    return manifest


def _entry(item: Item, folder: Path, written: set[Path]) -> dict[str, Any]:
    """Write an item and its twin; what the manifest says of them."""
    path = Path(f"{item.name}.dng")
    _write(folder / path, item.encoded(), written)
    entry: dict[str, Any] = {
        "name": item.name,
        "file": str(path),
        "group": item.group,
        "feature": item.feature,
        "section": item.section,
        "tags": list(item.tags),
        "valid": item.is_valid,
        "judge": item.judge,
    }
    if item.twin is not None:
        data = item.twin.encoded()
        path = Path(TWINS, f"{hashlib.sha256(data).hexdigest()[:12]}.dng")
        _write(folder / path, data, written)
        entry["twin"] = path.as_posix()
        entry["bounds"] = _bounds(item)
    if item.patches:
        entry["patches"] = [[patch.left, patch.top, patch.right, patch.bottom, patch.colour] for patch in item.patches]
    return entry


def _bounds(item: Item) -> dict[str, float]:
    if item.judge == "geometry":
        return {"residual_px": item.bounds.residual_px}
    bounds = {"mean": item.bounds.mean, "high": item.bounds.high}
    return {**bounds, "corner": item.bounds.corner} if item.judge == "shading" else bounds


def _write(path: Path, data: bytes, written: set[Path]) -> None:
    if path in written:
        return
    with replacing(path) as file:
        file.write(data)
    written.add(path)


def chosen(names: Iterable[str]) -> list[Item]:
    """Items whose name or group contains one of `names`; all of them where there are none."""
    wanted = [name.lower() for name in names]
    return [one for one in all_items() if not wanted or any(w in one.name or w in one.group.lower() for w in wanted)]


def run(
    folder: Path,
    developers: list[Developer],
    items: list[Item],
    *,
    said: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """The results of `items`, made in `folder`, in order; `developers` are workers of one kind, each runs alone.

    Twins that several items share are developed once.
    """
    manifest = {entry["name"]: entry for entry in make(folder, items)["items"]}
    twins = list(dict.fromkeys(entry["twin"] for entry in manifest.values() if "twin" in entry))
    rendered = dict(zip(twins, _spread(developers, [(folder / twin, LIMIT_S) for twin in twins]), strict=True))
    limits = [LIMIT_S if item.is_valid else REFUSAL_LIMIT_S for item in items]
    tasks = [(folder / manifest[item.name]["file"], limit) for item, limit in zip(items, limits, strict=True)]
    results = []
    for item, rendering in zip(items, _spread(developers, tasks), strict=True):
        verdict = verdict_on(item, rendering, rendered.get(manifest[item.name].get("twin", "")))
        results.append(Result(item.name, item.group, verdict.right, verdict.reason, verdict.measured))
        said(results[-1])
    return results


def _spread(developers: list[Developer], tasks: list[tuple[Path, float]]) -> Iterator[Rendering]:
    """Renderings in order; each developer works on one file at a time."""
    free = list(developers)

    def one(task: tuple[Path, float]) -> Rendering:
        developer = free.pop()
        try:
            started = time.monotonic()
            rendering = developer.render(*task)
            return Rendering(rendering.pixels, rendering.refused, rendering.problem, time.monotonic() - started)
        finally:
            free.append(developer)

    with ThreadPoolExecutor(len(developers)) as pool:
        yield from pool.map(one, tasks)


def verdict_on(item: Item, rendering: Rendering, twin: Rendering | None) -> Verdict:
    """The verdict on a rendering, or on a refusal."""
    if not item.is_valid:
        if rendering.pixels is not None:
            if twin is not None and twin.pixels is not None and judged(item, rendering.pixels, twin.pixels).right:
                return Verdict(True)
            return Verdict(False, "developed, though it must be refused")
        return Verdict(rendering.refused, "" if rendering.refused else rendering.problem)
    if rendering.pixels is None:
        return Verdict(False, rendering.problem or "refused")
    if twin is not None and twin.pixels is None:
        return Verdict(False, f"the twin: {twin.problem}")
    return judged(item, rendering.pixels, twin.pixels if twin else None)
