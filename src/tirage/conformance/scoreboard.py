"""The scoreboard: every developer found on this machine over the whole set, as a page of the documentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from .item import Item
from .run import Result

Scores = dict[str, list[Result]]
#: Rows of the page beside the counts -> item that is measured, its measure, decimals.
_FIGURES = (
    ("corner/centre, GainMap in list 2 (1 is even)", "gain-map-2-four", "corner", 3),
    ("corner/centre, GainMap in list 3 (1 is even)", "gain-map-3-planes", "corner", 3),
    ("corner/centre, FixVignetteRadial (1 is even)", "fix-vignette-radial", "corner", 3),
    ("checkerboard, WarpRectilinear: residual in pixels", "warp-rectilinear", "residual_px", 2),
    ("checkerboard, WarpFisheye: residual in pixels", "warp-fisheye", "residual_px", 2),
)

_INTRODUCTION = """\
# DNG conformance

What DNG developers make of the conformance set, each as it is by default. `tirage conformance make DIR` writes the
{files} files, `tirage conformance run --command '...'` judges any developer, and this page is written by
`tirage conformance scoreboard -o docs/conformance.md --overwrite`.

Each file has one feature and a twin: a plain file of the same scene. A developer is right when its two renderings
agree, whatever its tone, colours and sharpening. Files that no picture can be made of are right when refused.
"""


def groups(items: Sequence[Item] | Sequence[Result]) -> list[str]:
    """Groups in order."""
    return list(dict.fromkeys(item.group for item in items))


def counted(results: Sequence[Result], group: str = "") -> str:
    """How many are right, of how many: "12 / 14"."""
    chosen = [result for result in results if not group or result.group == group]
    return f"{sum(result.right for result in chosen)} / {len(chosen)}"


def page(scores: Scores, versions: dict[str, str]) -> str:
    """The scoreboard in Markdown: a column for each developer."""
    names = list(scores)
    titles = [f"{name} {versions.get(name, '')}".strip() for name in names]
    some = next(iter(scores.values()))
    lines = [
        *_INTRODUCTION.format(files=len(some)).splitlines(),
        "",
        _row(["items right", *titles]),
        _row(["---", *["---:"] * len(names)]),
        *(_row([group, *(counted(scores[name], group) for name in names)]) for group in groups(some)),
        _row(["**all**", *(f"**{counted(scores[name])}**" for name in names)]),
        "",
        _row(["measured", *titles]),
        _row(["---", *["---:"] * len(names)]),
        *(
            _row([words, *(_figure(scores[name], item, key, digits) for name in names)])
            for words, item, key, digits in _FIGURES
        ),
        "",
    ]
    for name, title in zip(names, titles, strict=True):
        wrong = [result for result in scores[name] if not result.right]
        if wrong:
            lines += ["<details>", f"<summary>{title}: {len(wrong)} items that are not right</summary>", ""]
            lines += [f"- `{result.item}`: {_plain(result.reason)}" for result in wrong]
            lines += ["", "</details>", ""]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _figure(results: Sequence[Result], item: str, key: str, digits: int) -> str:
    found = next((result.measured[key] for result in results if result.item == item and key in result.measured), None)
    return "–" if found is None else f"{found:.{digits}f}"


def _plain(text: str) -> str:
    """One line of plain text, without the folders of this machine."""
    words = [Path(word).name if word.lstrip("'`\"(").startswith("/") else word for word in text.split()]
    return " ".join(words).replace("|", "/").replace("<", "(").replace(">", ")")[:160] or "wrong"


def scores_of(
    names: Sequence[str],
    folder: Path,
    items: list[Item],
    said: Callable[[str, Result], None] = lambda name, result: None,
) -> Scores:
    """The results of each preset over the set in `folder`, one after the other, a file at a time."""
    from .developers import preset
    from .run import run

    scores = {}
    for name in names:
        developer = preset(name)
        try:
            scores[name] = run(folder, [developer], items, said=lambda result, name=name: said(name, result))
        finally:
            developer.close()
    return scores
