"""Camera colour against a camera of known sensitivities, colour-science, and LibRaw."""

from __future__ import annotations

from pathlib import Path

import colour
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from developing.scenes import COLOUR
from oracles import FLOAT64, LIBRAW_MATRIX, ROBERTSON_MATRIX, ROUND_TRIP
from tirage.colour.temperature import light_xy
from tirage.developing.camera_colour import camera_to_scene, neutral_to_xy, xy_to_neutral
from tirage.photo.errors import FileError
from tirage.photo.frame import CameraColour, Illuminant
from tirage.reading import read

D50 = colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"]["D50"]
D50_ICC = np.array([0.9642, 1.0, 0.8249])
A, D65 = (colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"][name] for name in ("A", "D65"))
REC2020 = colour.RGB_COLOURSPACES["ITU-R BT.2020"].copy()
REC2020.use_derived_transformation_matrices(True)

WARM, COOL = (light.color_matrix for light in COLOUR.illuminants)
BALANCE = np.array([1.1, 0.95, 1.2])
UNIT_WARM = np.array([[1.05, 0.01, 0.0], [0.0, 0.98, 0.02], [0.01, 0.0, 1.03]])
UNIT_COOL = np.array([[1.02, 0.02, 0.01], [0.01, 1.01, 0.0], [0.0, 0.02, 0.96]])


def bradford(source_xy: np.ndarray, target: np.ndarray) -> np.ndarray:
    """colour-science's adaptation from a chromaticity to an XYZ."""
    return colour.adaptation.matrix_chromatic_adaptation_VonKries(
        colour.xy_to_XYZ(source_xy), target, transform="Bradford"
    )


def forward(color_matrix: np.ndarray, white_xy: np.ndarray) -> np.ndarray:
    """The ForwardMatrix of a camera whose ColorMatrix is exact, made under a white (chapter 6)."""
    white = colour.xy_to_XYZ(white_xy)
    return bradford(white_xy, D50_ICC) @ np.linalg.inv(color_matrix) @ np.diag(color_matrix @ white)


def full_camera(*, forward_matrices: bool) -> CameraColour:
    """Two illuminants, each with a calibration of the unit, and analogue gains."""
    forwards = (forward(WARM, A), forward(COOL, D65)) if forward_matrices else (None, None)
    return CameraColour(
        (
            Illuminant(2856.0, WARM, forwards[0], UNIT_WARM),
            Illuminant(6504.0, COOL, forwards[1], UNIT_COOL),
        ),
        BALANCE,
    )


def sensed(xyz: np.ndarray, white_xy: np.ndarray) -> np.ndarray:
    """What a unit of `full_camera` records of XYZ (n, 3) under a white, by the formulas of chapter 6."""
    kelvin = colour.temperature.uv_to_CCT_Robertson1968(
        colour.UCS_to_uv(colour.XYZ_to_UCS(colour.xy_to_XYZ(white_xy)))
    )[0]
    warm = np.clip((1 / kelvin - 1 / 6504) / (1 / 2856 - 1 / 6504), 0, 1)
    unit = warm * UNIT_WARM + (1 - warm) * UNIT_COOL
    return xyz @ (np.diag(BALANCE) @ unit @ (warm * WARM + (1 - warm) * COOL)).T


def expected_scene(xyz: np.ndarray, white_xy: np.ndarray) -> np.ndarray:
    """XYZ (n, 3) under a white as linear Rec.2020 under D65, by colour-science."""
    adapted = xyz @ bradford(white_xy, colour.xy_to_XYZ(REC2020.whitepoint)).T
    return adapted @ REC2020.matrix_XYZ_to_RGB.T


XYZ = np.random.default_rng(3).uniform(0.02, 1, (40, 3))


@pytest.mark.parametrize("forward_matrices", [False, True])
@pytest.mark.parametrize("white", [A, D65], ids=["A", "D65"])
def test_a_known_camera_gives_back_xyz_under_its_calibration_lights(white: np.ndarray, forward_matrices: bool) -> None:
    # The white lies just beyond the calibrated range, so that Robertson's last kelvins don't matter.
    lights = full_camera(forward_matrices=forward_matrices).illuminants
    held = tuple(
        Illuminant(kelvin, one.color_matrix, one.forward_matrix, one.camera_calibration)
        for kelvin, one in zip((2900.0, 6400.0), lights, strict=True)
    )
    unit, matrix = (UNIT_WARM, WARM) if white is A else (UNIT_COOL, COOL)
    camera, neutral = (x @ (np.diag(BALANCE) @ unit @ matrix).T for x in (XYZ, colour.xy_to_XYZ(white)))
    found = camera / neutral @ camera_to_scene(CameraColour(held, BALANCE), neutral).T
    np.testing.assert_allclose(found, expected_scene(XYZ, white), atol=ROUND_TRIP)


@pytest.mark.parametrize("kelvin", [2300, 3200, 4000, 5000, 6000, 9000])
@pytest.mark.parametrize("tint", [-20, 0, 15])
def test_a_known_camera_gives_back_xyz_under_any_light(kelvin: float, tint: float) -> None:
    white = light_xy(kelvin, tint)
    camera, neutral = sensed(XYZ, white), sensed(colour.xy_to_XYZ(white), white)
    found = camera / neutral @ camera_to_scene(full_camera(forward_matrices=False), neutral).T
    np.testing.assert_allclose(found, expected_scene(XYZ, white), atol=ROBERTSON_MATRIX)


def test_forward_matrices_are_interpolated_and_applied_as_the_specification_says() -> None:
    white = light_xy(4000)
    colour_of_unit = full_camera(forward_matrices=True)
    neutral = sensed(colour.xy_to_XYZ(white), white)
    warm = (1 / 4000 - 1 / 6504) / (1 / 2856 - 1 / 6504)
    unit = np.diag(BALANCE) @ (warm * UNIT_WARM + (1 - warm) * UNIT_COOL)
    interpolated = warm * forward(WARM, A) + (1 - warm) * forward(COOL, D65)
    diagonal = np.linalg.inv(np.diag(np.linalg.inv(unit) @ neutral))
    to_d50 = interpolated @ diagonal @ np.linalg.inv(unit) @ np.diag(neutral)
    d65 = colour.xy_to_XYZ(REC2020.whitepoint)
    to_d65 = colour.adaptation.matrix_chromatic_adaptation_VonKries(D50_ICC, d65, transform="Bradford")
    expected = REC2020.matrix_XYZ_to_RGB @ to_d65 @ to_d50
    np.testing.assert_allclose(camera_to_scene(colour_of_unit, neutral), expected, atol=ROBERTSON_MATRIX)


@settings(deadline=None)
@given(kelvin=st.floats(2000, 25000), tint=st.floats(-60, 15), forward_matrices=st.booleans())
def test_neutral_and_white_undo_each_other_and_grey_stays_grey(
    kelvin: float, tint: float, forward_matrices: bool
) -> None:
    camera = full_camera(forward_matrices=forward_matrices)
    white = light_xy(kelvin, tint)
    neutral = xy_to_neutral(camera, white)
    assert neutral.max() == 1 and neutral.min() > 0
    found = neutral_to_xy(camera, 3.7 * neutral)
    assert found is not None
    np.testing.assert_allclose(found, white, atol=ROUND_TRIP)
    np.testing.assert_allclose(xy_to_neutral(camera, found), neutral, atol=ROUND_TRIP)
    np.testing.assert_allclose(camera_to_scene(camera, neutral) @ np.ones(3), 1, atol=8 * FLOAT64)


MIDDLE = 0.5 * WARM + 0.5 * COOL + np.diag([0.03, -0.02, 0.01])
FL11 = colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"]["FL11"]
THREE_LIGHTS = {"A": (A, 2850.0), "D65": (D65, 6500.0), "FL11": (FL11, 4000.0)}


def shares_of_three(white: np.ndarray) -> list[float]:
    """The weights of A, D65 and FL11 as Adobe's SDK 1.7.1 defines them, with colour-science's temperatures."""
    places = []
    for xy in (white, A, D65, FL11):
        uv = colour.UCS_to_uv(colour.XYZ_to_UCS(colour.xy_to_XYZ(xy)))
        kelvin, duv = colour.temperature.uv_to_CCT_Robertson1968(uv)
        places.append((min(1500 / kelvin, 1), 3000 * duv / 200))
    near = [1 / ((x - places[0][0]) ** 2 + (y - places[0][1]) ** 2 + 1e-8) for x, y in places[1:]]
    shares = [n / sum(near) for n in near]
    shares = [min(max((3 * s**2 - 2 * s**3 - 0.02) / 0.98, 0), 1) for s in shares]
    return [s / sum(shares) for s in shares]


def camera_of_three(*, forward_matrices: bool) -> CameraColour:
    """Calibrations under A, D65 and a fluorescent lamp, which lies off the line of black bodies."""
    lights = zip((WARM, COOL, MIDDLE), (UNIT_WARM, UNIT_COOL, np.eye(3)), THREE_LIGHTS.values(), strict=True)
    return CameraColour(
        tuple(
            Illuminant(kelvin, cm, forward(cm, xy) if forward_matrices else None, unit, tuple(xy))
            for cm, unit, (xy, kelvin) in lights
        ),
        BALANCE,
    )


@pytest.mark.parametrize("kelvin, tint", [(2300, 0), (3300, 5), (4100, -20), (5200, 10), (9000, 0)])
def test_three_illuminants_are_interpolated_as_adobe_does(kelvin: float, tint: float) -> None:
    white = light_xy(kelvin, tint)
    shares = shares_of_three(white)
    cm = sum(s * m for s, m in zip(shares, (WARM, COOL, MIDDLE), strict=True))
    unit = sum(s * m for s, m in zip(shares, (UNIT_WARM, UNIT_COOL, np.eye(3)), strict=True))
    expected = np.diag(BALANCE) @ unit @ cm @ colour.xy_to_XYZ(white)
    found = xy_to_neutral(camera_of_three(forward_matrices=False), white)
    np.testing.assert_allclose(found, expected / expected.max(), atol=ROBERTSON_MATRIX)


@pytest.mark.parametrize("name", THREE_LIGHTS)
@pytest.mark.parametrize("forward_matrices", [False, True])
def test_a_camera_of_three_illuminants_gives_back_xyz_under_each(name: str, forward_matrices: bool) -> None:
    white = THREE_LIGHTS[name][0]
    cm = dict(zip(THREE_LIGHTS, (WARM, COOL, MIDDLE), strict=True))[name]
    unit = dict(zip(THREE_LIGHTS, (UNIT_WARM, UNIT_COOL, np.eye(3)), strict=True))[name]
    to_camera = np.diag(BALANCE) @ unit @ cm
    camera, neutral = XYZ @ to_camera.T, to_camera @ colour.xy_to_XYZ(white)
    found = camera / neutral @ camera_to_scene(camera_of_three(forward_matrices=forward_matrices), neutral).T
    np.testing.assert_allclose(found, expected_scene(XYZ, white), atol=ROBERTSON_MATRIX)


def test_a_neutral_above_1_is_the_same_white() -> None:
    neutral = np.array([0.5, 1.0, 0.6])
    np.testing.assert_allclose(camera_to_scene(COLOUR, 3 * neutral), camera_to_scene(COLOUR, neutral), atol=ROUND_TRIP)


def test_one_forward_matrix_of_two_is_used_for_every_light() -> None:
    lights = (Illuminant(2856.0, WARM), Illuminant(6504.0, COOL, forward(COOL, D65)))
    neutral = xy_to_neutral(CameraColour(lights), light_xy(3500))
    single = CameraColour((Illuminant(6504.0, COOL, forward(COOL, D65)),))
    np.testing.assert_allclose(
        camera_to_scene(CameraColour(lights), neutral), camera_to_scene(single, neutral), atol=ROUND_TRIP
    )


@pytest.mark.parametrize("neutral", [(1, 0.01, 0.01), (0.01, 1, 0.01), (0.01, 0.01, 1), (1, 0.01, 1)])
def test_a_white_that_no_light_has_still_gives_a_sane_matrix(neutral: tuple[float, float, float]) -> None:
    assert neutral_to_xy(COLOUR, np.array(neutral)) is None
    matrix = camera_to_scene(COLOUR, np.array(neutral))
    np.testing.assert_allclose(matrix, camera_to_scene(COLOUR, xy_to_neutral(COLOUR, D50)), atol=1e-4)


@pytest.mark.parametrize("neutral", [(0, 1, 1), (-1, 1, 1), (np.nan, 1, 1), (np.inf, 1, 1), (1, 1)])
def test_a_neutral_that_is_none_is_refused(neutral: tuple[float, ...]) -> None:
    with pytest.raises(FileError, match="neutral"):
        camera_to_scene(COLOUR, np.array(neutral, float))


SINGULAR = [np.zeros((3, 3)), np.ones((3, 3)), np.full((3, 3), np.nan), COOL * [1, 1, 0]]


@pytest.mark.parametrize("matrix", SINGULAR)
@pytest.mark.parametrize("forward_matrix", [None, np.diag(D50_ICC)])
def test_a_singular_matrix_is_named(matrix: np.ndarray, forward_matrix: np.ndarray | None) -> None:
    neutral = np.array([0.5, 1, 0.6])
    with pytest.raises(FileError, match="ColorMatrix"):
        camera_to_scene(CameraColour((Illuminant(5000.0, matrix, forward_matrix),)), neutral)
    with pytest.raises(FileError, match="CameraCalibration"):
        camera_to_scene(CameraColour((Illuminant(5000.0, COOL, forward_matrix, matrix),)), neutral)
    with pytest.raises(FileError, match="AnalogBalance"):
        camera_to_scene(CameraColour((Illuminant(5000.0, COOL, forward_matrix),), np.array([1, 0, 1])), neutral)
    with pytest.raises(FileError, match="ForwardMatrix"):
        camera_to_scene(CameraColour((Illuminant(5000.0, COOL, -np.diag(D50_ICC)),)), neutral)


def test_missing_and_impossible_colour_is_refused() -> None:
    with pytest.raises(FileError, match="ColorMatrix"):
        camera_to_scene(CameraColour(()), np.array([0.5, 1, 0.6]))
    with pytest.raises(FileError, match="positive response"):
        xy_to_neutral(CameraColour((Illuminant(5000.0, -COOL),)), D65)
    with pytest.raises(FileError, match="positive response"):
        camera_to_scene(CameraColour((Illuminant(5000.0, -COOL),)), np.array([0.5, 1, 0.6]))
    for xy in ((0.3, 0.0), (np.nan, 0.3), (-0.1, 0.3)):
        with pytest.raises(FileError, match="chromaticity"):
            xy_to_neutral(COLOUR, xy)


@settings(deadline=None, max_examples=300)
@given(
    seed=st.integers(0, 2**32 - 1),
    lights=st.integers(1, 3),
    spread=st.sampled_from([0.1, 1.0, 3.0]),
    neutral=st.tuples(*[st.floats(1e-4, 100)] * 3),
)
def test_any_matrices_give_grey_or_a_file_error(
    seed: int, lights: int, spread: float, neutral: tuple[float, float, float]
) -> None:
    generator = np.random.default_rng(seed)
    camera = CameraColour(
        tuple(
            Illuminant(
                kelvin,
                COOL + generator.normal(0, spread, (3, 3)),
                None if generator.random() < 0.5 else generator.normal(0.3, 1, (3, 3)),
                None if generator.random() < 0.5 else np.eye(3) + generator.normal(0, 0.5, (3, 3)),
            )
            for kelvin in (2850.0, 6500.0, 10000.0)[:lights]
        ),
        generator.uniform(0.1, 3, 3),
    )
    try:
        matrix = camera_to_scene(camera, np.array(neutral))
    except FileError:
        return
    np.testing.assert_allclose(matrix @ np.ones(3), 1, atol=8 * FLOAT64 * np.abs(matrix).max())


def test_daylight_equals_libraws(shared_data: Path) -> None:
    import rawpy

    path = shared_data / "raw" / "canon_x4_colorchecker.dng"
    with rawpy.imread(str(path)) as raw:
        gains = np.array(raw.daylight_whitebalance[:3])
    neutral = xy_to_neutral(read(path).colour, (0.3127, 0.3290))
    np.testing.assert_allclose(neutral, gains.min() / gains, rtol=LIBRAW_MATRIX)


@pytest.mark.parametrize(
    "name",
    ["gopro_hero6_iso100.dng", "canon_x4_colorchecker.dng", "dng17/14_hdr_sdr_profiles.dng", "lg_g4_linear_lossy.dng"],
)
def test_grey_stays_grey_in_real_files(shared_data: Path, name: str) -> None:
    frame = read(shared_data / "raw" / name)
    neutral = frame.as_shot_neutral
    if neutral is None:
        pytest.skip("the file has no AsShotNeutral")
    xy = neutral_to_xy(frame.colour, neutral)
    assert xy is not None
    again = xy_to_neutral(frame.colour, xy)
    np.testing.assert_allclose(again, neutral / neutral.max(), atol=ROUND_TRIP)
    matrix = camera_to_scene(frame.colour, neutral)
    np.testing.assert_allclose(matrix @ np.ones(3), 1, atol=8 * FLOAT64)
    # A camera's red, green and blue are red, green and blue in the scene too.
    assert (np.argmax(matrix, axis=0) == [0, 1, 2]).all()
