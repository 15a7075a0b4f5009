"""White balance: the file's word, temperatures, and grey spots found through crop, orientation, black and shading."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from developing.scenes import frame, gain_maps
from oracles import FLOAT64, LIBRAW_FLOAT32, STORED_INTEGER
from tirage.colour.temperature import temperature_and_tint
from tirage.developing.camera_colour import neutral_to_xy, xy_to_neutral
from tirage.developing.linearise import reference
from tirage.developing.white_balance import Light, Spot, multipliers, neutral_for, parse
from tirage.photo.errors import FileError, UsageError
from tirage.photo.frame import BAYER_PATTERNS, RawFrame, Rectangle
from tirage.photo.orientation import upright
from tirage.reading import read

GREY = np.array([0.42, 0.8, 0.55])


@given(st.tuples(*[st.floats(0.01, 4)] * 3))
def test_gains_make_the_neutral_grey_and_never_darken(neutral: tuple[float, float, float]) -> None:
    gains = multipliers(np.array(neutral))
    assert gains.min() == 1
    np.testing.assert_allclose(gains * neutral, max(neutral), rtol=4 * FLOAT64)


def test_as_shot_is_the_files_word() -> None:
    np.testing.assert_allclose(neutral_for(frame(as_shot_neutral=np.array([1, 2.5, 1.5])), "as-shot"), [0.4, 1, 0.6])
    by_xy = frame(as_shot_neutral=None, as_shot_white_xy=np.array([0.3127, 0.3290]))
    np.testing.assert_array_equal(neutral_for(by_xy, "as-shot"), xy_to_neutral(by_xy.colour, (0.3127, 0.3290)))
    silent = frame(as_shot_neutral=None)
    np.testing.assert_array_equal(neutral_for(silent, "as-shot"), neutral_for(silent, "daylight"))


@pytest.mark.parametrize("neutral", [(0, 1, 1), (np.nan, 1, 1), (-1, 1, 1), (np.inf, 1, 1)])
def test_an_as_shot_neutral_that_is_none_is_refused(neutral: tuple[float, ...]) -> None:
    with pytest.raises(FileError, match="AsShotNeutral"):
        neutral_for(frame(as_shot_neutral=np.array(neutral, float)), "as-shot")


def test_daylight_is_cie_d55() -> None:
    raw = frame()
    np.testing.assert_array_equal(neutral_for(raw, "Daylight "), neutral_for(raw, "5500"))
    # CIE 15:2018, table T.3; CIE's daylight polynomial is good to 0.0002 there.
    xy = neutral_to_xy(raw.colour, neutral_for(raw, "daylight"))
    assert xy == pytest.approx((0.33243, 0.34744), abs=2e-4)


@given(kelvin=st.integers(2000, 25000), tint=st.integers(-40, 10))
def test_a_temperature_is_found_again_through_the_camera(kelvin: int, tint: int) -> None:
    raw = frame()
    xy = neutral_to_xy(raw.colour, neutral_for(raw, f"{kelvin},{tint:+d}"))
    assert xy is not None
    assert temperature_and_tint(xy) == (pytest.approx(kelvin, rel=5e-3), pytest.approx(tint, abs=0.1))


def test_a_warmer_light_needs_more_blue_and_a_greener_one_less_green() -> None:
    raw = frame()
    warm, cool = (multipliers(neutral_for(raw, kelvin)) for kelvin in ("2856", "7500"))
    assert warm[2] / warm[0] > cool[2] / cool[0]
    plain, green = (multipliers(neutral_for(raw, choice)) for choice in ("5200", "5200,+20"))
    assert green[1] / np.sqrt(green[0] * green[2]) < plain[1] / np.sqrt(plain[0] * plain[2])


def test_choices_are_understood() -> None:
    assert parse(" As-Shot") is None
    assert parse("5200") == parse("5200K") == parse("5200,0") == Light(5200.0)
    assert parse("5200.5,-7.5") == Light(5200.5, -7.5)
    assert parse("2000") == Light(2000.0) and parse("25000,+150") == Light(25000.0, 150.0)
    assert parse("pick:12,0") == Spot(12, 0)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("daylite", "did you mean 'daylight'"),
        ("asshot", "did you mean 'as-shot'"),
        ("", "unknown white balance"),
        ("nan", "unknown white balance"),
        ("inf", "unknown white balance"),
        ("-5200", "unknown white balance"),
        ("5200,", "unknown white balance"),
        ("1999", "2000..25000 K"),
        ("25001", "2000..25000 K"),
        ("9" * 400, "2000..25000 K"),
        ("5200,151", "-150..150 of tint"),
        ("pick:", "like pick:1200,800"),
        ("pick:1.5,2", "like pick:1200,800"),
        ("pick:1", "like pick:1200,800"),
        ("pick:" + "1" * 5000 + ",2", "like pick:1200,800"),
    ],
)
def test_what_can_not_be_meant_is_said(choice: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        neutral_for(frame(), choice)
    assert words in str(caught.value)


@pytest.mark.parametrize("place", [(0, 48), (64, 0), (-1, 0), (0, -1), (1000000, 5)])
def test_a_spot_outside_the_picture_is_said(place: tuple[int, int]) -> None:
    raw = frame(61, 77, crop=Rectangle(5, 7, 64, 48))
    with pytest.raises(UsageError, match="outside the picture of 64 x 48"):
        neutral_for(raw, f"pick:{place[0]},{place[1]}")
    turned = dataclasses.replace(raw, orientation=6)
    with pytest.raises(UsageError, match="outside the picture of 48 x 64"):
        neutral_for(turned, "pick:50,10")


def spotted(
    cfa: str, spot: tuple[int, int], light: np.ndarray, height: int = 90, width: int = 110, **fields
) -> RawFrame:
    """A frame of one colour but for a square of `light` (3,), 20 pixels wide, around row and column `spot`."""
    colours = np.empty((height, width, 3))
    colours[:] = [0.7, 0.3, 0.5]
    row, column = spot
    colours[max(row - 10, 0) : row + 10, max(column - 10, 0) : column + 10] = light
    rows, columns = np.mgrid[:height, :width]
    site = np.array(["RGB".index(name) for name in cfa]).reshape(2, 2)[rows % 2, columns % 2]
    mosaic = np.take_along_axis(colours, site[..., None], axis=2)[..., 0]
    empty = frame(height, width, cfa, **fields)
    # Undo linearising with the slow reference: it is linear in the stored values.
    zero, one = (
        reference.light(dataclasses.replace(empty, mosaic=np.full((height, width), value)), np.ones(3))
        for value in (0.0, 1.0)
    )
    return dataclasses.replace(empty, mosaic=(mosaic - zero) / (one - zero))


@settings(max_examples=60, deadline=None)
@given(
    cfa=st.sampled_from(BAYER_PATTERNS),
    orientation=st.integers(1, 8),
    spot=st.tuples(st.integers(24, 60), st.integers(28, 80)),
    crop=st.sampled_from([Rectangle(0, 0, 110, 90), Rectangle(7, 4, 96, 80), Rectangle(12, 9, 81, 73)]),
    shaded=st.booleans(),
    stored_integers=st.booleans(),
)
def test_the_picked_pixel_of_the_upright_picture_becomes_grey(
    cfa: str, orientation: int, spot: tuple[int, int], crop: Rectangle, shaded: bool, stored_integers: bool
) -> None:
    raw = spotted(
        cfa,
        spot,
        GREY * 0.6,
        default_crop=crop,
        orientation=orientation,
        opcode_list_2=gain_maps(90, 110) if shaded else (),
        black_level_delta_h=np.linspace(-20, 20, 110),
        black_level_delta_v=np.linspace(30, 0, 90),
    )
    if stored_integers:
        raw = dataclasses.replace(raw, mosaic=np.rint(raw.mosaic).astype(np.uint16))
    marker = np.zeros((90, 110), bool)
    marker[spot] = True
    (place,) = np.argwhere(upright(marker[crop.top : crop.bottom, crop.left : crop.right], orientation))
    found = neutral_for(raw, f"pick:{place[1]},{place[0]}")
    np.testing.assert_allclose(found, GREY / GREY.max(), rtol=STORED_INTEGER if stored_integers else 1e-6)


def test_a_spot_at_the_pictures_corner_uses_what_there_is() -> None:
    raw = spotted("RGGB", (0, 0), GREY * 0.5)
    np.testing.assert_allclose(neutral_for(raw, "pick:0,0"), GREY / GREY.max())


def test_a_spot_of_a_frame_of_three_planes() -> None:
    planes = np.full((3, 40, 60), 300.0)
    black, white = np.array([100.0, 110.0, 120.0]), np.array([1100.0, 1110.0, 1120.0])
    planes[:, 10:30, 20:40] = (black + GREY * 500)[:, None, None]
    raw = frame(crop=Rectangle(2, 3, 50, 30), black_level=black.reshape(1, 1, 3), white_level=white)
    raw = dataclasses.replace(raw, mosaic=planes.astype(np.float32), cfa=None)
    np.testing.assert_allclose(neutral_for(raw, "pick:27,16"), GREY / GREY.max(), rtol=1e-6)


def test_hot_and_dead_pixels_and_noise_do_not_turn_the_grey() -> None:
    raw = spotted("GRBG", (45, 50), GREY * 0.5)
    generator = np.random.default_rng(5)
    mosaic = raw.mosaic + generator.normal(0, 60, raw.mosaic.shape)
    mosaic[45, 50], mosaic[46, 51], mosaic[42, 47] = 16383, np.nan, 0
    found = neutral_for(dataclasses.replace(raw, mosaic=mosaic), "pick:50,45")
    # 60 of 8000 units of noise over at least 32 samples: 0.13 percent in each channel; four times that.
    np.testing.assert_allclose(found, GREY / GREY.max(), rtol=0.008)


@pytest.mark.parametrize(
    ("light", "words"),
    [
        (np.array([0.4, 1.0, 0.5]), "overexposed"),
        (np.array([0.985, 0.7, 0.5]), "overexposed"),
        (np.array([0.0005, 0.0007, 0.0004]), "too dark"),
        (np.array([-0.01, 0.3, 0.3]), "too dark"),
        (np.array([np.nan, 0.5, 0.5]), "no usable pixels"),
        (np.array([0.5, np.inf, 0.5]), "no usable pixels"),
    ],
)
def test_a_spot_that_tells_no_colour_is_said(light: np.ndarray, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        neutral_for(spotted("RGGB", (45, 50), light), "pick:50,45")


def test_a_spot_of_nothing_but_noise_is_too_dark() -> None:
    raw = spotted("RGGB", (45, 50), np.full(3, 0.0012))
    mosaic = raw.mosaic + np.random.default_rng(2).normal(0, 400, raw.mosaic.shape)
    with pytest.raises(UsageError, match="too dark"):
        neutral_for(dataclasses.replace(raw, mosaic=mosaic), "pick:50,45")


@pytest.mark.parametrize("name", ["gopro_hero6_iso100.dng", "canon_x4_colorchecker.dng"])
def test_as_shot_equals_libraws(shared_data: Path, name: str) -> None:
    import rawpy

    path = shared_data / "raw" / name
    with rawpy.imread(str(path)) as raw:
        gains = np.array(raw.camera_whitebalance[:3])
    np.testing.assert_allclose(
        multipliers(neutral_for(read(path), "as-shot")), gains / gains.min(), rtol=LIBRAW_FLOAT32
    )
