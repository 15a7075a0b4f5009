"""Colour noise: what a quad's red and blue differ from green by noise alone is taken out, before demosaicing.

Purpose: the quick quality's light cleaning, for a few milliseconds. Green stays as it is, and so does the noise of
brightness. Method: red less green and blue less green, in quads, split by a narrow mean (3x3 quads) and a wide one
(11x11) into two scales (the undecimated wavelets of Holschneider et al. 1989); at each, both differences together are
shrunk by how far they exceed the noise of their light (a steeper Breiman 1995, the garrote): an edge's are kept.
Domain and range: planes of white-balanced light. Limits: Bayer mosaics; blotches wider than some twenty pixels stay,
colours weaker than their noise do not.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from ...photo.frame import RawFrame
from ..defects.noise import noise_of
from ..linearise import as_kernels_read, greatest_black

#: 18 % grey on the sensor (ISO 12232), and the deviation there that is seen as colour at a glance: 2 codes of sRGB, a
#: phone's from ISO 200 on.
GREY, VISIBLE = 0.128, 2 / 371

#: A profile is believed that states up to so many times the variance that is shown.
BELIEVED = 4.0

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


def colour_noise(frame: RawFrame, gains: np.ndarray) -> ColourNoise:
    """The colour noise of a Bayer `frame` under white balance `gains` (3,); nothing to do where it is not visible.

    Its noise is as it states, unless it shows much less; or as its evenest places show.
    """
    if frame.cfa is None or min(frame.height, frame.width) < 2:
        return NO_COLOUR_NOISE
    frame = as_kernels_read(frame)
    span = float(frame.white_level[0] - greatest_black(frame)[0])
    pairs = _noise(frame, span)
    if not np.sqrt((pairs @ [GREY, 1.0]).max()) > VISIBLE:
        return NO_COLOUR_NOISE
    ratio = np.asarray(gains, np.float64) / gains[1]  # the kernel knows green's gain
    numbers = np.stack([pairs[:, 0] * span * ratio, pairs[:, 1] * (span * ratio) ** 2], axis=1)
    return ColourNoise(numbers[[1, 0, 2]].astype(np.float32).ravel(), True)


def _noise(frame: RawFrame, span: float) -> np.ndarray:
    """(3, 2) scale and offset of the variance of red, green and blue on 0..1."""
    bare = dataclasses.replace(frame, noise_profile=None)
    white = float(frame.white_level[0])
    slope, offset = noise_of(bare, frame.mosaic, white - span, white)
    shown = np.minimum(np.array([[slope / span, offset / span**2]] * 3), MOST)
    stated = np.asarray(frame.noise_profile if frame.noise_profile is not None else np.inf, np.float64)
    if stated.shape not in ((1, 2), (3, 2)) or not (np.isfinite(stated) & (stated >= 0)).all():
        return shown
    at_grey = [GREY, 1.0]
    return np.broadcast_to(stated, (3, 2)) if (stated @ at_grey).max() <= BELIEVED * (shown @ at_grey)[0] else shown
