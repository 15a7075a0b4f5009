"""The facts of the shot, and the EXIF that travels on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dng_maker import ASCII, BYTE, DOUBLE, LONG, RATIONAL, SHORT, UNDEFINED, Tags, make_dng
from tirage.photo.frame import Capture, RawFrame
from tirage.reading import read

EXIF: dict[int, tuple[int, Any]] = {
    33434: (RATIONAL, ((1, 250),)),
    33437: (RATIONAL, ((18, 10),)),
    34855: (SHORT, 400),
    36867: (ASCII, "2024:02:29 23:59:58"),
    36881: (ASCII, "-05:30"),
    37521: (ASCII, "07"),
    37386: (RATIONAL, ((42, 10),)),
    42036: (ASCII, "Main camera 4.2 mm"),
}
TIME = dt.datetime(2024, 2, 29, 23, 59, 58, 70000)


def _read(folder: Path, mosaic: np.ndarray, exif: Tags | None = None, **options: Any) -> RawFrame:
    return read(make_dng(folder / "a.dng", mosaic, exif=exif, **options))


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_whole_capture(tmp_path: Path, mosaic: np.ndarray, order: str) -> None:
    zone = dt.timezone(-dt.timedelta(hours=5, minutes=30))
    assert _read(tmp_path, mosaic, EXIF, order=order).capture == Capture(
        "Maker", "Phone 1", "Main camera 4.2 mm", 1 / 250, 1.8, 400, 4.2, TIME.replace(tzinfo=zone)
    )


def test_facts_in_the_main_directory_count_too(tmp_path: Path, mosaic: np.ndarray) -> None:
    shot = _read(tmp_path, mosaic, main_tags={tag: EXIF[tag] for tag in (33434, 33437, 34855, 36867)}).capture
    assert (shot.exposure_s, shot.f_number, shot.iso, shot.time) == (1 / 250, 1.8, 400, TIME.replace(microsecond=0))


@pytest.mark.parametrize(("changes", "fact", "value"), [
    ({33434: (RATIONAL, ((0, 1),))}, "exposure_s", None),
    ({33434: (RATIONAL, ((1, 0),))}, "exposure_s", None),
    ({33437: (RATIONAL, ((0, 0),))}, "f_number", None),
    ({37386: (ASCII, "wide")}, "focal_length_mm", None),
    ({34855: (SHORT, 0)}, "iso", None),
    ({34855: (SHORT, (800, 0))}, "iso", 800),
    ({34855: (SHORT, 65535), 34866: (LONG, 102400)}, "iso", 102400),
    ({34855: None, 34867: (LONG, 3200)}, "iso", 3200),
    ({36881: None}, "time", TIME),
    ({36881: (ASCII, "+99:99")}, "time", TIME),
    ({36881: (ASCII, "Z")}, "time", TIME.replace(tzinfo=dt.UTC)),
    ({37521: (ASCII, "soon")}, "time", TIME.replace(microsecond=0, tzinfo=dt.timezone(-dt.timedelta(hours=5.5)))),
    ({36867: (ASCII, "0000:00:00 00:00:00")}, "time", None),
    ({36867: (ASCII, "    :  :     :  :  ")}, "time", None),
    ({36867: None, 36868: (ASCII, "2001:01:01 00:00:00"), 36881: None, 37521: None}, "time", dt.datetime(2001, 1, 1)),
    ({42036: (ASCII, "")}, "lens", ""),
    ({42036: (SHORT, 7)}, "lens", ""),
])  # fmt: skip
def test_facts_that_are_missing_or_odd(
    tmp_path: Path, mosaic: np.ndarray, changes: Tags, fact: str, value: object
) -> None:
    assert getattr(_read(tmp_path, mosaic, {**EXIF, **changes}).capture, fact) == value


def test_a_date_of_change_is_no_time_of_the_shutter(tmp_path: Path, mosaic: np.ndarray) -> None:
    assert _read(tmp_path, mosaic, main_tags={306: (ASCII, "2024:01:01 00:00:00")}).capture.time is None


def test_the_unique_model_stands_in_for_the_model(tmp_path: Path, mosaic: np.ndarray) -> None:
    assert _read(tmp_path, mosaic, main_tags={272: None}).capture.model == "Maker Phone 1"


def test_what_travels_and_what_does_not(tmp_path: Path, mosaic: np.ndarray) -> None:
    exif = {
        **EXIF,
        37500: (UNDEFINED, b"the maker's secrets"),
        40962: (LONG, 34),
        40963: (LONG, 21),
        40965: (LONG, 8),
        41730: (UNDEFINED, b"\2\0\2\0\0\1\1\2"),
        37510: (UNDEFINED, b"ASCII\0\0\0a comment"),
        36864: (UNDEFINED, b"0232"),
        50000: (UNDEFINED, bytes(100_000)),
        37520: (ASCII, ""),
    }
    gps = {0: (BYTE, b"\2\3\0\0"), 1: (ASCII, "N"), 2: (RATIONAL, ((33, 1), (7, 1), (3681, 100))), 5: (BYTE, b"\1")}
    main = {270: (ASCII, "A view"), 305: (ASCII, "Firmware"), 50735: (ASCII, "serial"), 33432: (ASCII, "© Me")}
    known = _read(tmp_path, mosaic, exif, gps=gps, main_tags=main).metadata
    assert known.image == {
        270: "A view", 271: "Maker", 272: "Phone 1", 274: 1, 305: "Firmware", 33432: "© Me", 50708: "Maker Phone 1",
    }  # fmt: skip
    assert known.exif == {
        33434: (1, 250), 33437: (18, 10), 34855: 400, 36864: b"0232", 36867: "2024:02:29 23:59:58", 36881: "-05:30",
        37386: (42, 10), 37510: b"ASCII\0\0\0a comment", 37521: "07", 42036: "Main camera 4.2 mm",
    }  # fmt: skip
    assert known.gps == {0: b"\2\3\0\0", 1: "N", 2: ((33, 1), (7, 1), (3681, 100)), 5: 1}
    keys = [*known.image, *known.exif, *known.gps]
    assert all(type(key) is int for key in keys)


def test_directories_that_are_not_there(tmp_path: Path, mosaic: np.ndarray) -> None:
    for pointer in (0, 10**9):
        frame = _read(tmp_path, mosaic, main_tags={34665: (LONG, pointer), 34853: (LONG, pointer)})
        assert frame.metadata.exif == {} and frame.metadata.gps == {}
    frame = _read(tmp_path, mosaic, main_tags={34665: (DOUBLE, np.nan)})
    assert frame.capture.iso is None
