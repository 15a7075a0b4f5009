"""Camera profiles in files of their own: as good as embedded ones, and every way in which one can be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tirage
from dng_maker import ASCII, FLOAT, SHORT, SRATIONAL, Tags, Writer, make_dng
from tirage.photo.errors import FileError, UsageError
from tirage.reading import read
from tirage.reading.dcp import with_profile

from .test_profile import CURVE, LOOK_DATA, LOOK_DIMS, entries, hue_sat

CAMERA, MODEL, OFFSET, CAMERA_SIGNATURE, PROFILE_SIGNATURE = 50708, 272, 51109, 50931, 50932
LIGHT, COLOR, CALIBRATION, FORWARD = 50778, 50721, 50723, 50964
FULL: Tags = {
    LIGHT: (SHORT, 21),
    COLOR: (SRATIONAL, (0.9, -0.2, 0.0, -0.4, 1.2, 0.2, 0.0, 0.1, 0.7)),
    FORWARD: (SRATIONAL, (0.6, 0.2, 0.1642, 0.2, 0.8, 0.0, 0.0, 0.05, 0.7749)),
    OFFSET: (SRATIONAL, 0.5),
    LOOK_DIMS: (4, (4, 3, 2)),
    LOOK_DATA: (FLOAT, entries(1).ravel().tolist()),
    CURVE: (FLOAT, (0, 0, 0.2, 0.4, 1, 1)),
    **hue_sat(),
}


def make_dcp(path: Path, tags: Tags, order: str = "<") -> Path:
    writer = Writer(order)
    data = writer.finish(writer.directory(tags))
    path.write_bytes((b"IIRC" if order == "<" else b"MMCR") + data[4:])
    return path


def picture(path: Path, tags: Tags | None = None) -> Path:
    rows, columns = np.mgrid[:40, :48]
    pixels = (3000 + 700 * rows + 400 * columns * (1 + (rows + columns) % 2)).astype(np.uint16)
    return make_dng(path, pixels, tags=tags or {})


@pytest.mark.parametrize("order", "<>")
def test_a_profile_counts_as_if_it_were_embedded(tmp_path: Path, order: str) -> None:
    profile = str(make_dcp(tmp_path / "a.dcp", FULL, order))
    inside = tirage.photograph(picture(tmp_path / "inside.dng", FULL), profile="embedded", look="documentary")
    plain = picture(tmp_path / "plain.dng")
    beside = tirage.photograph(plain, profile=profile, look="documentary")
    np.testing.assert_array_equal(beside.pixels, inside.pixels)
    assert beside.recipe.profile == profile
    apart = tirage.finish(tirage.develop(tirage.read(plain), profile=profile), look="documentary")
    np.testing.assert_array_equal(apart.pixels, inside.pixels)
    assert (tirage.photograph(plain, look="documentary").pixels != inside.pixels).any()


def test_its_exposure_offset_takes_the_place_of_the_embedded_one(tmp_path: Path) -> None:
    own = {CURVE: FULL[CURVE], OFFSET: (SRATIONAL, -1.0), 50730: (SRATIONAL, 2.0)}
    frame = read(picture(tmp_path / "a.dng", own))
    assert frame.baseline_exposure_stops == 1.0
    assert with_profile(frame, make_dcp(tmp_path / "a.dcp", FULL)).baseline_exposure_stops == 2.5


@pytest.mark.parametrize("signature, kept", [("maker", True), ("another", False)])
def test_the_camera_calibration_stays_where_signatures_agree(tmp_path: Path, signature: str, kept: bool) -> None:
    values = (1.01, 0, 0, 0, 0.99, 0, 0, 0, 1.02)
    signed = {CAMERA_SIGNATURE: (ASCII, "maker"), PROFILE_SIGNATURE: (ASCII, "maker")}
    frame = read(picture(tmp_path / "a.dng", {CALIBRATION: (SRATIONAL, values), **signed}))
    profile = make_dcp(tmp_path / "a.dcp", {**FULL, PROFILE_SIGNATURE: (ASCII, signature)})
    calibration = with_profile(frame, profile).colour.illuminants[0].camera_calibration
    assert (calibration is not None) == kept
    if calibration is not None:
        np.testing.assert_allclose(calibration.ravel(), values, rtol=1e-6)


def test_a_profile_of_tables_alone_keeps_the_matrices(tmp_path: Path) -> None:
    frame = read(picture(tmp_path / "a.dng"))
    profiled = with_profile(frame, make_dcp(tmp_path / "a.dcp", {CURVE: FULL[CURVE]}))
    assert profiled.colour is frame.colour and profiled.profile is not None


@pytest.mark.parametrize("name, said", [("Camera 1", False), ("maker camera 1", False), ("Camera 2", True)])
def test_a_profile_of_another_camera_is_used_and_named(tmp_path: Path, name: str, said: bool) -> None:
    frame = read(picture(tmp_path / "a.dng", {MODEL: (ASCII, "Camera 1")}))
    notes = with_profile(frame, make_dcp(tmp_path / "a.dcp", {**FULL, CAMERA: (ASCII, name)})).notes
    assert any("made for Camera 2" in note for note in notes) == said


def test_a_real_profile(tmp_path: Path, shared_data: Path) -> None:
    frame = with_profile(read(picture(tmp_path / "a.dng")), shared_data / "sensors" / "lg_g4.dcp")
    assert frame.profile is not None and len(frame.profile.hue_sat_maps) == 2
    assert frame.profile.tone_curve is not None and frame.profile.tone_curve.shape == (8192, 2)
    np.testing.assert_allclose(frame.colour.illuminants[1].color_matrix[0], [0.8092, -0.2039, -0.0736])


def test_damage_is_named(tmp_path: Path) -> None:
    frame = read(picture(tmp_path / "a.dng"))
    whole = make_dcp(tmp_path / "a.dcp", FULL).read_bytes()
    for length in range(1, len(whole), 7):
        path = tmp_path / "short.dcp"
        path.write_bytes(whole[:length])
        try:
            with_profile(frame, path)
        except FileError as error:
            assert "short.dcp" in str(error)
    for content, text in ((b"", "empty"), (b"II*\0" + whole[4:], "no camera profile"), (b"\xff\xd8\xff", "no camera")):
        (tmp_path / "b.dcp").write_bytes(content)
        with pytest.raises(FileError, match=text):
            with_profile(frame, tmp_path / "b.dcp")
    singular = {**FULL, COLOR: (SRATIONAL, (1.0,) * 9)}
    with pytest.raises(FileError, match="ColorMatrix1 is singular"):
        with_profile(frame, make_dcp(tmp_path / "c.dcp", singular))
    with pytest.raises(FileError, match="no such file"):
        tirage.develop(frame, profile=str(tmp_path / "none.dcp"))
    with pytest.raises(UsageError, match="path of a .dcp"):
        tirage.develop(frame, profile="embeded")
