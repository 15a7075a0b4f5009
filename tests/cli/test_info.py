"""`tirage info` on files of the wild, against what exiftool says of them."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

RAW = ["gopro_hero6_iso100.dng", "canon_x4_colorchecker.dng"]


@pytest.mark.parametrize("name", RAW)
@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
def test_facts_are_those_that_exiftool_finds(run, shared_data, name):
    path = shared_data / "raw" / name
    facts = json.loads(run("info", path, "--json").stdout)
    exiftool = subprocess.run(["exiftool", "-j", "-n", path], capture_output=True, check=True)
    (other,) = json.loads(exiftool.stdout)
    assert facts["camera"] == other["UniqueCameraModel"]
    assert facts["orientation"] == other["Orientation"]
    assert (facts["iso"] or 0) == other["ISO"]
    assert facts["gps"] == ("GPSLatitude" in other)
    assert facts["as_shot_neutral"] == pytest.approx([float(x) for x in other["AsShotNeutral"].split()], rel=1e-5)


def test_the_text_says_what_will_be_done(run, shared_data):
    text = run("info", shared_data / "raw" / "gopro_hero6_iso100.dng").stdout
    for words in ("1/455 s, f/2.8, ISO 100, 3 mm", "4 gain maps", "mirror it left to right", "4000 x 3000", "GPS"):
        assert words in text


def test_a_file_without_exposure_facts_is_said_without_them(run, shared_data):
    text = run("info", shared_data / "raw" / "canon_x4_colorchecker.dng").stdout
    assert "taken" not in text and "black 2056, white 15000" in text


def test_files_that_are_no_raw_are_one_sentence(run, tmp_path):
    (tmp_path / "text.dng").write_text("hello")
    (tmp_path / "empty.dng").touch()
    for name, words in [("text.dng", "text"), ("empty.dng", "empty"), ("none.dng", "no such file"), (".", "directory")]:
        result = run("info", tmp_path / name)
        assert result.exit_code == 1 and words in result.stderr and result.stderr.count("\n") == 1
