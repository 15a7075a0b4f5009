"""What `tirage info` says of a file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dng_maker import ASCII, FLOAT, LONG, RATIONAL, SHORT, UNDEFINED, make_dng
from tirage.photo.errors import FileError
from tirage.reading import read
from tirage.reading.describe import describe


def test_a_synthetic_file(tmp_path: Path, mosaic: np.ndarray) -> None:
    tags = {50829: (LONG, (1, 2, 20, 33)), 274: (SHORT, 6), 50714: (SHORT, 64), 50717: (SHORT, 4095)}
    tags |= {50712: (SHORT, list(range(4096))), 50940: (FLOAT, (0, 0, 0.5, 0.75, 1, 1)), 50936: (ASCII, "Mild")}
    tags |= {51022: (UNDEFINED, b"\0\0\0\1\0\0\0\6\1\3\0\0\0\0\0\0\0\0\0\x10" + bytes(8) + b"\0\0\0\x13\0\0\0\x1f")}
    exif = {33434: (RATIONAL, ((1, 50),)), 36867: (ASCII, "2024:01:02 03:04:05"), 36881: (ASCII, "+01:00")}
    path = make_dng(tmp_path / "a.dng", mosaic, tags=tags, exif=exif, bits=12, compression=7, tile=(16, 16))
    facts = describe(read(path), path)
    expected = {
        "file": "a.dng", "format": "DNG 1.4", "camera": "Maker Phone 1", "stored_size": [34, 21],
        "compression": "lossless JPEG", "segments": "6 tiles of 16 x 16", "bits": 12, "linearization_table": True,
        "active_area": {"left": 2, "top": 1, "width": 31, "height": 19}, "width": 19, "height": 31, "orientation": 6,
        "colour_filters": "RGGB", "black_level": [64], "white_level": [4095], "exposure_s": 0.02, "f_number": None,
        "time": "2024-01-02T03:04:05+01:00", "as_shot_neutral": [0.5, 1, 0.625], "profile": "Mild",
        "profile_tables": ["tone curve of 3 points"], "gain_maps": [],
        "opcodes": {"OpcodeList3": ["TrimBounds: 31 x 19 at 0, 0"]},
        "notes": [], "gps": False,
    }  # fmt: skip
    assert {key: facts[key] for key in expected} == expected
    assert facts["illuminants"][0]["cct_kelvin"] == 6500


def test_every_real_file_can_be_described_in_json(raw_files: Path) -> None:
    described = 0
    for path in sorted(raw_files.rglob("*.dng")):
        try:
            frame = read(path)
        except FileError:
            continue
        facts = describe(frame, path)
        assert json.loads(json.dumps(facts, allow_nan=False)) == facts
        described += 1
    assert described >= 9


def test_the_gopro_file(raw_files: Path) -> None:
    path = raw_files / "gopro_hero6_iso100.dng"
    facts = describe(read(path), path)
    assert list(facts["opcodes"]) == ["OpcodeList2"]
    first, *others = facts["opcodes"]["OpcodeList2"]
    assert first.startswith("GainMap: 23 x 23 gains of 1 to ") and len(others) == 3
    assert first.endswith("; 4000 x 3000 at 0, 0, steps of 2 rows and 2 columns, plane 0; optional")
    assert [one["points"] for one in facts["gain_maps"]] == [[23, 23]] * 4
    assert facts["segments"] == "1 strip of 4000 x 3000" and facts["gps"] is True


def test_a_file_that_has_gone(tmp_path: Path, mosaic: np.ndarray) -> None:
    path = make_dng(tmp_path / "a.dng", mosaic)
    frame = read(path)
    path.unlink()
    with pytest.raises(FileError, match="there is no such file"):
        describe(frame, path)
