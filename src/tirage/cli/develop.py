"""`tirage develop`: RAW files in, finished photographs out."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import click

from ..photo.errors import FileError
from . import plan as planning
from .options import as_toml, chosen_recipe, recipe_options
from .report import Report, became, exit_code, remark, sentence
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

    Exits with 0, with 1 if a file failed (the others are still written), with 2 if the request makes no sense.
    """
    recipe = chosen_recipe(recipe_file, choices)
    format, tasks = planning.plan(inputs, output, format, overwrite=overwrite)
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
    context.exit(_run(tasks, settings, jobs))


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
        click.echo(f"#   {became(task.source, task.target)}{objection}")
    click.echo(recipe, nl=False)
    return 0 if not problems else exit_code(problems[0]) if len(tasks) == 1 else 1


def _run(tasks: list[planning.Task], settings: dict[str, Any], jobs: int | None) -> int:
    """Develop every task, here when it is the only one, else in worker processes; the exit code."""
    requests: dict[int, Request] = {
        index: {"source": str(task.source), "target": str(task.target), **settings}
        for index, task in enumerate(tasks)
        if task.problem is None
    }
    if len(tasks) == 1:
        if tasks[0].problem:
            raise tasks[0].problem
        notes = develop_one(requests[0])
        click.echo(became(tasks[0].source, tasks[0].target))
        remark(tasks[0].source, notes)
        return 0
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
                    report.written(task.source, task.target)
                    remark(task.source, answer.get("notes", []))
    report.summary()
    return 1 if report.failed else 0
