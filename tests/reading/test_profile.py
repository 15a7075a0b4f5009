"""Camera profiles out of files: every table as it was written, and every way in which one can be wrong."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dng_maker import ASCII, DOUBLE, FLOAT, LONG, SHORT, SRATIONAL, UNDEFINED, Tags, Writer, make_dng
from tirage.photo.errors import FileError
from tirage.photo.frame import RawFrame
from tirage.photo.profile import CameraProfile
from tirage.reading import read
from tirage.reading.describe import describe
from tirage.reading.profile import camera_profile
from tirage.reading.tiff import first_directory

DIMS = (4, 3, 2)  # hues, saturations, values
NAME, DIMS_TAG, DATA_1, DATA_2, CURVE, COPYRIGHT = 50936, 50937, 50938, 50939, 50940, 50942
LOOK_DIMS, LOOK_DATA, MAP_ENCODING, LOOK_ENCODING, GAINS, DATA_3, GAINS_2 = (
    50981,
    50982,
    51107,
    51108,
    52525,
    52537,
    52544,
)


def entries(seed: int = 0) -> np.ndarray:
    """A table of DIMS, [value, hue, saturation, of three]."""
    data = np.random.default_rng(seed).uniform([-30, 0.5, 0.5], [30, 2, 2], (2, 4, 3, 3)).astype(np.float32)
    data[:, :, 0, 2] = 1
    return data


def hue_sat(seed: int = 0, tag: int = DATA_1) -> dict[int, tuple[int, Any]]:
    return {DIMS_TAG: (LONG, DIMS), tag: (FLOAT, entries(seed).ravel().tolist())}


def gain_map(gains: np.ndarray, order: str = "<", second: tuple | None = None, **changed: Any) -> bytes:
    """The bytes of a gain table map; `second` is type, gamma, least and most gain of ProfileGainTableMap2."""
    values = {
        "v": gains.shape[0],
        "h": gains.shape[1],
        "n": gains.shape[2],
        "spacing": (0.5, 0.25),
        "origin": (0.1, -0.2),
    }
    values |= {"weights": (0.1, 0.2, 0.3, 0.15, 0.25), **changed}
    head = struct.pack(order + "2I4dI", values["v"], values["h"], *values["spacing"], *values["origin"], values["n"])
    head += struct.pack(order + "5f", *values["weights"])
    return head + (struct.pack(order + "I3f", *second) if second else b"") + gains.tobytes()


def read_tags(folder: Path, tags: Tags, order: str = "<") -> RawFrame:
    return read(make_dng(folder / "a.dng", np.full((8, 10), 500, np.uint16), tags=tags, order=order))


def profile_of(folder: Path, tags: Tags, order: str = "<") -> CameraProfile:
    frame = read_tags(folder, tags, order)
    assert frame.profile is not None, frame.notes
    assert frame.notes == ()
    return frame.profile


@pytest.mark.parametrize("order", ["<", ">"])
def test_everything_is_read_as_it_was_written(tmp_path: Path, order: str) -> None:
    gains = np.random.default_rng(1).uniform(0, 4, (2, 3, 5)).astype(order + "f4")
    curve = [0, 0, 0.25, 0.5, 1, 1]
    tags: dict[int, tuple[int, Any]] = {
        NAME: (ASCII, "Vivid"), COPYRIGHT: (ASCII, "Someone"), 50778: (SHORT, 17), 50779: (SHORT, 21),
        50722: (SRATIONAL, np.eye(3).ravel()), **hue_sat(0), **hue_sat(1, DATA_2), MAP_ENCODING: (LONG, 1),
        LOOK_DIMS: (LONG, DIMS), LOOK_DATA: (FLOAT, entries(2).ravel().tolist()), LOOK_ENCODING: (LONG, 0),
        CURVE: (FLOAT, curve), GAINS: (UNDEFINED, gain_map(gains, order)),
    }  # fmt: skip
    profile = profile_of(tmp_path, tags, order)
    assert (profile.name, profile.copyright) == ("Vivid", "Someone")
    assert profile.cct_kelvin == (2850, 6500) and profile.white_xy == ((0.4476, 0.4074), (0.3127, 0.3290))
    for seed, table in enumerate(profile.hue_sat_maps):
        np.testing.assert_array_equal(table.data, entries(seed))
        assert table.srgb_encoded
    assert profile.look_table and not profile.look_table.srgb_encoded
    np.testing.assert_array_equal(profile.look_table.data, entries(2))
    np.testing.assert_array_equal(profile.tone_curve, np.reshape(curve, (3, 2)))
    found = profile.gain_table_map
    assert found and (found.spacing_v, found.spacing_h, found.origin_v, found.origin_h) == (0.5, 0.25, 0.1, -0.2)
    np.testing.assert_array_equal(found.gains, gains)
    np.testing.assert_allclose(found.weights, (0.1, 0.2, 0.3, 0.15, 0.25), atol=1e-7)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind, dtype", [(0, "u1"), (1, "u2"), (2, "f2"), (3, "f4")])
def test_the_second_kind_of_gain_table_map(tmp_path: Path, kind: int, dtype: str, order: str) -> None:
    stored = np.arange(2 * 3 * 4).reshape(2, 3, 4).astype(order + dtype)
    data = gain_map(stored, order, (kind, 0.5, 0.25, 3.0))
    older = gain_map(np.ones((1, 1, 1), order + "f4"), order)
    found = profile_of(tmp_path, {GAINS_2: (UNDEFINED, data), GAINS: (UNDEFINED, older)}, order).gain_table_map
    whole = {"u1": 255, "u2": 65535}.get(dtype)
    expected = 0.25 + stored.astype(float) / whole * 2.75 if whole else stored.astype(float)
    assert found and found.gamma == 0.5
    np.testing.assert_allclose(found.gains, expected, rtol=1e-6)


def test_a_file_without_tables_has_no_profile(tmp_path: Path) -> None:
    assert read_tags(tmp_path, {NAME: (ASCII, "Plain")}).profile is None


def test_one_map_or_three(tmp_path: Path) -> None:
    one = profile_of(tmp_path, hue_sat())
    assert len(one.hue_sat_maps) == 1 and one.cct_kelvin == (6500,)
    lights: dict[int, tuple[int, Any]] = {50778: (SHORT, 17), 50779: (SHORT, 21), 52529: (SHORT, 255)}
    lights[52535] = (UNDEFINED, struct.pack("<H4I", 0, 40, 100, 38, 100))
    matrices = {tag: (SRATIONAL, np.diag([1, 1, 0.9]).ravel()) for tag in (50722, 52531)}
    three = profile_of(tmp_path, {**lights, **matrices, **hue_sat(0), **hue_sat(1, DATA_2), **hue_sat(2, DATA_3)})
    assert len(three.hue_sat_maps) == 3 and three.white_xy[2] == (0.4, 0.38)
    np.testing.assert_array_equal(three.hue_sat_maps[2].data, entries(2))


def test_a_profile_file_is_read_by_the_same_function(shared_data: Path) -> None:
    data = memoryview((shared_data / "sensors" / "lg_g4.dcp").read_bytes())
    notes: list[str] = []
    profile = camera_profile(first_directory(data), notes)
    assert profile and notes == [] and profile.name == "LG Mobile LG-H815" and profile.cct_kelvin == (2850, 5000)
    assert [table.data.shape for table in profile.hue_sat_maps] == 2 * [(1, 90, 30, 3)]
    assert profile.look_table and profile.look_table.data.shape == (30, 90, 30, 3) and profile.look_table.srgb_encoded
    assert profile.tone_curve is not None and profile.tone_curve.shape == (8192, 2)


def senseless(at: int, value: float) -> dict[int, tuple[int, Any]]:
    """A hue and saturation map with one value replaced."""
    data = entries().ravel()
    data[at] = value
    return {DIMS_TAG: (LONG, DIMS), DATA_1: (FLOAT, data.tolist())}


ONE = np.ones((2, 2, 2), "<f4")
SENSELESS: dict[str, tuple[dict[int, tuple[int, Any]], str]] = {
    "no hues": ({**hue_sat(), DIMS_TAG: (LONG, (0, 3, 2))}, "ProfileHueSatMapDims"),
    "one saturation": ({**hue_sat(), DIMS_TAG: (LONG, (4, 1, 2))}, "ProfileHueSatMapDims"),
    "a shift that is none": (senseless(0, np.nan), "ProfileHueSatMapData1"),
    "a negative factor": (senseless(4, -1), "ProfileHueSatMapData1"),
    "an unbounded factor": (senseless(5, np.inf), "ProfileHueSatMapData1"),
    "an unknown encoding": ({**hue_sat(), MAP_ENCODING: (LONG, 7)}, "ProfileHueSatMapEncoding 7"),
    "text for a curve": ({CURVE: (ASCII, "curve")}, "ProfileToneCurve"),
    "half a point": ({CURVE: (FLOAT, (0, 0, 1))}, "ProfileToneCurve"),
    "one point": ({CURVE: (FLOAT, (0, 0))}, "ProfileToneCurve"),
    "a curve that turns back": ({CURVE: (FLOAT, (0, 0, 0.6, 0.5, 0.5, 0.6, 1, 1))}, "ProfileToneCurve"),
    "a curve above 1": ({CURVE: (FLOAT, (0, 0, 0.5, 2, 1, 1))}, "ProfileToneCurve"),
    "a curve without white": ({CURVE: (FLOAT, (0, 0, 0.5, 0.5))}, "ProfileToneCurve"),
    "a curve of nothing": ({CURVE: (FLOAT, (0, 0, np.nan, 0.5, 1, 1))}, "ProfileToneCurve"),
    "negative gains": ({GAINS: (UNDEFINED, gain_map(-ONE))}, "ProfileGainTableMap"),
    "gains that are none": ({GAINS: (UNDEFINED, gain_map(ONE * np.float32(np.nan)))}, "ProfileGainTableMap"),
    "no spacing": ({GAINS: (UNDEFINED, gain_map(ONE, spacing=(0, 0.5)))}, "ProfileGainTableMap"),
    "no origin": ({GAINS: (UNDEFINED, gain_map(ONE, origin=(np.inf, 0)))}, "ProfileGainTableMap"),
    "weights that are none": ({GAINS: (UNDEFINED, gain_map(ONE, weights=(1, 0, 0, 0, np.nan)))}, "ProfileGainTableMap"),
    "no points": ({GAINS: (UNDEFINED, gain_map(ONE[:0]))}, "ProfileGainTableMap"),
    "an unknown type": ({GAINS_2: (UNDEFINED, gain_map(ONE, second=(4, 1, 0, 1)))}, "ProfileGainTableMap2"),
    "an impossible gamma": ({GAINS_2: (UNDEFINED, gain_map(ONE, second=(3, 9, 0, 1)))}, "ProfileGainTableMap2"),
    "endless gains": (
        {GAINS_2: (UNDEFINED, gain_map(ONE.astype("u1"), second=(0, 1, 0, np.inf)))}, "ProfileGainTableMap2"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SENSELESS)
def test_senseless_tables_are_left_out_with_a_note(tmp_path: Path, name: str) -> None:
    tags, tag = SENSELESS[name]
    frame = read_tags(tmp_path, tags)
    assert frame.profile is None
    (note,) = frame.notes
    assert note.startswith(tag) and "ignored" in note


def test_greys_are_left_alone_where_a_table_would_change_them(tmp_path: Path) -> None:
    frame = read_tags(tmp_path, senseless(2, 1.5))
    assert frame.profile and (frame.profile.hue_sat_maps[0].data[:, :, 0, 2] == 1).all()
    assert len(frame.notes) == 1 and "greys" in frame.notes[0]


HUGE = struct.pack("<2I4dI5f", 40000, 40000, 0.5, 0.5, 0, 0, 1000, *[0.2] * 5)
CONTRADICTIONS: dict[str, tuple[dict[int, tuple[int, Any]], str]] = {
    "too few entries": ({**hue_sat(), DATA_1: (FLOAT, [1.0] * 71)}, "ProfileHueSatMapData1 has 71 values"),
    "dimensions of 10^28": ({**hue_sat(), DIMS_TAG: (LONG, 3 * (2**31,))}, "ProfileHueSatMapData1 has 72 values"),
    "two dimensions": ({**hue_sat(), DIMS_TAG: (LONG, (4, 3))}, "ProfileHueSatMapDims has 2 values"),
    "rational entries": ({**hue_sat(), DATA_1: (SRATIONAL, [1] * 72)}, "ProfileHueSatMapData1 has"),
    "a short look table": (
        {LOOK_DIMS: (LONG, DIMS), LOOK_DATA: (FLOAT, [1.0] * 3)}, "ProfileLookTableData has 3 values"
    ),
    "half a head": ({GAINS: (UNDEFINED, b"\0" * 8)}, "ProfileGainTableMap is 8 bytes long"),
    "half a second head": ({GAINS_2: (UNDEFINED, b"\0" * 70)}, "ProfileGainTableMap2 is 70 bytes long"),
    "10^12 points": ({GAINS: (UNDEFINED, HUGE)}, "ProfileGainTableMap: 40000 x 40000 tables of 1000 points"),
    "a byte too many": ({GAINS: (UNDEFINED, gain_map(ONE) + b"\0")}, "ProfileGainTableMap: .* has 97"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_lengths_that_contradict_dimensions_are_errors(tmp_path: Path, name: str) -> None:
    tags, message = CONTRADICTIONS[name]
    with pytest.raises(FileError, match=message):
        read_tags(tmp_path, tags)


def test_doubles_are_as_good_as_floats(tmp_path: Path) -> None:
    tags = {DIMS_TAG: (LONG, DIMS), DATA_1: (DOUBLE, entries().ravel().tolist())}
    np.testing.assert_array_equal(profile_of(tmp_path, tags).hue_sat_maps[0].data, entries())


def test_a_profile_for_hdr_displays_is_not_used(tmp_path: Path) -> None:
    frame = read_tags(tmp_path, {**hue_sat(), 52551: (UNDEFINED, struct.pack("<HHf", 1, 1, 8.0))})
    assert frame.profile is None and "ProfileDynamicRange" in frame.notes[0]
    assert profile_of(tmp_path, {**hue_sat(), 52551: (UNDEFINED, struct.pack("<HHf", 1, 0, 1.0))}).hue_sat_maps


def test_info_lists_tables_with_their_sizes(tmp_path: Path) -> None:
    tags = {**hue_sat(), MAP_ENCODING: (LONG, 1), CURVE: (FLOAT, (0, 0, 1, 1)), GAINS: (UNDEFINED, gain_map(ONE))}
    frame = read_tags(tmp_path, tags)
    assert describe(frame, tmp_path / "a.dng")["profile_tables"] == [
        "hue and saturation map of 4 hues x 3 saturations x 2 values, sRGB-encoded",
        "tone curve of 2 points",
        "gain table map of 2 x 2 tables of 2 gains",
    ]


def test_info_names_the_other_profiles_of_a_real_file(shared_data: Path) -> None:
    path = shared_data / "raw" / "dng17" / "14_hdr_sdr_profiles.dng"
    facts = describe(read(path), path)
    assert facts["profile"] == "SDR" and facts["extra_profiles"] == ["HDR Linear", "HDR Tone Map", "HDR Tint"]


def test_depth_maps_masks_and_gain_maps_are_listed(tmp_path: Path) -> None:
    jpeg = b"\xff\xd8\xff\xe2" + b"urn:iso:std:iso:ts:21496:-1\0" + bytes(20)
    writer = Writer()
    writer.data = bytearray(make_dng(tmp_path / "a.dng", np.full((8, 10), 500, np.uint16)).read_bytes())
    end = len(writer.data) - 4  # the main directory comes last, and ends in the offset of the next
    following = writer.directory({254: (LONG, 1), 273: (LONG, writer.place(jpeg)), 279: (LONG, len(jpeg))})
    following = writer.directory({254: (LONG, 8)}, following)
    following = writer.directory({254: (LONG, 0x10004), 52526: (ASCII, "skin")}, following)
    writer.data[end : end + 4] = following.to_bytes(4, "little")
    (tmp_path / "b.dng").write_bytes(writer.data)
    expected = ["a semantic mask (skin)", "a depth map", "an HDR gain map in its preview"]
    frame = read(tmp_path / "b.dng")
    assert frame.notes == tuple(f"it also holds {kind}, which is not used" for kind in expected)
    assert describe(frame, tmp_path / "b.dng")["also_holds"] == expected
