"""The items of the conformance set, a file for each group of features."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator

from ..item import Item


@functools.cache
def all_items() -> tuple[Item, ...]:
    """Every item, groups in order; names are unique."""
    found = tuple(_grouped())
    names = [item.name for item in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"items of the same name: {', '.join(sorted(twice))}")
    return found


def _grouped() -> Iterator[Item]:
    from . import (
        absolute,
        colour,
        exposure,
        frame,
        gain_map,
        invalid,
        levels,
        linear_raw,
        mosaic,
        opcodes,
        profile,
        storage,
        warps,
    )

    groups = (absolute, mosaic, levels, storage, linear_raw, colour, exposure, frame, gain_map, warps, opcodes, profile)
    for module in (*groups, invalid):
        for item in module.items():
            yield dataclasses.replace(item, group=module.GROUP)
