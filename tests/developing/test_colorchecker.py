"""A photographed ColorChecker: Delta E 2000 of the developed scene beside LibRaw's rendering.

The reference is colour-science's "ColorChecker24 - After November 2014" (X-Rite's data, D50). The camera was set to
daylight (5300 K) though tungsten (2870 K) lit the chart. So accuracy is judged after picking the chart's own grey; as
shot, both renderings are of one wrong white, 15 away.
"""

from __future__ import annotations

from pathlib import Path

import colour
import numpy as np
import pytest

from oracles import COLORCHECKER_AGAINST_LIBRAW
from tirage.developing.development import develop
from tirage.developing.white_balance import neutral_for
from tirage.photo.frame import RawFrame
from tirage.reading import read

FILE = "raw/canon_x4_colorchecker.dng"
#: Centres of the chart's corner patches (x, y) in the active area: dark skin, bluish green, white, black.
CORNERS = np.array([[[714, 626], [1252, 614]], [[704, 930], [1258, 924]]], float)
#: Half the size of what is averaged of a patch: a patch is 90 pixels wide and high.
HALF_WIDTH_PX, HALF_HEIGHT_PX = 26, 22
NEUTRAL_8 = 19


def centres() -> np.ndarray:
    """(24, 2) centres of the patches in the active area, in the chart's order."""
    across, down = np.meshgrid(np.linspace(0, 1, 6), np.linspace(0, 1, 4))
    across, down = across[..., None], down[..., None]
    upper = (1 - across) * CORNERS[0, 0] + across * CORNERS[0, 1]
    lower = (1 - across) * CORNERS[1, 0] + across * CORNERS[1, 1]
    return ((1 - down) * upper + down * lower).reshape(24, 2)


def patches(pixels: np.ndarray) -> np.ndarray:
    """(24, 3) means of the patches of a picture (H, W, 3)."""
    return np.array(
        [
            pixels[y - HALF_HEIGHT_PX : y + HALF_HEIGHT_PX, x - HALF_WIDTH_PX : x + HALF_WIDTH_PX].mean(axis=(0, 1))
            for x, y in np.rint(centres()).astype(int)
        ]
    )


def scene_xyz(frame: RawFrame, white_balance: str) -> np.ndarray:
    """(24, 3) XYZ under D65 of the developed scene."""
    scene = develop(frame, white_balance=white_balance).pixels.transpose(1, 2, 0)
    return patches(scene.astype(float)) @ colour.RGB_COLOURSPACES["ITU-R BT.2020"].matrix_RGB_to_XYZ.T


def libraw_xyz(path: Path, neutral: np.ndarray | None) -> np.ndarray:
    """(24, 3) XYZ under D65 of LibRaw's rendering by AHD, under the camera's white or `neutral`.

    Asked for as XYZ: its linear sRGB is the same but for colours that sRGB can't hold.
    """
    import rawpy

    gains = None if neutral is None else [float(1 / neutral[channel]) for channel in (0, 1, 2, 1)]
    with rawpy.imread(str(path)) as raw:
        pixels = raw.postprocess(
            demosaic_algorithm=rawpy.DemosaicAlgorithm.AHD,  # type: ignore[attr-defined]
            use_camera_wb=gains is None,
            user_wb=gains,
            output_color=rawpy.ColorSpace.XYZ,  # type: ignore[attr-defined]
            output_bps=16,
            gamma=(1, 1),
            no_auto_bright=True,
            adjust_maximum_thr=0.0,
        )
    return patches(pixels / 65535)


def mean_delta_e(xyz: np.ndarray) -> float:
    """Mean Delta E 2000 of XYZ (24, 3) under D65 against the chart, under the exposure that makes it least."""
    checker = colour.CCS_COLOURCHECKERS["ColorChecker24 - After November 2014"]
    white = colour.xy_to_XYZ(checker.illuminant)
    expected = colour.XYZ_to_Lab(colour.xyY_to_XYZ(np.array(list(checker.data.values()))), checker.illuminant)
    before = colour.xy_to_XYZ(colour.RGB_COLOURSPACES["ITU-R BT.2020"].whitepoint)
    xyz = xyz @ colour.adaptation.matrix_chromatic_adaptation_VonKries(before, white, transform="Bradford").T
    return min(
        float(
            np.mean(colour.delta_E(expected, colour.XYZ_to_Lab(xyz * 2**stops, checker.illuminant), method="CIE 2000"))
        )
        for stops in np.arange(0, 4.5, 0.02)
    )


AS_SHOT = pytest.mark.xfail(
    strict=True,
    reason="0.3 over LibRaw's 15.1: what is left of a wrong white after Bradford, as chapter 6 of DNG 1.7.1 has it, "
    "lies farther from the chart here than after gains in camera RGB",
)


@pytest.mark.parametrize("white_balance", ["grey patch", pytest.param("as-shot", marks=AS_SHOT)])
def test_colours_are_not_worse_than_libraws(shared_data: Path, white_balance: str) -> None:
    path = shared_data / FILE
    frame = read(path)
    x, y = np.rint(centres()[NEUTRAL_8]).astype(int)
    as_shot = white_balance == "as-shot"
    choice = white_balance if as_shot else f"pick:{x},{y}"
    ours = mean_delta_e(scene_xyz(frame, choice))
    theirs = mean_delta_e(libraw_xyz(path, None if as_shot else neutral_for(frame, choice)))
    print(f"ColorChecker, {white_balance}: tirage {ours:.2f}, LibRaw {theirs:.2f}")
    assert ours <= theirs + COLORCHECKER_AGAINST_LIBRAW
