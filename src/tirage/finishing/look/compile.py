"""A look compiled to the kernel's two tables: a shaper over float32 bits and a 33^3 table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...colour.transfer import srgb_encode
from ...photo.look import Colour, Look, Tone
from .kernel_reference import inside_gamut
from .reference import display
from .tone import tone_curve

NODES = 33
CELL = 2048  # shaper coordinates in a cell of the table
TOP_NODE = 31  # the node at the white point; the last one holds what lies above
TOE = 2.0**-11
PIECES = 961  # of the shaper: 64 to an octave from TOE to 16, and the piece where 16 itself falls
PIECE = 2**17  # float32 bit patterns in a piece


@dataclass(frozen=True, eq=False)
class CompiledLook:
    """A look for one white point and one output space, as the kernels read it.

    `shaper` (961,) uint32 packs a knot (low 16 bits) and the step to the next; `table` (33^3,) uint64 packs R', G', B'
    of 16 bits from the low end on, index = r + 33 g + 1089 b.
    """

    shaper: np.ndarray
    table: np.ndarray


def compile_look(look: Look, white: float, colour_space: str) -> CompiledLook:
    """The tables of `look` for scenes whose `white` becomes display white, for "srgb" or "display-p3"."""
    return _compiled(look.tone, look.colour, white, colour_space)


@lru_cache(maxsize=16)
def _compiled(tone: Tone, colour: Colour, white: float, colour_space: str) -> CompiledLook:
    knots = shaper_knots(tone, white)
    shaper = knots[:-1] | np.diff(knots) << 16
    light = np.minimum(node_light(knots), white)
    light[TOP_NODE:] = white
    blue, green, red = np.meshgrid(light, light, light, indexing="ij")
    lattice = np.stack([red, green, blue], axis=-1).reshape(-1, 3)
    look = Look("", "", "", "", "", tone=tone, colour=colour)
    code = np.rint(display(lattice, look, white, colour_space) * 65535).astype(np.uint64)
    table = code[:, 0] | code[:, 1] << np.uint64(16) | code[:, 2] << np.uint64(32)
    return CompiledLook(shaper.astype(np.uint32), table)


def knot_light() -> np.ndarray:
    """(962,) scene values at the shaper's knots."""
    first = int(np.float32(TOE).view(np.int32))
    return (first + PIECE * np.arange(PIECES + 1, dtype=np.int32)).view(np.float32).astype(float) - TOE


def shaper_knots(tone: Tone, white: float) -> np.ndarray:
    """(962,) integer coordinates at the knots, rising; `white` lies at or just above node 31.

    A blend of the look's own curve on greys, which makes the table straight along them, and of a logarithm, which
    gives saturated highlights and deep shadows their share of the 33 nodes.
    """
    light = knot_light()
    curve = tone_curve(tone, white)
    share, toe = (0.25, 0.006) if tone.curve == "linear" else (0.05, 0.012)
    below = np.minimum(light, white)
    place = share * srgb_encode(curve(below)) + (1 - share) * np.log1p(below / toe) / np.log1p(white / toe)
    knots = np.rint(place * (TOP_NODE * CELL)).astype(np.int64)
    last = int(np.searchsorted(light, white, side="right")) - 1  # the piece in which white falls
    bits = int((np.float32(white) + np.float32(TOE)).view(np.int32)) - int(np.float32(TOE).view(np.int32))
    fraction = bits - last * PIECE
    step = -(-(TOP_NODE * CELL - int(knots[last])) * PIECE // max(fraction, 1))
    top = min(int(knots[last]) + step, 65535)
    if last >= PIECES - 1 or top - knots[last] > CELL:  # white lies on a knot, all but exactly
        knots[last], top = TOP_NODE * CELL, TOP_NODE * CELL + 1
    knots[last + 1 :] = np.linspace(top, 65535, PIECES - last).astype(np.int64)
    return knots


def node_light(knots: np.ndarray) -> np.ndarray:
    """(33,) scene values at the table's nodes: the shaper backwards, straight in light between the knots."""
    return np.interp(np.minimum(CELL * np.arange(NODES), 65535), knots, knot_light())


def apply_reference(compiled: CompiledLook, scene: np.ndarray) -> np.ndarray:
    """R'G'B' (..., 3), 0..65535 int64, of scene-linear Rec.2020 after exposure, in the kernel's integers."""
    light = inside_gamut(np.asarray(scene, np.float32)).astype(np.float32)
    z = np.clip(np.nan_to_num(light), np.float32(0), np.float32(16)) + np.float32(TOE)
    bits = z.view(np.int32).astype(np.int64) - int(np.float32(TOE).view(np.int32))
    piece, fraction = bits >> 17, bits & (PIECE - 1)
    entry = compiled.shaper[piece].astype(np.int64)
    coordinates = (entry & 65535) + ((entry >> 16) * fraction >> 17)
    corner, within = coordinates >> 11, coordinates & (CELL - 1)
    order = np.argsort(-within, axis=-1, kind="stable")
    sizes = np.take_along_axis(within, order, axis=-1)
    index = (corner * [1, NODES, NODES**2]).sum(axis=-1)
    weights = -np.diff(sizes, axis=-1, prepend=CELL, append=0)
    total = np.full(scene.shape, CELL // 2, np.int64)
    for step in range(4):
        if step:
            index = index + np.array([1, NODES, NODES**2])[order[..., step - 1]]
        entries = compiled.table[np.minimum(index, NODES**3 - 1)]
        for channel in range(3):
            value = (entries >> np.uint64(16 * channel) & np.uint64(65535)).astype(np.int64)
            total[..., channel] += weights[..., step] * value
    return total >> 11
