"""A RAW file as a look's table is given it, and what local tone would do to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from .. import pipeline
from ..developing import development
from ..finishing import finish as finishing
from ..finishing.local_tone import local_tone_map
from ..photo.look import LocalTone
from ..photo.recipe import Recipe

#: The amounts of local tone that a look may state, and how much of each is tried.
AMOUNTS = ("shadows_stops", "highlights_stops", "local_contrast")
TRIED = (0.5, -0.5, 0.3)


def renderings(path: Path, side: int) -> list[np.ndarray]:
    """(h, w, 3) uint8 sRGB under `faithful`, upright, the longer side about `side`: without local tone, then with each
    of TRIED. Raises FileError for a file that can't be developed.
    """
    raw = pipeline.read(path)
    recipe = Recipe(look="faithful", quality="fast")
    developed = development.prepare(raw, recipe, in_place=True)
    width, height = developed.width, developed.height
    plain = finishing.prepare(
        recipe, developed.white, width, height, None, developed.proxy, noise=developed.luminance_noise
    )
    proxy = developed.proxy()
    area = finishing.area_of(recipe, width, height, raw.orientation)
    pictures = []
    for amount in (None, *zip(AMOUNTS, TRIED, strict=True)):
        plan = plain
        if amount is not None:
            toned = local_tone_map(LocalTone(**dict([amount])), proxy, plain.exposure_gain, developed.white)
            plan = replace(plain, local_tone=toned)
        pixels = pipeline.rendered(developed, plan, area)
        pictures.append(finishing.displayed(reduced(pixels, side), recipe, raw.orientation))
    return pictures


def reduced(codes: np.ndarray, side: int) -> np.ndarray:
    """`codes` (H, W, 3) uint8 as means of squares, the longer side about `side`."""
    from PIL import Image

    factor = max(round(max(codes.shape[:2]) / side), 1)
    return np.array(Image.fromarray(codes).reduce(factor)) if factor > 1 else codes
