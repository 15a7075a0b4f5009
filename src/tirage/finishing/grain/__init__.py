"""Grain: density noise of a stated size and strength, its own in every photograph, never repeating.

Method: white noise on a lattice, a hash of its coordinates and the photograph's seed, carried to the pixels by the
cubic B-spline, which is a Gaussian but for 2 %. Its spacing gives the noise, pixels included, the spectrum of grains
whose autocorrelation is `grain_um` wide at half its height: power falls to half at 0.44 / `grain_um` cycles per um.
Strength follows Selwyn's law (1935) from the deviation of density that film makers measure through 48 um. The noise is
added to encoded luma, as much as a change of density there changes it, alike in all channels: neutrals stay neutral.
Domain and range: R'G'B' 0..65535. Limits: grain finer than a pixel shows as the pixels' own noise, weaker as it ought.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np

from ...photo.frame import Capture, Metadata
from ...photo.look import Film
from ..texture import bent

#: Lattice steps are counted in this part of a pixel.
STEP_BITS = 12

#: Width of a Gaussian's autocorrelation at half its height, over the Gaussian's own deviation: 2 sqrt(4 ln 2).
WIDTH_PER_DEVIATION = 2 * math.sqrt(4 * math.log(2))

#: Deviation of a cubic B-spline over its spacing, and what is left of the deviation of noise that goes through it.
SPLINE_DEVIATION = math.sqrt(1 / 3)
SPLINE_NOISE = 151 / 315  # the autocorrelation of a cubic B-spline at 0, for each axis

#: A pixel's own aperture: the deviation of a box, in pixels.
PIXEL_DEVIATION = math.sqrt(1 / 12)

#: The hole through which film's granularity is measured: that of a disc of 48 um, as a Gaussian's deviation.
APERTURE_DEVIATION_UM = 12.0

#: Encoded luma times this is the change that a density of 1 would make: ln 10 over the display's exponent of 2.2.
LUMA_PER_DENSITY = math.log(10) / 2.2

#: EXIF tags that tell one photograph from the next: the image's own number, and times and their fractions, where they
#: say no time that can be read.
TIME_TAGS = (36867, 36868, 37520, 37521, 37522)
TELLING_TAGS = (*TIME_TAGS, 42016)

MOST_AMOUNT = 8191


@dataclass(frozen=True, eq=False)
class Grain:
    """Grain of one picture, as the finishing kernels read it.

    `amount` (5,) int16, as `texture.bent` has it: by luma, what a noise of 1 adds, of 32767. `step`: lattice nodes in
    a pixel, times 4096; 0 for no grain. `seed` tells photographs apart.
    """

    amount: np.ndarray
    step: int
    seed: int

    @property
    def arguments(self) -> list:
        """In the kernels' call order."""
        return [self.amount, np.int32(self.step), np.uint32(self.seed)]


#: For pictures without grain.
NO_GRAIN = Grain(np.zeros(5, np.int16), 0, 0)


def grain(film: Film, longer_side_px: int, seed: int) -> Grain:
    """The grain of `film` in a picture whose longer side stands for the film's frame."""
    if not film.granularity:
        return NO_GRAIN
    spacing = math.sqrt(deviation_px(film, longer_side_px) ** 2 + PIXEL_DEVIATION**2) / SPLINE_DEVIATION
    luma = np.linspace(0, 1, 5)
    shape = np.interp(luma, [0, 0.5, 1], [film.shadows, 1, film.highlights])
    full = luma * LUMA_PER_DENSITY * shape * density_deviation(film, longer_side_px)
    uniform = math.sqrt(3) / SPLINE_NOISE  # noise of -1 to 1 has the deviation 1 / sqrt(3)
    amount = np.minimum(32767 * uniform * full, MOST_AMOUNT)
    return Grain(bent(amount), max(round(2**STEP_BITS / spacing), 1), seed)


def deviation_px(film: Film, longer_side_px: int) -> float:
    """The grain's own Gaussian, without the pixel: its deviation in pixels."""
    return film.grain_um / WIDTH_PER_DEVIATION / pixel_um(film, longer_side_px)


def density_deviation(film: Film, longer_side_px: int) -> float:
    """Deviation of a pixel's density at middle grey."""
    grain_um = film.grain_um / WIDTH_PER_DEVIATION
    seen_um = math.hypot(grain_um, PIXEL_DEVIATION * pixel_um(film, longer_side_px))
    return film.granularity / 1000 * math.hypot(grain_um, APERTURE_DEVIATION_UM) / seen_um


def pixel_um(film: Film, longer_side_px: int) -> float:
    """Micrometres of film that a pixel stands for."""
    return 1000 * film.frame_mm / longer_side_px


def seed_of(capture: Capture, metadata: Metadata) -> int:
    """A number of 32 bits of a photograph's own: from its camera, its time and its exposure; the same every time."""
    numbers = [capture.exposure_s, capture.f_number, capture.iso]
    facts = [capture.make, capture.model, capture.time]
    facts += [None if number is None else float(number) for number in numbers]  # 100 is 100.0
    facts += [metadata.exif.get(tag) for tag in TELLING_TAGS if capture.time is None or tag not in TIME_TAGS]
    return int.from_bytes(hashlib.sha256(repr(facts).encode("utf-8", "replace")).digest()[:4], "little")
