"""Colour noise: what a quad's red and blue differ from green by noise alone is taken out, before demosaicing.

Purpose: the quick quality's light cleaning, for a few milliseconds. Green stays as it is, and so does the noise of
brightness. Method: red less green and blue less green, in quads, split by a narrow mean (3x3 quads) and a wide one
(11x11) into two scales (the undecimated wavelets of Holschneider et al. 1989); at each, both differences together are
shrunk by how far they exceed the noise of their light (a steeper Breiman 1995, the garrote): an edge's are kept.
Domain and range: planes of white-balanced light. Limits: Bayer mosaics; blotches wider than some twenty pixels stay,
colours weaker than their noise do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...noise.model import QUICK, Noise, noise_of
from ...photo.frame import RawFrame
from ...photo.levels import as_kernels_read, greatest_black

#: 18 % grey on the sensor (ISO 12232), and the deviation there that is seen as colour at a glance: 2 codes of sRGB, a
#: phone's from ISO 200 on.
GREY, VISIBLE = 0.128, 2 / 371

#: Where twenty electrons reach the clip: noisier is no picture.
MOST = 0.06


@dataclass(frozen=True, eq=False)
class ColourNoise:
    """Colour noise of one frame, as the kernels read it: `noise` (6,) float32, and whether to act at all."""

    noise: np.ndarray
    applied: bool

    @property
    def arguments(self) -> list:
        """In the kernels' call order."""
        return [self.noise, np.int32(self.applied)]


#: For frames that are left as they are.
NO_COLOUR_NOISE = ColourNoise(np.zeros(6, np.float32), False)


def colour_noise(frame: RawFrame, gains: np.ndarray, noise: Noise | None = None) -> ColourNoise:
    """The colour noise of a Bayer `frame` under white balance `gains` (3,); nothing to do where it is not visible.

    `noise` is found in the frame unless it is given.
    """
    if frame.cfa is None or min(frame.height, frame.width) < 2:
        return NO_COLOUR_NOISE
    frame = as_kernels_read(frame)
    span = float(frame.white_level[0] - greatest_black(frame)[0])
    pairs = np.minimum((noise or noise_of(frame, QUICK)).profile, MOST)
    if not np.sqrt((pairs @ [GREY, 1.0]).max()) > VISIBLE:
        return NO_COLOUR_NOISE
    ratio = np.asarray(gains, np.float64) / gains[1]  # the kernel knows green's gain
    numbers = np.stack([pairs[:, 0] * span * ratio, pairs[:, 1] * (span * ratio) ** 2], axis=1)
    return ColourNoise(numbers[[1, 0, 2]].astype(np.float32).ravel(), True)
