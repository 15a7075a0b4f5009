"""Look files: TOML in, a checked Look out."""

from __future__ import annotations

import dataclasses
import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ...photo.errors import FileError, UsageError, nearest
from ...photo.look import SCHEMA, SECTIONS, Look
from ...photo.parameters import from_mapping
from .lut import read_table

SHIPPED = Path(__file__).parents[2] / "looks"

STATEMENTS = ("name", "version", "author", "licence", "description")


def shipped_looks() -> list[str]:
    """The names of the looks that come with tirage, sorted."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def is_look_file(name_or_path: str) -> bool:
    """Whether a look's name is rather the path of a file."""
    return name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path


def load_look(name_or_path: str | Path) -> Look:
    """The look of that name, or in that file.

    Raises UsageError for an unknown name (suggesting the nearest) and for anything wrong in the file, FileError where
    the file, or the table that it names, can't be read.
    """
    text = str(name_or_path)
    if not is_look_file(text):
        return _shipped(text)
    path = Path(text)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"the look '{path}' can't be read: {(error.strerror or str(error)).lower()}") from None
    look = parse_look(content, f"look '{path}'")
    digest = hashlib.sha256(content)
    table = None
    if look.lut.file:
        table = read_table(path.parent / look.lut.file, f"look '{path}'")
        digest.update(table.digest.encode())
    return dataclasses.replace(look, lut_table=table, digest=digest.hexdigest())


@cache
def _shipped(name: str) -> Look:
    known = shipped_looks()
    if name not in known:
        raise UsageError(f"unknown look {name!r}; it may be {', '.join(known)}, or a .toml file{nearest(name, known)}")
    return parse_look((SHIPPED / f"{name}.toml").read_bytes(), f"look {name!r}")


def parse_look(content: bytes, where: str) -> Look:
    """The look in `content`, without the table that it names; UsageError beginning with `where` for what is wrong."""
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{where} is not a TOML file: {error}") from None
    schema = table.pop("schema", None)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise UsageError(f"{where} states no schema; begin it with: schema = {SCHEMA}")
    if schema > SCHEMA:
        raise UsageError(f"{where} is of schema {schema}, this tirage reads up to {SCHEMA}; update tirage")
    for statement in STATEMENTS:
        if not isinstance(table.get(statement), str) or not table[statement].strip():
            raise UsageError(f'{where} states no {statement}; add: {statement} = "..."')
    known = [*STATEMENTS, *SECTIONS, "character"]
    for key in table:
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}{nearest(key, known)}")
    parts: dict[str, Any] = {statement: table[statement] for statement in STATEMENTS}
    for key, declared in SECTIONS.items():
        parts[key] = _section(declared, table.get(key, {}), where, key)
    return Look(**parts, schema=schema, character=_character(table.get("character", {}), where))


def _section(declared: Any, values: Any, where: str, key: str) -> Any:
    """The table `values` as the dataclass `declared`, whose fields may be tables themselves."""
    if not isinstance(values, Mapping):
        raise UsageError(f"{where}: [{key}] must be a table")
    inner = {field.name: field.default for field in dataclasses.fields(declared) if "text" not in field.metadata}
    values = {
        name: _section(type(inner[name]), value, where, f"{key}.{name}") if name in inner else value
        for name, value in values.items()
    }
    section = from_mapping(declared, values, f"{where}, [{key}]")
    if hasattr(section, "check"):
        section.check(f"{where}, [{key}]")
    return section


def _character(values: Any, where: str) -> dict[str, tuple[float, float]]:
    """The promises: name = [value, tolerance]."""
    if not isinstance(values, Mapping):
        raise UsageError(f"{where}: [character] must be a table")
    promises = {}
    for key, promise in values.items():
        numbers = promise if isinstance(promise, list) else []
        good = len(numbers) == 2 and all(
            isinstance(n, (int, float)) and not isinstance(n, bool) and -1e9 < n < 1e9 for n in numbers
        )
        if not good or numbers[1] < 0:
            raise UsageError(f"{where}, [character]: {key} must be [value, tolerance]")
        promises[key] = (float(numbers[0]), float(numbers[1]))
    return promises
