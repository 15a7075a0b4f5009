"""`tirage look`: the looks there are, what they do, and new ones made from them."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import Any

import click

from ..photo.errors import UsageError
from .look_exchange import export, import_
from .look_fit import fit
from .options import LookName

PICTURES = click.Path(path_type=Path, readable=False)
overwriting = click.option("--overwrite", is_flag=True, help="replace a file that exists")


@click.group(
    no_args_is_help=False,
    epilog="""\b
Examples:
  tirage look list
  tirage look show documentary
  tirage look new street.toml --from documentary
""",
)
def look() -> None:
    """List looks, show what one does, make a new one."""


@look.command(
    "list",
    epilog="""\b
Examples:
  tirage look list
  tirage look list --sheet looks.jpg
  tirage look list --sheet looks.jpg --photo IMG_0001.dng
""",
)
@click.option("--sheet", metavar="PATH", type=PICTURES, help="draw a photograph under every look as a contact sheet")
@click.option(
    "--photo", metavar="PATH", type=PICTURES, help="the photograph on the sheet  [default: a drawn landscape]"
)
@overwriting
def list_looks(sheet: Path | None, photo: Path | None, overwrite: bool) -> None:
    """Names of the shipped looks, with a line of character each."""
    from ..finishing.look.load import load_look, shipped_looks

    if sheet is None and photo is not None:
        raise UsageError("--photo needs --sheet, the picture to draw the contact sheet in")
    if sheet is not None:
        from .sheet import draw_sheet

        draw_sheet(sheet, shipped_looks(), photo, overwrite=overwrite)
    looks = [load_look(name) for name in shipped_looks()]
    width = max((len(look.name) for look in looks), default=0)
    for look in looks:
        click.echo(f"{look.name:{width}}  {look.description}")
    if sheet is not None:
        click.echo(f"\n{sheet}  a photograph under every look")


@look.command(
    "show",
    epilog="""\b
Examples:
  tirage look show lively
  tirage look show ./street.toml
  tirage look show documentary --plot curve.png
""",
)
@click.argument("name", type=LookName())
@click.option("--plot", metavar="PATH", type=PICTURES, help="draw its tone curve, hues and saturation")
@overwriting
def show_look(name: str, plot: Path | None, overwrite: bool) -> None:
    """What the look NAME (or the look file at that path) does, in words, then every value with its unit."""
    from ..finishing.look.load import load_look
    from ..finishing.look.words import in_words

    look = load_look(name)
    if plot is not None:
        from .plot import draw_plot

        draw_plot(plot, look, overwrite=overwrite)
    click.echo(f"{look.name} {look.version}, by {look.author}, {look.licence}\n{look.description}\n")
    for sentence in in_words(look) or ["Nothing that `faithful` would not do."]:
        click.echo(f"- {sentence}")
    for section in dataclasses.fields(look):
        table = getattr(look, section.name)
        if section.name != "lut_table" and dataclasses.is_dataclass(table):
            click.echo(f"\n{section.name}")
            _print_table(table)
    if look.character:
        click.echo("\ncharacter, as measured by the tests")
        for promise, (value, tolerance) in look.character.items():
            click.echo(f"  {promise:28} {value:g} +- {tolerance:g}")
    if plot is not None:
        click.echo(f"\n{plot}  its tone curve, hues and saturation")


def _print_table(table: Any) -> None:
    """Every parameter of a section; of the eight hues, those that do something."""
    shown = 0
    for field in dataclasses.fields(table):
        value = getattr(table, field.name)
        if not dataclasses.is_dataclass(value):
            click.echo(_line(field, value))
            shown += 1
            continue
        for inner in dataclasses.fields(value):
            if getattr(value, inner.name) != inner.default:
                click.echo(_line(inner, getattr(value, inner.name), f"{field.name}."))
                shown += 1
    if not shown:
        click.echo("  as they are")


def _line(field: dataclasses.Field[Any], value: Any, prefix: str = "") -> str:
    """One parameter: its name, value, unit and what it is."""
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    unit = field.metadata["unit"]
    return f"  {prefix + field.name:28} {f'{shown} {unit}'.strip():14} {field.metadata['text']}".rstrip()


@look.command(
    "new",
    epilog="""\b
Examples:
  tirage look new street.toml --from documentary
  tirage develop IMG_0001.dng --look ./street.toml
""",
)
@click.argument("path", type=PICTURES)
@click.option("--from", "base", type=LookName(), default="faithful", help="the look to begin with  [default: faithful]")
@overwriting
def new_look(path: Path, base: str, overwrite: bool) -> None:
    """Write the look file PATH, ready to edit: every parameter with what it is, those of another look set.

    A look that renders by a table gets a copy of that beside it.
    """
    from ..finishing.look.load import load_look
    from ..finishing.look.lut import write_table
    from ..finishing.look.page import look_file
    from ..writing.atomic import replacing

    if path.suffix.lower() != ".toml":
        raise UsageError(f"'{path}' is no name of a look file; end it in .toml")
    look = load_look(base)
    stated = {
        "name": path.stem,
        "version": "1.0",
        "author": "me",
        "licence": look.licence,
        "description": f"Made from {look.name}: {look.description}",
    }
    table = look.lut_table
    if table is not None:
        look = dataclasses.replace(look, lut=dataclasses.replace(look.lut, file=f"{path.stem}.npz"))
    with replacing(path, overwrite=overwrite) as file:
        file.write(look_file(look, stated).encode())
        if table is not None:
            with replacing(path.with_suffix(".npz"), overwrite=overwrite) as beside:
                write_table(beside, table.values)
    click.echo(f"{path}  edit it, then: tirage develop IMG.dng --look {_as_path(path)}")


def _as_path(path: Path) -> str:
    """`path` as one writes it where a bare name would be taken for a shipped look."""
    return shlex.quote(str(path) if path.is_absolute() or len(path.parts) > 1 else f"./{path}")


look.add_command(fit)
look.add_command(export)
look.add_command(import_)
