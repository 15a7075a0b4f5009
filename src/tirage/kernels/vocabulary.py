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


class Steps:
    """Values on the way to those of pixel (x, y), kept for a block of pixels, each step of it for the next.

    What several values share is a step of its own, or else each computes it. Entries of tables are steps too, copied
    one by one: to take their places out of a vector and put them together to another takes twice as long.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._computed: dict[str, hl.Func] = {}
        self._looked_up: dict[str, hl.Func] = {}
        self._apart: dict[str, hl.Expr] = {}

    def compute(self, step: str, *values: hl.Expr, apart: hl.Expr | None = None) -> tuple[hl.Expr, ...]:
        """`values`, computed a vector at a time; where `apart` holds, by code of its own."""
        result = self._step(step, values, self._computed)
        if apart is not None:
            self._apart[step] = apart
        return result

    def look_up(self, step: str, *entries: hl.Expr) -> tuple[hl.Expr, ...]:
        """`entries` of tables, copied one by one; their places are those of a step before."""
        return self._step(step, entries, self._looked_up)

    def _step(self, step: str, values: tuple[hl.Expr, ...], steps: dict[str, hl.Func]) -> tuple[hl.Expr, ...]:
        x, y, func = hl.Var("x"), hl.Var("y"), hl.Func(f"{step}_{self.name}")
        func[x, y] = values
        steps[step] = func
        here = func[x, y]
        return tuple(here[index] for index in range(len(values))) if len(values) > 1 else (here,)

    def schedule(self, machine: Machine, block: hl.LoopLevel) -> None:
        """Keep every step for a `block` of pixels along x; of some vectors, or it would stay in registers."""
        x = hl.Var("x")
        for step, func in self._computed.items():
            func.compute_at(block).vectorize(x, machine.vector_floats)
            if step in self._apart:
                func.specialize(self._apart[step])
        for func in self._looked_up.values():
            func.compute_at(block).unroll(x, 4)
