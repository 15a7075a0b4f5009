"""`tirage info`: what a RAW file says, and what tirage will do with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click


@click.command(
    epilog="""\b
Examples:
  tirage info IMG_0001.dng
  tirage info IMG_0001.dng --json | jq .iso
"""
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="print JSON, for programs")
def info(file: Path, as_json: bool) -> None:
    """Print what the RAW FILE says and what tirage will do with it."""
    from ..pipeline import read
    from ..reading.describe import describe

    facts = describe(read(file), file)
    if as_json:
        import json

        click.echo(json.dumps(facts, indent=2, ensure_ascii=False, default=str))
    else:
        for line in lines(facts):
            click.echo(line)


def lines(facts: dict[str, Any], indent: str = "") -> Iterator[str]:
    """`facts` as aligned text, a line per fact; absent facts are left out, inner tables are indented."""
    width = max((len(_words(key)) for key in facts), default=0)
    for key, value in facts.items():
        if value is None or value == "" or value == [] or value == {}:
            continue
        if isinstance(value, dict):
            yield f"{indent}{_words(key)}"
            yield from lines(value, indent + "  ")
        elif isinstance(value, (list, tuple)) and any(isinstance(item, (str, dict)) for item in value):
            yield f"{indent}{_words(key)}"
            for item in value:
                yield f"{indent}  - " + ("; ".join(lines(item)) if isinstance(item, dict) else str(item))
        else:
            yield f"{indent}{_words(key):{width}}  {_shown(value)}"


def _words(key: str) -> str:
    return str(key).replace("_", " ")


def _shown(value: Any) -> str:
    """A value the way people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(item) for item in value)
    return str(value)
