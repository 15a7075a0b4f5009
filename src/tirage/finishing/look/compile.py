"""A look compiled to the kernel's two tables: a shaper over float32 bits and a 33^3 table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...colour.spaces import rgb_to_rgb
from ...colour.transfer import srgb_encode
from ...photo.look import Look, Pointwise, Tone
from . import profile
from .profile import PROFILE_WHITE, ProfileCurve
from .reference import FAITHFUL, OVERSHOOT, balanced_white, brightest, display, primaries
from .tone import tone_curve

NODES = 33
CELL = 2048  # shaper coordinates in a cell of the table
LAST_NODE = 31  # where light ends to count; the coordinates can't quite reach node 32
TOE = 2.0**-11
LUMA_WEIGHTS = (17 / 64, 44 / 64, 3 / 64)  # as sharpening weighs the channels
GAMUT_THRESHOLD = 0.95  # where the way from grey to the space's edge begins to be compressed
PIECES = 961  # of the shaper: 64 to an octave from TOE to 16, and the piece where 16 itself falls
PIECE = 2**17  # float32 bit patterns in a piece


@dataclass(frozen=True, eq=False)
class CompiledLook:
    """A look for one white point and one output space, as the kernels read it.

    `shaper` (961,) uint32 packs a knot (low 16 bits) and the step to the next; `table` (33^3,) uint64 packs R', G', B'
    of 16 bits from the low end on, index = r + 33 g + 1089 b. `primaries` (3, 3) takes Rec.2020 to the primaries in
    which both work, the output space's as a rule, after colours beyond `gamut_threshold` of the way to their edge are
    compressed; a look's white balance is in it. A profile's curve works in its own, where nothing is compressed.
    """

    primaries: np.ndarray
    shaper: np.ndarray
    table: np.ndarray
    gamut_threshold: float = GAMUT_THRESHOLD

    def grey(self, light: np.ndarray) -> np.ndarray:
        """Luma, of 65535, of greys of scene `light` after exposure."""
        diagonal = self.table[:: 1 + NODES + NODES**2]
        total = np.zeros(np.shape(light))
        for channel, (weight, gain) in enumerate(zip(LUMA_WEIGHTS, self.primaries.sum(axis=1), strict=True)):
            shown = (diagonal >> np.uint64(16 * channel) & np.uint64(0xFFFF)).astype(float)
            place = np.interp(light * gain, knot_light()[:-1], self.shaper & 0xFFFF)
            total += weight * np.interp(place, CELL * np.arange(NODES), shown)
        return total


def compile_look(
    look: Look, white: float, colour_space: str, profile_curve: np.ndarray | None = None, amount: float = 1.0
) -> CompiledLook:
    """The tables of `look` for scenes whose `white` becomes display white, for "srgb" or "display-p3".

    `amount` is its share over `faithful`, 0 to 1.
    `profile_curve` (n, 2) are the points of a camera profile's tone curve, which then takes the place of the look's
    tone and ends at PROFILE_WHITE, whatever `white` is.
    """
    pointwise = look.pointwise if amount else FAITHFUL
    if profile_curve is None:
        return _compiled(pointwise, white, colour_space, None, amount)
    points = np.ascontiguousarray(profile_curve, np.float32).tobytes()
    return _compiled(pointwise, PROFILE_WHITE, colour_space, points)


@lru_cache(maxsize=16)
def _compiled(
    look: Pointwise, white: float, colour_space: str, points: bytes | None = None, amount: float = 1.0
) -> CompiledLook:
    curve = None if points is None else ProfileCurve(np.frombuffer(points, np.float32).reshape(-1, 2))
    end = white if curve else balanced_white(look, white, colour_space)
    knots = shaper_knots(look.tone, end, curve)
    shaper = knots[:-1] | np.diff(knots) << 16
    light = node_light(knots)
    light[0], light[white_node(end)], light[LAST_NODE:] = 0.0, end, brightest(end)
    blue, green, red = np.meshgrid(light, light, light, indexing="ij")
    lattice = np.stack([red, green, blue]).reshape(3, -1).T  # channels apart in memory: half the time
    if curve is None:
        shown = display(lattice, look, white, colour_space, amount)
    else:
        shown = profile.display(lattice, curve, look.colour, colour_space)
    encoded = balanced(shown.reshape(NODES, NODES, NODES, 3), white_node(end))
    code = np.rint(np.clip(encoded, 0, 1) * 65535).astype(np.uint64).reshape(-1, 3)
    table = code[:, 0] | code[:, 1] << np.uint64(16) | code[:, 2] << np.uint64(32)
    if curve:
        return CompiledLook(rgb_to_rgb("rec2020", profile.SPACE), shaper.astype(np.uint32), table, 1.0)
    return CompiledLook(primaries(look, white, colour_space), shaper.astype(np.uint32), table)


def balanced(values: np.ndarray, end: int) -> np.ndarray:
    """`values` [blue, green, red, channel] moved so that straight lines between them err to both sides.

    A line between two samples of a curve that bends one way errs to one side only, by an eighth of the second
    difference; half of that is given to the samples. Nodes where two channels are equal stay: there the middle
    channel's hold begins anew, and greys remain exact.
    """
    moved = values.copy()
    for axis in range(3):
        line = np.moveaxis(values, axis, 0)
        second = np.zeros_like(line)
        second[1:end] = line[: end - 1] - 2 * line[1:end] + line[2 : end + 1]
        moved -= np.moveaxis(second, 0, axis) * APART[axis][..., None] / 16
    return moved


_NODE = np.indices((NODES, NODES, NODES))
#: Per axis: the nodes whose index along it differs from both others.
APART = [(_NODE[axis] != _NODE[axis - 1]) & (_NODE[axis] != _NODE[axis - 2]) for axis in range(3)]


def knot_light() -> np.ndarray:
    """(962,) scene values at the shaper's knots."""
    first = int(np.float32(TOE).view(np.int32))
    return (first + PIECE * np.arange(PIECES + 1, dtype=np.int32)).view(np.float32).astype(float) - TOE


