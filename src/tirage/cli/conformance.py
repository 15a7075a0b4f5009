"""`tirage conformance`: the public DNG conformance set, and any developer's score on it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .report import complain

if TYPE_CHECKING:
    from ..conformance.run import Result

#: Names of `conformance.developers.PRESETS`, here because that module takes NumPy along (a test compares the two).
DEVELOPERS = ("tirage", "rawpy", "flashraw", "dcraw", "rawtherapee", "darktable")


@click.group(
    epilog="""\b
Examples:
  tirage conformance make dngs/
  tirage conformance run --command 'dcraw -T -w {input}'
  tirage conformance scoreboard -o docs/conformance.md --overwrite
"""
)
def conformance() -> None:
    """Judge RAW developers by small DNGs, each with one feature and known truth."""


@conformance.command(
    epilog="""\b
Examples:
  tirage conformance make dngs/
  jq '.items[] | select(.valid) | .name' dngs/manifest.json
"""
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def make(folder: Path) -> None:
    """Write the DNGs, their twins and manifest.json into DIR. The same version writes the same bytes."""
    from ..conformance.run import make as write

    manifest = write(folder)
    click.echo(f"{folder}: {len(manifest['items'])} items, manifest.json")


@conformance.command(
    epilog="""\b
Examples:
  tirage conformance run
  tirage conformance run --developer dcraw gain-map warp
  tirage conformance run --command 'dcraw -T -w {input}'
  tirage conformance run --command 'mydeveloper {input} -o {output}.png' --jobs 4 --json
"""
)
@click.argument("names", metavar="[ITEM]...", nargs=-1)
@click.option(
    "--command", help="a developer: {input} is the file, {output} the picture, without a suffix if one follows"
)
@click.option("--developer", type=click.Choice(DEVELOPERS), help="a developer that is known  [default: tirage]")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1, 64), help="files at a time")
@click.option("--json", "as_json", is_flag=True, help="print every result as JSON, for programs")
@click.option("--folder", metavar="DIR", type=click.Path(path_type=Path), help="keep the files in DIR")
def run(
    names: tuple[str, ...], command: str | None, developer: str | None, jobs: int, as_json: bool, folder: Path | None
) -> int:
    """Let a developer render the set and judge it; ITEMs are parts of names of items or groups.

    A developer is right about an item when it renders the file and its plain twin alike, and about a damaged file when
    it refuses it in time. The exit code is 1 when it is wrong about any.
    """
    from ..conformance.developers import Command, preset
    from ..conformance.run import chosen
    from ..conformance.run import run as judge
    from ..photo.errors import UsageError

    if command and developer:
        raise UsageError("give --command or --developer, not both")
    items = chosen(names)
    if not items:
        raise UsageError(f"no item's name or group holds {' or '.join(map(repr, names))}")
    workers = [Command("command", command) if command else preset(developer or "tirage") for _ in range(jobs)]
    try:
        with _kept(folder) as place, _progress(len(items)) as said:
            results = judge(place, workers, items, said=lambda result: said())
    finally:
        for worker in workers:
            worker.close()
    _show(results, command or developer or "tirage", as_json)
    return 0 if all(result.right for result in results) else 1


@conformance.command(
    epilog="""\b
Examples:
  tirage conformance scoreboard -o docs/conformance.md --overwrite
  tirage conformance scoreboard --developer tirage --developer dcraw
"""
)
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="the page  [default: stdout]")
@click.option("--developer", "developers", multiple=True, type=click.Choice(DEVELOPERS), help="only these; repeatable")
@click.option("--overwrite", is_flag=True, help="replace FILE if it exists")
def scoreboard(output: Path | None, developers: tuple[str, ...], overwrite: bool) -> None:
    """Run every developer found on this machine over the set and write the table as Markdown."""
    from ..conformance.developers import found, version
    from ..conformance.items import all_items
    from ..conformance.scoreboard import counted, page, scores_of
    from ..photo.errors import FileError
    from ..writing.atomic import replacing

    if output is not None and output.exists() and not overwrite:  # before minutes of work
        raise FileError(f"'{output}' exists; give --overwrite or another name")

    names = list(developers) or found()
    items = list(all_items())
    with _kept(None) as place, _progress(len(items) * len(names)) as said:
        scores = scores_of(names, place, items, lambda name, result: said())
    text = page(scores, {name: version(name) for name in names})
    if output is None:
        click.echo(text)
        return
    with replacing(output, overwrite=overwrite) as file:
        file.write(text.encode())
    for name in names:
        click.echo(f"{name}: {counted(scores[name])} right")


@contextlib.contextmanager
def _kept(folder: Path | None) -> Iterator[Path]:
    """`folder`, or one that is removed afterwards."""
    if folder is not None:
        yield folder
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="tirage-conformance-") as place:
        yield Path(place)


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, nothing elsewhere; what is given is called once per item."""
    import sys

    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("judging", total=total)
        yield lambda: bar.advance(task)


def _show(results: list[Result], developer: str, as_json: bool) -> None:
    """The results as a table of groups and the items that are wrong, or as JSON."""
    right = sum(result.right for result in results)
    if as_json:
        import dataclasses
        import json

        found: dict[str, Any] = {"developer": developer, "right": right, "items": len(results)}
        found["results"] = [dataclasses.asdict(result) for result in results]
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ..conformance.scoreboard import counted, groups

    console = Console(soft_wrap=True, highlight=False)
    for result in results:
        if not result.right:
            console.print(f"[red]wrong[/] {result.item}: {escape(result.reason)}")
    table = Table("group", "right", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for group in groups(results):
        table.add_row(group, counted(results, group))
    table.add_row("all", counted(results), style="bold")
    console.print(table)
    if right < len(results):
        complain(f"{developer} is wrong about {len(results) - right} of {len(results)} items")
