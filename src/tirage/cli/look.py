"""`tirage look`: the looks there are, and what they promise."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from .options import LookName


@click.group(
    no_args_is_help=False,
    epilog="""\b
Examples:
  tirage look list
  tirage look show documentary
""",
)
def look() -> None:
    """List looks, show what one does."""


@look.command(
    "list",
    epilog="""\b
Example:
  tirage look list
""",
)
def list_looks() -> None:
    """Names of the shipped looks, with a line of character each."""
    from ..finishing.look.load import load_look, shipped_looks

    looks = [load_look(name) for name in shipped_looks()]
    width = max((len(look.name) for look in looks), default=0)
    for look in looks:
        click.echo(f"{look.name:{width}}  {look.description}")


@look.command(
    "show",
    epilog="""\b
Examples:
  tirage look show lively
  tirage look show ./street.toml
""",
)
@click.argument("name", type=LookName())
def show_look(name: str) -> None:
    """Every value of the look NAME (or the look file at that path), with its unit and its promises."""
    from ..finishing.look.load import load_look

    look = load_look(name)
    click.echo(f"{look.name} {look.version}, by {look.author}, {look.licence}\n{look.description}")
    for section in dataclasses.fields(look):
        table = getattr(look, section.name)
        if dataclasses.is_dataclass(table):
            click.echo(f"\n{section.name}")
            for field in dataclasses.fields(table):
                value = getattr(table, field.name)
                if dataclasses.is_dataclass(value):
                    click.echo(f"  {field.name}")
                    for inner in dataclasses.fields(value):
                        click.echo("  " + _line(inner, getattr(value, inner.name)))
                else:
                    click.echo(_line(field, value))
    if look.character:
        click.echo("\ncharacter, as measured by the tests")
        for promise, (value, tolerance) in look.character.items():
            click.echo(f"  {promise:28} {value:g} +- {tolerance:g}")


def _line(field: dataclasses.Field[Any], value: Any) -> str:
    """One parameter: its name, value, unit and what it is."""
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    unit = field.metadata["unit"]
    return f"  {field.name:28} {f'{shown} {unit}'.strip():14} {field.metadata['text']}".rstrip()