def white_node(white: float) -> int:
    """The table's node at the white point: the last but one, less what the light between it and `brightest` gets.

    The less headroom, the steeper a curve ends at white, and the more nodes the hues above it need.
    """
    cells = 4 - min(max(math.log2(white / 1.4), 0), 2)
    over = cells * math.log(brightest(white) / white) / math.log(OVERSHOOT)
    return LAST_NODE - (max(round(over), 1) if over else 0)


def shaper_knots(tone: Tone, white: float, profile_curve: ProfileCurve | None = None) -> np.ndarray:
    """(962,) integer coordinates at the knots, rising; the white point and `brightest` lie on nodes.

    A blend of the look's own curve on greys, which makes the table straight along them, and of a logarithm, which
    gives saturated highlights and deep shadows their share of the 33 nodes.
    """
    light = knot_light()
    curve, node, top = profile_curve or tone_curve(tone, white), white_node(white), brightest(white)
    share, toe = (0.4, 0.1) if tone.curve == "linear" else (0.05, 0.007 * 4.0 ** -max(tone.shadows_stops, 0))
    if profile_curve is not None:
        share, toe = 0.4, 0.005
    below = np.minimum(light, white)
    shown = srgb_encode(curve(below))
    if tone.black > 0 or tone.white < 1:
        shown = (shown - shown[0]) / (shown[-1] - shown[0])
    place = share * shown + (1 - share) * np.log1p(below / toe) / np.log1p(white / toe)
    over = np.log(np.clip(light, white, top) / white) / max(math.log(top / white), 1e-9)
    knots = np.rint(CELL * (node * place + (LAST_NODE - node) * over)).astype(np.int64)
    for bound, number in ((white, node), (top, LAST_NODE)):
        knots = through(knots, bound, CELL * number)
    return knots


def through(knots: np.ndarray, light: float, coordinate: int) -> np.ndarray:
    """`knots` with the piece in which `light` falls raised, by a few units, so that it reads `coordinate` there."""
    steps = float_steps(light)
    piece, fraction = steps // PIECE, steps % PIECE
    reached = knots[piece] + ((knots[piece + 1] - knots[piece]) * fraction >> 17)
    raised = knots.copy()
    raised[piece : piece + 2] += max(coordinate - int(reached), 0)
    return np.maximum.accumulate(raised)


def float_steps(light: float) -> int:
    """float32 bit patterns from TOE to `light` + TOE: the shaper's abscissa."""
    return int((np.float32(light) + np.float32(TOE)).view(np.int32)) - int(np.float32(TOE).view(np.int32))


def node_light(knots: np.ndarray) -> np.ndarray:
    """(33,) scene values at the table's nodes: the shaper backwards, straight in light between the knots."""
    return np.interp(np.minimum(CELL * np.arange(NODES), 65535), knots, knot_light())
