"""`tirage develop`: RAW files in, finished photographs out."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import click

from ..photo.errors import FileError, UsageError
from . import plan as planning
from .merge import chosen as merge_arguments
from .merge import merge_options, progress_bar
from .options import as_toml, chosen_recipe, recipe_options
from .report import Report, became, became_of_burst, complain, exit_code, remark, sentence
from .worker import Request, develop_one


@click.command(
    epilog="""\b
Examples:
  tirage develop IMG_0001.dng -o IMG_0001.jpg --look documentary
  tirage develop *.dng -o out/ --look lively --format tiff16 --colour-space display-p3
  tirage develop IMG_0001.dng --exposure +0.7 --white-balance 5200 --crop 100,50,3000,2000
  tirage develop IMG_0001.dng -o small.png --white-balance pick:1200,800 --size 2048
  tirage develop IMG_0002.dng --recipe IMG_0001.jpg    the choices that made IMG_0001.jpg
  tirage develop shoot/ --dry-run > recipe.toml        what would happen; reads back as a recipe
  tirage develop --merge burst/*.dng -o night.jpg      a burst becomes one picture
  tirage develop shoot/ -o out/ --group                bursts are found and merged, single shots developed as usual
"""
)
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=click.Path(),
    help="picture, or a directory: one that exists, or a name that ends in / and is made  [default: beside each input]",
)
@recipe_options
@click.option(
    "--recipe",
    "recipe_file",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    help="take the choices from a .toml or .json file, or from a picture that tirage wrote;"
    " flags given here override it",
)
@click.option(
    "--format",
    type=click.Choice(planning.FORMATS),
    help="format of the picture  [default: by the output's name, else jpeg]",
)
@click.option("--merge", "merging", is_flag=True, help="INPUTS are one burst, which becomes one picture")
@click.option("--group", is_flag=True, help="find the bursts among INPUTS by time and exposure, and merge each")
@merge_options
@click.option("--strip-gps", is_flag=True, help="leave out where the picture was taken")
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1),
    help="files developed at once  [default: as many as cores and memory allow]",
)
@click.option("--dry-run", is_flag=True, help="say what would be written and with which recipe; write nothing")
@click.option("--overwrite", is_flag=True, help="replace pictures that exist; inputs are never overwritten")
@click.pass_context
def develop(
    context: click.Context,
    inputs: tuple[Path, ...],
    output: str | None,
    recipe_file: Path | None,
    format: str | None,
    merging: bool,
    group: bool,
    reference: Any,
    robustness: float | None,
    scale: str | None,
    strip_gps: bool,
    jobs: int | None,
    dry_run: bool,
    overwrite: bool,
    **choices: Any,
) -> None:
    """Develop RAW files into finished photographs.

    INPUTS are RAW files, or directories: those stand for the RAW files directly in them. Each becomes a picture of
    its own. A finished picture (JPEG, PNG, TIFF, WebP), named itself, gets the look as if it were light. Where two
    would get the same name, the later one adds its old suffix or a number: a.dng and a.cr2 become a.jpg and a-cr2.jpg.

    With --merge or --group a burst becomes one picture, named after the frame whose geometry it has; --denoise then
    counts for both, merging and developing.

    Exits with 0, with 1 if a file failed (the others are still written), with 2 if the request makes no sense.
    """
    gathered = _gathering(merging, group, any(given is not None for given in (reference, robustness, scale)))
    recipe = chosen_recipe(recipe_file, choices)
    if (merging or group) and recipe.cfa != "tag":
        raise UsageError("--cfa is for single files; leave it out where bursts are merged")
    format, tasks = planning.plan(inputs, output, format, overwrite=overwrite, gathered=gathered)
    frames = len(tasks[0].burst or (tasks[0].source,))
    if merging and isinstance(reference, int) and not 0 <= reference < frames:
        raise UsageError(f"reference {reference} is not auto or one of 0 to {frames - 1}")
    if dry_run:
        context.exit(_announce(tasks, format, as_toml(recipe)))
    if output is not None:
        is_folder = planning.is_directory(output)
        planning.prepare_folder(Path(output) if is_folder else Path(output).parent, make=is_folder)
    settings = {
        "recipe": recipe.to_mapping(),
        "format": format,
        "overwrite": overwrite,
        "strip_gps": strip_gps,
    }
    merge = merge_arguments(reference, robustness, scale, recipe.denoise)
    context.exit(_run(tasks, settings, merge, jobs))


def _gathering(merging: bool, group: bool, has_merge_flags: bool) -> planning.Gathered:
    """How files become pictures."""
    if merging and group:
        raise UsageError("give --merge for one burst or --group for several, not both")
    if has_merge_flags and not (merging or group):
        raise UsageError("--reference, --robustness and --scale belong to --merge or --group; give one of these")
    return _one_burst if merging else _bursts if group else planning.each_alone


def _one_burst(sources: list[Path]) -> list[tuple[Path, ...]]:
    """All `sources` as one burst."""
    if len(sources) == 1:
        remark(sources[0], ["one frame: nothing to merge it with"])
    return [tuple(sources)]


def _bursts(sources: list[Path]) -> list[tuple[Path, ...]]:
    """The bursts among `sources`; says of which sequences it makes none."""
    from ..reading.bursts import grouped, look_at, not_merged

    shots = [look_at(source) for source in sources]
    for kind, count in not_merged(shots).items():
        complain(f"note: the {count} frames of a sequence called {kind} show different things and are not merged")
    return [tuple(shot.path for shot in burst) for burst in grouped(shots)]


def _announce(tasks: list[planning.Task], format: str, recipe: str) -> int:
    """Print the plan as TOML comments over the recipe; 0, or the exit code of what already has a problem."""
    click.echo(f"# Would write as {format}:")
    problems = []
    for task in tasks:
        problem = task.problem
        if problem is None and not task.source.exists():
            problem = FileError(f"can't read '{task.source}': there is no such file")
        problems += [problem] if problem else []
        objection = f"  (no: {problem})" if problem else ""
        line = became_of_burst(task.burst, task.target) if task.burst else became(task.source, task.target)
        named = ", or as its reference is called" if len(set(task.targets)) > 1 else ""
        click.echo(f"#   {line}{named}{objection}")
    click.echo(recipe, nl=False)
    return 0 if not problems else exit_code(problems[0]) if len(tasks) == 1 else 1


def _request(task: planning.Task, settings: dict[str, Any], merge: dict[str, Any]) -> Request:
    """What a worker is told of a task."""
    request = {"source": str(task.source), "target": str(task.target), **settings}
    if task.burst:
        request |= {"burst": [str(source) for source in task.burst], "merge": merge}
        request["targets"] = [str(target) for target in task.targets]
    return request


def _run(tasks: list[planning.Task], settings: dict[str, Any], merge: dict[str, Any], jobs: int | None) -> int:
    """Develop every task, here when it is the only one, else in worker processes; the exit code."""
    requests = {index: _request(task, settings, merge) for index, task in enumerate(tasks) if task.problem is None}
    if len(tasks) == 1:
        if tasks[0].problem:
            raise tasks[0].problem
        return _run_one(tasks[0], requests[0])
    with Report(len(tasks)) as report:
        for task in tasks:
            if task.problem:
                report.failure(task.source, sentence(task.problem))
        indices = list(requests)
        largest = max((task.source.stat().st_size for task in tasks if task.source.exists()), default=0)
        from . import pool  # worker processes: not worth their imports for one file

        answers = pool.run(requests.values(), jobs or pool.default_jobs(len(requests), largest))
        with contextlib.closing(answers):
            for place, answer in answers:
                task = tasks[indices[place]]
                if "error" in answer:
                    report.failure(task.source, answer["error"])
                else:
                    report.written(task.source, Path(answer.get("target", task.target)), len(task.burst))
                    remark(task.source, answer.get("notes", []))
    report.summary()
    return 1 if report.failed else 0


def _run_one(task: planning.Task, request: Request) -> int:
    """Develop the only task, in this process."""
    if not task.burst:
        notes = develop_one(request)
        click.echo(became(task.source, task.target))
    else:
        with progress_bar("merging") as progress:
            notes = develop_one(request, progress)
        click.echo(became_of_burst(task.burst, Path(request["target"])))
    remark(task.source, notes)
    return 0
