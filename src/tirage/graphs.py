"""Every graph that is compiled. A fused graph runs through several phases without storing a picture between them.

12 MP, two threads on two cores of a Xeon with AVX-512, best of 8, 2026-11-22, `python benchmarks/kernels.py`, in ms:
photograph 62 (malvar2004), 69 (menon2007); develop 21, 32; demosaic 19, 30; finish 67 (8 bits), 65 (16 bits).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import halide as hl

from .developing.demosaic.kernel import picture_of_quads
from .developing.graphs import METHODS, Demosaicing, Developing
from .developing.linearise.kernel import Mosaic
from .finishing.graphs import Finishing
from .kernels.vocabulary import Graph, Machine

Built = tuple[hl.Func, list[Any]]


def photograph(method: str, machine: Machine) -> Built:
    """Stored values to 8-bit display values: `develop` and `finish` in one."""
    developing = Developing(method)
    sensor = developing.sensor
    finishing = Finishing(developing.sites, (sensor.shift_x, sensor.shift_y), bits=8)
    strip, row = finishing.schedule(machine, strip_rows=64)
    developing.demosaicing.schedule(machine, strip, row)
    return finishing.output, [*developing.arguments, *finishing.arguments]


def develop(method: str, machine: Machine) -> Built:
    """Stored values to the SceneImage's pixels, planar float32."""
    developing = Developing(method)
    sensor = developing.sensor
    output, strip, row = picture_of_quads(developing.sites, (sensor.shift_x, sensor.shift_y), machine)
    developing.demosaicing.schedule(machine, strip, row)
    return output, developing.arguments


def finish(bits: int, machine: Machine) -> Built:
    """A SceneImage's pixels to 8- or 16-bit display values."""
    scene = hl.ImageParam(hl.Float(32), 3, "scene")
    x, y = hl.Var("x"), hl.Var("y")
    # The strip that is given holds every row that is needed; the clamp is for the vector that reaches past a row's end.
    column = hl.clamp(x, scene.dim(0).min(), scene.dim(0).max())
    row = hl.clamp(y, scene.dim(1).min(), scene.dim(1).max())
    colour = (scene[column, row, 0], scene[column, row, 1], scene[column, row, 2])
    finishing = Finishing([colour], (0, 0), bits)
    finishing.schedule(machine, strip_rows=64)
    return finishing.output, [scene, *finishing.arguments]


def demosaic(method: str, machine: Machine) -> Built:
    """A float32 mosaic to planar float32 R, G, B."""
    mosaic = Mosaic(hl.Float(32))
    demosaicing = Demosaicing(mosaic, method)
    output, strip, row = picture_of_quads(demosaicing.quads.sites, (mosaic.shift_x, mosaic.shift_y), machine)
    demosaicing.schedule(machine, strip, row)
    return output, mosaic.arguments


def _each_method(name: str, build: Callable[[str, Machine], Built], weight: float) -> list[Graph]:
    return [Graph(f"{name}_{method}", partial(build, method), weight) for method in METHODS]


GRAPHS = (
    *_each_method("photograph", photograph, weight=3),
    *_each_method("develop", develop, weight=2),
    *_each_method("demosaic", demosaic, weight=2),
    Graph("finish_8_bit", partial(finish, 8)),
    Graph("finish_16_bit", partial(finish, 16)),
)
