"""What a graph is and what its schedule may know of the machine. Imported while compiling only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import halide as hl


@dataclass(frozen=True)
class Machine:
    """The facts of a target that a schedule may depend on; results never do."""

    vector_floats: int  #: 32-bit lanes in one vector register
    vector_shorts: int  #: 16-bit lanes in one vector register
    parallel: bool  #: whether the target has threads


@dataclass(frozen=True)
class Graph:
    """A fused pipeline that compiles to one function.

    `build(machine)` returns the scheduled output Func and its arguments (`hl.ImageParam`, `hl.Param`) in call
    order; the outputs come last of themselves. `name` is a Python identifier, unique among the graphs.
    `weight` is the rough compile time relative to the other graphs: the heaviest compile first.
    """

    name: str
    build: Callable[[Machine], tuple[hl.Func, Sequence[Any]]]
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or not self.name.isascii():
            raise ValueError(f"a graph's name must be an identifier, not {self.name!r}")


def machine_of(target: str) -> Machine:
    """The `Machine` of a Halide target string such as "x86-64-linux-sse41-avx-f16c-fma-avx2"."""
    features = target.split("-")
    floats = 16 if "avx512" in features else 8 if "avx2" in features else 4
    return Machine(vector_floats=floats, vector_shorts=2 * floats, parallel="wasm" not in features)
