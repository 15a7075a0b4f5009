"""A photographed ColorChecker: Delta E 2000 of camera colour beside LibRaw's, both without demosaicing.

The reference is colour-science's "ColorChecker24 - After November 2014" (X-Rite's data, D50). Patches are means over
2x2-binned quads. The camera was set to daylight (5300 K) though tungsten (2860 K) lit the chart. So accuracy is judged
after picking the chart's own grey; as shot, both renderings are of one wrong white.
"""

from __future__ import annotations

from pathlib import Path

import colour
import numpy as np
import pytest

from oracles import COLORCHECKER_AGAINST_LIBRAW, COLORCHECKER_AS_SHOT_AGAINST_LIBRAW
from tirage.developing.camera_colour import camera_to_scene
from tirage.developing.white_balance import neutral_for
from tirage.photo.frame import RawFrame
from tirage.reading import read

FILE = "raw/canon_x4_colorchecker.dng"
#: Centres of the chart's corner patches (x, y) in the active area: dark skin, bluish green, white, black.
CORNERS = np.array([[[714, 626], [1252, 614]], [[704, 930], [1258, 924]]], float)
#: Half the size of what is averaged of a patch, in quads.
HALF_WIDTH, HALF_HEIGHT = 13, 11
NEUTRAL_8 = 19


def centres() -> np.ndarray:
    """(24, 2) centres of the patches in the active area, in the chart's order."""
    across, down = np.meshgrid(np.linspace(0, 1, 6), np.linspace(0, 1, 4))
    across, down = across[..., None], down[..., None]
    upper = (1 - across) * CORNERS[0, 0] + across * CORNERS[0, 1]
    lower = (1 - across) * CORNERS[1, 0] + across * CORNERS[1, 1]
    return ((1 - down) * upper + down * lower).reshape(24, 2)


def patches(quads: np.ndarray) -> np.ndarray:
    """(24, 3) means of the patches of a picture of quads (h, w, 3)."""
    return np.array(
        [
            quads[y - HALF_HEIGHT : y + HALF_HEIGHT, x - HALF_WIDTH : x + HALF_WIDTH].mean(axis=(0, 1))
            for x, y in np.rint(centres() / 2).astype(int)
        ]
    )


def camera_patches(frame: RawFrame) -> np.ndarray:
    """(24, 3) camera RGB, linearised, not white-balanced."""
    assert frame.cfa == "RGGB"
    black, white = float(frame.black_level.mean()), float(frame.white_level[0])
    light = (frame.mosaic.astype(float) - black) / (white - black)
    green = (light[0::2, 1::2] + light[1::2, 0::2]) / 2
    return patches(np.stack([light[0::2, 0::2], green, light[1::2, 1::2]], axis=-1))


def libraw_patches(path: Path, neutral: np.ndarray) -> np.ndarray:
    """(24, 3) linear sRGB of LibRaw's half-size rendering under the same white."""
    import rawpy

    gains = 1 / neutral
    with rawpy.imread(str(path)) as raw:
        pixels = raw.postprocess(
            user_wb=[gains[0], gains[1], gains[2], gains[1]],
            output_color=rawpy.ColorSpace.sRGB,  # type: ignore[attr-defined]
            output_bps=16,
            half_size=True,
            gamma=(1, 1),
            no_auto_bright=True,
            adjust_maximum_thr=0.0,
        )
    return patches(pixels / 65535)


def mean_delta_e(rgb: np.ndarray, space: str) -> float:
    """Mean Delta E 2000 of linear RGB (24, 3) against the chart, under the exposure that makes it least."""
    checker = colour.CCS_COLOURCHECKERS["ColorChecker24 - After November 2014"]
    white = colour.xy_to_XYZ(checker.illuminant)
    expected = colour.XYZ_to_Lab(colour.xyY_to_XYZ(np.array(list(checker.data.values()))), checker.illuminant)
    xyz = rgb @ colour.RGB_COLOURSPACES[space].matrix_RGB_to_XYZ.T
    before = colour.xy_to_XYZ(colour.RGB_COLOURSPACES[space].whitepoint)
    xyz = xyz @ colour.adaptation.matrix_chromatic_adaptation_VonKries(before, white, transform="Bradford").T
    return min(
        float(
            np.mean(colour.delta_E(expected, colour.XYZ_to_Lab(xyz * 2**stops, checker.illuminant), method="CIE 2000"))
        )
        for stops in np.arange(1.5, 4.5, 0.02)
    )


@pytest.mark.parametrize(
    ("white_balance", "margin"),
    [("grey patch", COLORCHECKER_AGAINST_LIBRAW), ("as-shot", COLORCHECKER_AS_SHOT_AGAINST_LIBRAW)],
)
def test_colours_are_not_worse_than_libraws(shared_data: Path, white_balance: str, margin: float) -> None:
    path = shared_data / FILE
    frame = read(path)
    x, y = np.rint(centres()[NEUTRAL_8]).astype(int)
    neutral = neutral_for(frame, f"pick:{x},{y}" if white_balance == "grey patch" else white_balance)
    scene = camera_patches(frame) / neutral @ camera_to_scene(frame.colour, neutral).T
    ours = mean_delta_e(scene, "ITU-R BT.2020")
    theirs = mean_delta_e(libraw_patches(path, neutral), "sRGB")
    print(f"ColorChecker, {white_balance}: tirage {ours:.2f}, LibRaw {theirs:.2f}")
    assert ours <= theirs + margin
