"""One way to declare a parameter: a frozen dataclass field that carries its unit, range and text.

Command-line flags, the look schema and the reference pages are derived from these declarations, so that a
parameter is described in one place only.
"""

from __future__ import annotations

import dataclasses
import reprlib
import sys
from collections.abc import Mapping
from typing import Any, TypeVar

from .errors import UsageError, nearest

T = TypeVar("T")


def parameter(
    default: Any,
    text: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """A dataclass field with `default`, described by `text`; numbers may be bounded by `low` and `high` (inclusive)."""
    metadata = {"text": text, "unit": unit, "low": low, "high": high, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


def validate(instance: Any, where: str = "") -> None:
    """Raise UsageError naming the first field of `instance` that is out of its declared range or choices.

    `where` names the place for the message, for example "look 'street.toml', [tone]".
    """
    prefix = f"{where}: " if where else ""
    for field in dataclasses.fields(instance):
        value, meta = getattr(instance, field.name), field.metadata
        if "text" not in meta or (value is None and field.default is None):
            continue
        if isinstance(field.default, str) and not isinstance(value, str):
            raise UsageError(f"{prefix}{field.name} must be a text, not {value!r}")
        if isinstance(field.default, bool) and not isinstance(value, bool):
            raise UsageError(f"{prefix}{field.name} must be true or false, not {value!r}")
        low, high, choices = meta["low"], meta["high"], meta["choices"]
        is_numeric = isinstance(field.default, float) or low is not None or high is not None
        if is_numeric and not _is_number(value):
            raise UsageError(f"{prefix}{field.name} must be a finite number, not {reprlib.repr(value)}")
        if choices is not None and value not in choices:
            hint = nearest(str(value), list(choices))
            raise UsageError(f"{prefix}{field.name} must be one of {', '.join(choices)}, not {value!r}{hint}")
        if is_numeric:
            unit = f" {meta['unit']}" if meta["unit"] else ""
            if (low is not None and value < low) or (high is not None and value > high):
                bounds = f"{'' if low is None else f'{low:g}'}..{'' if high is None else f'{high:g}'}{unit}"
                raise UsageError(f"{prefix}{field.name} = {value:g} is out of range; it may be {bounds}")


def _is_number(value: Any) -> bool:
    """Whether `value` is a number within a double's range: not NaN, nor a whole number of 400 digits."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def from_mapping(cls: type[T], values: Mapping[str, Any], where: str) -> T:
    """Make the dataclass `cls` from a table of a file; unknown keys and bad values raise UsageError with `where`."""
    known = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}{nearest(key, known)}")
    instance = cls(**values)
    validate(instance, where)
    return instance
