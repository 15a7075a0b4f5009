"""Every graph that is compiled. A fused graph runs through several phases without storing a picture between them.

12 MP, two threads on two cores of a Xeon with AVX-512, best of 8, 2026-11-22, `python benchmarks/kernels.py`, in ms:
photograph with local tone 92 (malvar2004), 195 (learned, one pass), 302 (two); develop 25, 122, 218; finish 74 (8
bits), 76; denoise 67 (one phase), 117 (two), brightness once more 96; warp 38 (planes share the map), 44; unfinish 23;
apply_hue_sat_table 106; apply_gain_table_map 66; find_outliers 3; proxy 5; local_tone 5; correct_lateral 15; defringe
17. Of a burst: a frame's colours 10, onto the mean 45, twice that where objects moved; what contradicts 16 and
shrinking 117, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import halide as hl

from .developing.camera_profile.kernel import apply_gain_table_map, apply_hue_sat_table
from .developing.chromatic_aberration.kernel import correct_lateral
from .developing.defects.kernel import OutlierScan
from .developing.defringe.kernel import defringe
from .developing.demosaic.kernel import picture_of_quads
from .developing.denoise.kernel import cells as denoise_cells
from .developing.denoise.kernel import denoise, denoise_brightness
from .developing.denoise.spots.kernel import spots
from .developing.geometry.kernel import Warp
from .developing.graphs import METHODS, Demosaicing, Developing
from .developing.highlights.kernel import Rebuild
from .developing.linearise.kernel import Mosaic
from .developing.proxy.kernel import SensorProxy
from .finishing.graphs import Finishing
from .finishing.local_tone.kernel import Coefficients
from .finishing.unfinish.kernel import Unfinish
from .kernels.vocabulary import Graph, Machine
from .merging.graphs import GRAPHS as MERGING

Built = tuple[hl.Func, list[Any]]


def photograph(method: str, machine: Machine) -> Built:
    """Stored values to 8-bit display values: `develop` and `finish` in one."""
    developing = Developing(method)
    sensor = developing.sensor
    finishing = Finishing(developing.sites, (sensor.shift_x, sensor.shift_y), bits=8)
    strip, row = finishing.schedule(machine, strip_rows=developing.demosaicing.quads.strip_rows)
    developing.demosaicing.schedule(machine, strip, row)
    return finishing.output, [*developing.arguments, *finishing.arguments]


def develop(method: str, machine: Machine) -> Built:
    """Stored values to the SceneImage's pixels, planar float32."""
    developing = Developing(method)
    sensor = developing.sensor
    shift = (sensor.shift_x, sensor.shift_y)
    strip_rows = developing.demosaicing.quads.strip_rows
    output, strip, row = picture_of_quads(developing.sites, shift, machine, strip_rows)
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
    quads = demosaicing.quads
    output, strip, row = picture_of_quads(quads.sites, (mosaic.shift_x, mosaic.shift_y), machine, quads.strip_rows)
    demosaicing.schedule(machine, strip, row)
    return output, demosaicing.arguments


def find_outliers(machine: Machine) -> Built:
    """A stored mosaic to one bit per pixel: whether it stands out from the others of its colour."""
    scan = OutlierScan()
    scan.schedule(machine)
    return scan.output, scan.arguments


def highlights(machine: Machine) -> Built:
    """Tiles of a stored mosaic to the same without clipping."""
    rebuilding = Rebuild()
    rebuilding.schedule(machine)
    return rebuilding.output, rebuilding.arguments


def proxy(machine: Machine) -> Built:
    """A stored mosaic to the luminance of the scene at 1/8 size."""
    small = SensorProxy()
    small.schedule(machine)
    return small.output, small.arguments


def local_tone(machine: Machine) -> Built:
    """A scene's luminance at 1/8 size to the coefficients of its local tone."""
    coefficients = Coefficients()
    coefficients.schedule(machine)
    return coefficients.output, coefficients.arguments


def warp(shared: bool, machine: Machine) -> Built:
    """Camera RGB resampled through meshes, then a matrix; `shared`: one map for the three planes."""
    warped = Warp(shared)
    warped.schedule(machine)
    return warped.output, warped.arguments


def unfinish(machine: Machine) -> Built:
    """A finished picture's light, linear, to scene light."""
    undone = Unfinish()
    undone.schedule(machine)
    return undone.output, undone.arguments


#: The methods that a quality level develops by; the others are there to be called alone.
OF_QUALITIES = ("malvar2004", "learned_one_pass", "learned")


def _each(name: str, build: Callable[[str, Machine], Built], methods: Iterable[str], weight: float) -> list[Graph]:
    return [Graph(f"{name}_{method}", partial(build, method), weight) for method in methods]


GRAPHS = (
    *_each("photograph", photograph, OF_QUALITIES, weight=3),
    *_each("develop", develop, OF_QUALITIES, weight=2),
    *_each("demosaic", demosaic, METHODS, weight=2),
    Graph("finish_8_bit", partial(finish, 8)),
    Graph("finish_16_bit", partial(finish, 16)),
    Graph("warp", partial(warp, False)),
    Graph("warp_shared", partial(warp, True)),
    Graph("highlights", highlights),
    Graph("proxy", proxy),
    Graph("local_tone", local_tone),
    Graph("unfinish", unfinish),
    Graph("find_outliers", find_outliers),
    Graph("correct_lateral", correct_lateral),
    Graph("defringe", defringe),
    Graph("apply_hue_sat_table", apply_hue_sat_table),
    Graph("apply_gain_table_map", apply_gain_table_map),
    Graph("denoise_one_phase", partial(denoise, 1)),
    Graph("denoise_two_phases", partial(denoise, 2)),
    Graph("denoise_cells", denoise_cells),
    Graph("denoise_brightness", denoise_brightness),
    Graph("denoise_spots", spots),
    *MERGING,
)
