"""`--profile embedded` from file to picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tirage
from dng_maker import FLOAT, LONG, UNDEFINED, Tags, make_dng
from reading.test_profile import CURVE, DATA_1, DIMS, DIMS_TAG, GAINS, LOOK_DATA, LOOK_DIMS, entries, gain_map

MAP = {DIMS_TAG: (LONG, DIMS), DATA_1: (FLOAT, entries(0).ravel().tolist())}
LOOK = {LOOK_DIMS: (LONG, DIMS), LOOK_DATA: (FLOAT, entries(1).ravel().tolist())}
TONE = {CURVE: (FLOAT, (0, 0, 0.2, 0.4, 1, 1))}
GAIN = {GAINS: (UNDEFINED, gain_map(np.linspace(0.5, 1.5, 24, dtype=np.float32).reshape(2, 3, 4)))}


def picture(folder: Path, tags: Tags) -> Path:
    """300 rows of colour, more than one strip."""
    rows, columns = np.mgrid[:300, :40]
    pixels = (3000 + 150 * rows + 400 * columns * (1 + (rows + columns) % 2)).astype(np.uint16)
    return make_dng(folder / "a.dng", pixels, tags=tags)


@pytest.mark.parametrize("tags", [MAP, LOOK, TONE, GAIN, MAP | LOOK | TONE | GAIN], ids=list("mltga"))
@pytest.mark.parametrize("look", ["faithful", "documentary"])
def test_one_call_equals_four(tmp_path: Path, tags: Tags, look: str) -> None:
    path = picture(tmp_path, tags)
    scene = tirage.develop(tirage.read(path), profile="embedded")
    apart = tirage.finish(scene, look=look, exposure_stops=0.5).pixels
    at_once = tirage.photograph(path, look=look, exposure_stops=0.5, profile="embedded")
    plain = tirage.photograph(path, look=look, exposure_stops=0.5)
    np.testing.assert_array_equal(at_once.pixels, apart)
    assert at_once.recipe.profile == "embedded" and plain.recipe.profile == "none"
    unchanged = look == "documentary" and tags is TONE  # this look keeps its own tone
    assert np.array_equal(at_once.pixels, plain.pixels) == unchanged


def test_a_file_without_a_profile_is_developed_all_the_same(tmp_path: Path) -> None:
    path = picture(tmp_path, {})
    shown, plain = (tirage.photograph(path, profile=choice) for choice in ("embedded", "none"))
    np.testing.assert_array_equal(shown.pixels, plain.pixels)
    said = [any("no camera profile" in note for note in picture.notes) for picture in (shown, plain)]
    assert said == [True, False]


def test_clipped_light_is_white_under_a_gain_table_map(tmp_path: Path) -> None:
    """A map that takes the sensor's clip two stops down, as phones write them with BaselineExposure 2."""
    gains = np.geomspace(1, 0.25, 256, dtype=np.float32).reshape(1, 1, 256)
    tags = {GAINS: (UNDEFINED, gain_map(gains, weights=(0.25, 0, 0, 0, 0))), 50730: (10, 2.0)}
    path = make_dng(tmp_path / "a.dng", np.full((20, 20), 65535, np.uint16), tags=tags)
    for look in ("faithful", "documentary", "lively"):
        assert tirage.photograph(path, look=look, profile="embedded").pixels[9:11, 9:11].min() == 255
