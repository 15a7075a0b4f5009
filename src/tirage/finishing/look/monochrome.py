"""Black and white: the brightness that an emulsion, and a filter before it, gives to colours.

A response is a spectral sensitivity; the shares of R, G, B that stand for it are those that serve a family of smooth
reflectances in daylight best (least squares). Sensitivities and filters are smooth models of the published curves:
panchromatic film sees up to 650 nm, orthochromatic up to 585, both with the dip about 500 nm between a silver halide's
own blue and its dyes; glass filters are named by their half transmission (yellow 495 nm, orange 550, red 600 from
there on; green 490 to 570; blue up to 485).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ...colour.matrices import inverse, transformed
from ...colour.observer import COLOUR_MATCHING, FIRST_NM, LAST_NM, STEP_NM
from ...colour.spaces import luminance_weights, rgb_to_rgb, xyz_to_rgb
from ...photo.look import Monochrome

WAVELENGTHS = np.arange(FIRST_NM, LAST_NM + STEP_NM, STEP_NM, dtype=np.float64)

#: CIE standard illuminant D65, relative power every 10 nm from 380 to 780 (ISO 11664-2).
# fmt: off
D65_POWER = np.interp(WAVELENGTHS, np.arange(380, 790, 10), [
    49.9755, 54.6482, 82.7549, 91.486, 93.4318, 86.6823, 104.865, 117.008, 117.812, 114.861, 115.923, 108.811, 109.354,
    107.802, 104.79, 107.689, 104.405, 104.046, 100.0, 96.3342, 95.788, 88.6856, 90.0062, 89.5991, 87.6987, 83.2886,
    83.6992, 80.0268, 80.2146, 82.2778, 78.2842, 69.7213, 71.6091, 74.349, 61.604, 69.8856, 75.087, 63.5927, 46.4182,
    66.8054, 63.3828,
])
# fmt: on

#: How strongly a share away from luminance's costs in the fit: unneeded negative shares only bring noise.
RIDGE = 2e-3


def _from(nm: float, width: float = 8.0) -> np.ndarray:
    """Transmission that begins at `nm`: half there, nine tenths 2.2 `width` beyond."""
    return 1 / (1 + np.exp((nm - WAVELENGTHS) / width))


def _until(nm: float, width: float = 8.0) -> np.ndarray:
    return 1 - _from(nm, width)


def _emulsion(end_nm: float) -> np.ndarray:
    """Sensitivity from where a lens begins to transmit to `end_nm`, with a dip about 500 nm."""
    return _from(400) * _until(end_nm) * (1 - 0.4 * np.exp(-(((WAVELENGTHS - 505) / 22) ** 2)))


def sensitivity(response: str) -> np.ndarray:
    """(81,) relative sensitivity to light's energy at `WAVELENGTHS`, filter included."""
    filters = {
        "panchromatic": 1.0,
        "yellow": _from(495),
        "orange": _from(550),
        "red": _from(600),
        "green": _from(490, 10) * _until(570, 10),
        "blue": _until(485, 10),
    }
    return _emulsion(585) if response == "orthochromatic" else _emulsion(650) * filters[response]


def _reflectances() -> np.ndarray:
    """(n, 81) smooth reflectances: white; steps and bands at every wavelength, up and down, pale and strong."""
    rows = [np.ones(len(WAVELENGTHS))]
    for centre in range(400, 720, 10):
        shapes = [_from(centre, width) for width in (12.0, 30.0)]
        shapes += [np.exp(-(((WAVELENGTHS - centre) / width) ** 2)) for width in (30.0, 60.0)]
        for shape in shapes:
            rows += [low + (high - low) * s for s in (shape, 1 - shape) for low, high in ((0.05, 0.6), (0.25, 0.45))]
    return np.stack(rows)


@cache
def film_weights(response: str) -> np.ndarray:
    """(3,) shares of linear Rec.2020 R, G, B in what film of that `response` sees of daylight; 1 in sum."""
    light = _reflectances() * D65_POWER
    xyz = np.stack([(light * matching).sum(axis=1) for matching in COLOUR_MATCHING.T], axis=-1)
    white = (D65_POWER * COLOUR_MATCHING[:, 1]).sum()
    rgb = transformed(xyz / white, xyz_to_rgb("rec2020"))
    seen = (light * sensitivity(response)).sum(axis=1) / (D65_POWER * sensitivity(response)).sum()
    usual = luminance_weights("rec2020")
    normal = (rgb[:, :, None] * rgb[:, None, :]).mean(axis=0) + RIDGE * np.eye(3)
    found = usual + transformed((rgb * (seen - (rgb * usual).sum(axis=-1))[:, None]).mean(axis=0), inverse(normal))
    return found / found.sum()


def weights(monochrome: Monochrome, space: str) -> np.ndarray:
    """(3,) shares of linear R, G, B of `space` in the brightness of `monochrome`; 1 in sum."""
    if monochrome.response == "luminance":
        return luminance_weights(space)
    if monochrome.response == "channels":
        shares = np.array([monochrome.red, monochrome.green, monochrome.blue])
        shares = shares / shares.sum()
    else:
        shares = film_weights(monochrome.response)
    mixed = transformed(shares, rgb_to_rgb(space, "rec2020").T)
    return mixed / mixed.sum()


def greyed(light: np.ndarray, monochrome: Monochrome, space: str) -> np.ndarray:
    """Scene light (..., 3) of `space`, not negative, as grey (..., 3); as it is where there is no monochrome.

    Light to which a negative share leaves nothing keeps a fortieth of its luminance, and nears that smoothly.
    """
    if monochrome.response == "colour":
        return light
    seen = (light * weights(monochrome, space)).sum(axis=-1, keepdims=True)
    least = 0.1 * (light * luminance_weights(space)).sum(axis=-1, keepdims=True)
    grey = (seen + np.sqrt(seen * seen + least * least)) / (1 + np.sqrt(1.01))
    return np.repeat(grey, 3, axis=-1)
