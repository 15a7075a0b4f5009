"""Denoise: a Bayer mosaic without its noise, before anything is interpolated.

Purpose: noise is made even (`stabilise`), the 2x2 quads become brightness and three opponent colours, orthogonal and
turned so that grey is brightness alone; sliding 8x8 DCTs of them, from two phases of quads, keep each coefficient by
how far its neighbourhood of frequencies stands out of the noise. Blocks' mean colours come from a coarser scale where
noise is strong (`blotches`), and small coloured things come back there (`spots`). On request brightness is denoised a
second time at the picture's own resolution: the mosaic less the colour that the first result has, a straight line of
brightness around each site. The mean of two unlike estimates errs less than either. Papers: Makitalo & Foi (2013),
generalised Anscombe transform and its exact unbiased inverse; Yu & Sapiro (2011), "DCT image denoising"; Cai &
Silverman (2001), thresholding by neighbouring coefficients; Guleryuz (2007), weights of overlapping blocks; Coifman &
Donoho (1995), cycle spinning, for which the phases are there; Akiyama et al. (2015), decorrelated planes of raw data;
Lee (1980); He, Sun & Tang (2010), the guided filter.
Domain: a Bayer RawFrame with white noise; range: the same frame in 16 bits with a pedestal, finer than the sensor's
steps; a clipped sample stays clipped, no other becomes so.
Limits: noise that the camera has already smeared is not white and stays; fixed patterns stay. Where a file does not
state its noise it is measured at the highest frequencies, which lossy compression may have emptied.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from ...kernels.call import Placed, run
from ...noise.blotches import smoothed, smoothed_imbalance
from ...noise.model import Noise, noise_of
from ...noise.shrinkage import BLOCK, RULE, STEP, fitted_rule, opponents, rule_row
from ...noise.stabilise import ENTRIES, LEAST_SIDE, tables
from ...photo import levels
from ...photo.frame import RawFrame
from ...photo.levels import PEDESTAL, as_kernels_read
from ...photo.parameters import parameter
from ..linearise import cfa_shift

PHASE_OFFSET = 3  #: pixels from the first phase's quads to the second's

#: Of brightness at the picture's own resolution, as FITTED of the quads; what a block's samples are weighed by, along
#: rows and columns (Kaiser, beta 2); the variance, in the noise's, of brightness that tells nothing of colour; how
#: much higher the threshold is of the last frequency, which is colour's too.
FITTED_FINE = (0.092, 0.085, 0.117, 0.0, 1.5, 0.0, 0.487)
WINDOW = (0.445, 0.691, 0.889, 1.0, 1.0, 0.889, 0.691, 0.445)
NEVER_FLAT = 0.05
LAST_FINE = 1.7

#: Of it in the result; less where grey has over EVEN times as much of one colour as of another: as much as that is
#: over. The brightness of such light is in few of the samples, and the other samples' is nearly all noise.
SHARE, EVEN = 0.7, 5.0
MOVED = 2  #: pixels from the first pass's blocks to the second's

#: The result's levels.
BLACK, WHITE = PEDESTAL, levels.WHITE

#: The kernel for each number of phases.
GRAPHS = {1: "denoise_one_phase", 2: "denoise_two_phases"}
GRAPH_OF_BRIGHTNESS = "denoise_brightness"
GRAPH_OF_SPOTS = "denoise_spots"

#: Cells of the coarser scale beyond the picture's first and last.
CELLS_AROUND = 4

#: The share of the noise's variance that is left on flats by each strength, measured: within a third by one phase or
#: two, light noise or strong; and after a pass or two over brightness.
RESIDUES = {0.0: 1.0, 0.1: 0.974, 0.2: 0.896, 0.3: 0.771, 0.4: 0.61, 0.5: 0.43, 0.6: 0.264, 0.7: 0.14, 0.8: 0.066} | {
    1.0: 0.0165,
    2.0: 0.0065,
}
RESIDUES_FINELY = RESIDUES | {1.0: 0.0082, 2.0: 0.0026}


__all__ = ["BLOCK", "RULE", "STEP", "Strength", "denoise", "opponents", "residue", "rule"]


@dataclass(frozen=True)
class Strength:
    """How much noise is taken away."""

    brightness: float = parameter(1.0, "noise of brightness that is removed, 1 = as measured", low=0.0, high=4.0)
    colour: float = parameter(1.0, "noise of colour that is removed, 1 = as measured", low=0.0, high=4.0)
    detail: float = parameter(0.1, "share of the brightness's grain that is kept, and its detail", low=0.0, high=1.0)


_USUAL = Strength()


def denoise(
    frame: RawFrame,
    strength: Strength = _USUAL,
    noise: Noise | None = None,
    neutral: np.ndarray | None = None,
    phases: int | None = None,
    finely: int = 0,
) -> RawFrame:
    """`frame` without its noise: a uint16 mosaic with black at BLACK and white at WHITE.

    `noise` is that of the frame itself unless given; `neutral` (3,) the camera's response to white, as-shot unless
    given. One of the `phases` takes half as long as two and leaves more noise (0.2 dB where it is faint, 0.7 where it
    is strong): unless given, faint noise gets one. `finely` is the number of passes, 0 to 2, over the brightness at the
    picture's own resolution, where both strengths are the same: the first gains 0.1 to 0.7 dB, more than a second phase
    unless noise is strong, the second up to another 0.1; each takes 1.4 times as long as a phase. `frame` itself is
    returned where there is nothing to do: no mosaic, no strength, or noise too weak to be seen. The result's noise
    profile says what is left of the noise. Raises UnsupportedFileError for a mosaic that is no Bayer one.
    """
    if frame.cfa is None or not (strength.brightness or strength.colour):
        return frame
    shift_x, shift_y = cfa_shift(frame.cfa, 0, 0)
    if min(frame.height, frame.width) < 2:
        return frame
    noise = noise or noise_of(frame)
    if not noise.is_visible:
        return frame
    plain = as_kernels_read(frame)
    white = int(min(np.ceil(plain.white_level[0]), 65535))
    pattern = np.broadcast_to(plain.black_level.reshape(*plain.black_level.shape[:2], -1)[:, :, 0], (2, 2))
    black = [float(pattern[(s // 2 + shift_y) % 2, (s % 2 + shift_x) % 2]) for s in range(4)]
    stable, restored, index_scale = tables(noise.at_sites(), black, white)
    mosaic = plain.mosaic
    extra = [(0, max(0, LEAST_SIDE - side)) for side in mosaic.shape]
    if min(mosaic.shape) < LEAST_SIDE:
        mosaic = np.pad(mosaic, extra, mode="reflect")
    mix = opponents(noise, frame.as_shot_neutral if neutral is None else neutral)
    reached = (mosaic.shape[0] + shift_y, mosaic.shape[1] + shift_x)
    correction = _correction([Placed(mosaic, (shift_y, shift_x)), stable, mix], reached, noise, strength)

    def placed(pixels: np.ndarray, moved: int) -> Placed:
        return Placed(pixels, (shift_y + moved, shift_x + moved))

    def by(graph: str, moved: int, *arguments) -> np.ndarray:
        """What a kernel makes of the mosaic that lies `moved` further down and right."""
        clean = np.empty((reached[0] + moved, reached[1] + moved), np.uint16)
        run(graph, placed(mosaic, moved), stable, *arguments, clean)
        return clean[shift_y + moved :, shift_x + moved :]

    graph, scale = GRAPHS[phases or (2 if noise.is_blotchy else 1)], np.float32(index_scale)
    display = [np.uint16(white), restored, scale]
    as_is = [np.uint16(0), np.stack([np.arange(ENTRIES, dtype=np.uint16)] * 4), scale]

    def roughly(levels: list) -> np.ndarray:
        """By quads; with small coloured things, where noise is so strong that it hides them."""
        if not (strength.colour and noise.is_blotchy):
            return by(graph, 0, mix, *levels, rule(strength), correction)
        rough = by(graph, 0, mix, *as_is, rule(strength), correction)
        strictness = np.float32(max(strength.colour, 1.0) ** 2)
        return by(GRAPH_OF_SPOTS, 0, placed(rough, 0), mix, *levels, strictness)

    if not finely or strength.brightness != strength.colour:
        clean = roughly(display)
    else:
        rough = roughly(as_is)
        constants = [
            *display,
            rule_row(FITTED_FINE, strength.brightness, strength.detail**2),
            np.float32(_share(frame.as_shot_neutral if neutral is None else neutral)),
        ]
        clean = by(GRAPH_OF_BRIGHTNESS, 0, placed(rough, 0), *constants)
        for moved in range(MOVED, finely * MOVED, MOVED):
            _average(clean, by(GRAPH_OF_BRIGHTNESS, moved, placed(rough, moved), *constants))
    return dataclasses.replace(
        frame,
        mosaic=clean[: frame.height, : frame.width],
        black_level=np.full((1, 1), float(BLACK)),
        black_level_delta_h=None,
        black_level_delta_v=None,
        white_level=np.array([float(WHITE)]),
        noise_profile=residue(strength, finely) * noise.profile,
    )


def _share(neutral: np.ndarray | None) -> float:
    """Of brightness at the picture's own resolution in the result."""
    grey = np.ones(3) if neutral is None else np.clip(np.nan_to_num(neutral, nan=1.0), 1e-3, 1e3)
    return SHARE * min(1.0, EVEN * float(np.min(grey) / np.max(grey)))


def _correction(planes: list, shape: tuple[int, int], noise: Noise, strength: Strength) -> Placed:
    """What the coarser scale adds to the colour planes' cells, which holds their blotches; (2, 4, h, w) float32."""
    period = 2 * STEP
    height, width = (-(-side // period) + 2 * CELLS_AROUND for side in shape)
    cells = np.zeros((2, 4, height, width), np.float32)
    placed = Placed(cells, (0, 0, -CELLS_AROUND, -CELLS_AROUND))
    if strength.colour and noise.is_blotchy:
        run("denoise_cells", *planes, placed)
        cells[:, 0] = 0
        for phase in cells:
            for plane in phase[1:3]:
                plane[:] = smoothed(plane, strength.colour**2) - plane
            phase[3] = smoothed_imbalance(phase[3], strength.colour**2) - phase[3]
    return placed


def _average(first: np.ndarray, second: np.ndarray) -> None:
    """The mean of two uint16 arrays, rounded down, in place of the first; rows that stay in the cache at a time."""
    for top in range(0, len(first), 32):
        rows, others = first[top : top + 32], second[top : top + 32]
        differing = rows ^ others
        differing >>= 1
        rows &= others
        rows += differing


def residue(strength: Strength, finely: int = 0) -> float:
    """The share of the noise's variance that is left on flats, where brightness is one of four planes."""
    usual = _USUAL.detail**2
    left = RESIDUES_FINELY if finely and strength.brightness == strength.colour else RESIDUES
    brightness, colour = np.interp([strength.brightness, strength.colour], list(left), list(left.values()))
    brightness += (1 - brightness) * (strength.detail**2 - usual)
    return float(0.25 * brightness + 0.75 * colour)


def rule(strength: Strength) -> np.ndarray:
    """(4, entries) float32, in the order of RULE."""
    return fitted_rule(strength.brightness, strength.colour, strength.detail)
