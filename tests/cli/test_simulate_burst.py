"""`tirage simulate --frames`: files, refusals, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(path)
    return path


def test_a_burst_is_a_folder_whose_glob_holds_frames_alone(run, photo: Path, tmp_path: Path) -> None:
    flags = ("--frames", 3, "--iso", 3200, "--shake", 5, "--rotation", 0.5, "--moving", "--exposure-steps", "-2,0,2")
    result = run("simulate", photo, "-o", f"{tmp_path}/burst/", *flags)
    assert result.exit_code == 0, result.output
    names = [path.name for path in sorted((tmp_path / "burst").glob("*.dng"))]
    assert names == ["frame-00.dng", "frame-01.dng", "frame-02.dng"]
    truth = json.loads((tmp_path / "burst/truth/truth.json").read_text())
    assert [one["file"] for one in truth["frames"]] == names and truth["reference"] == names[0]
    assert [one["exposure_stops"] for one in truth["frames"]] == [-2, 0, 2]
    assert (tmp_path / "burst/truth/truth.dng").exists()
    again = run("simulate", photo, "-o", f"{tmp_path}/burst/", *flags)
    assert again.exit_code != 0 and "exists" in again.output
    assert run("simulate", photo, "-o", f"{tmp_path}/burst/", *flags, "--overwrite").exit_code == 0


def test_no_frames_of_a_longer_burst_are_left_among_the_new(run, photo: Path, tmp_path: Path) -> None:
    command = ("simulate", photo, "-o", f"{tmp_path}/burst/", "--overwrite", "--frames")
    assert run(*command, 4).exit_code == 0
    before = {path: path.read_bytes() for path in (tmp_path / "burst").rglob("*.*")}
    shorter = run(*command, 2)
    assert shorter.exit_code == 2 and "frame-02.dng, frame-03.dng" in shorter.output
    assert {path: path.read_bytes() for path in (tmp_path / "burst").rglob("*.*")} == before
    assert run(*command, 5).exit_code == 0


@pytest.mark.parametrize(
    "flag, value", [("objects", 2), ("object-size", 9), ("object-step", 4), ("object-contrast", 1)]
)
def test_what_is_said_of_objects_makes_them_move(run, photo: Path, tmp_path: Path, flag: str, value: int) -> None:
    assert run("simulate", photo, "-o", f"{tmp_path}/burst/", "--frames", 2, f"--{flag}", value).exit_code == 0
    truth = json.loads((tmp_path / "burst/truth/truth.json").read_text())
    assert len(truth["objects"]) == (value if flag == "objects" else 1)


def test_one_flag_of_a_burst_asks_for_eight_frames_beside_the_photo(run, photo: Path) -> None:
    assert run("simulate", photo, "--shake", 2).exit_code == 0
    assert len(list((photo.parent / "photo-burst").glob("*.dng"))) == 8


@pytest.mark.parametrize(
    "flags, says",
    [
        (("-o", "a.dng", "--frames", "2"), "directory"),
        (("--frames", "0"), "0 frames"),
        (("--exposure-steps", "a,b"), "like -2,0,2"),
        (("--frames", "2", "--truth", "t.npy"), "single frame"),
        (("--frames", "2", "--flicker", "7"), "flicker"),
        (("--shake", "1e9"), "0 to 10000"),
        (("--objects", "0"), "1 to 10000"),
        (("--object-size", "nan"), "up to 10000"),
        (("--object-step", "-1"), "0 to 10000"),
        (("--object-contrast", "nan"), "-1 to 100"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(process, photo: Path, flags: tuple[str, ...], says: str) -> None:
    result = process("simulate", photo, *flags, cwd=photo.parent)
    assert result.returncode == 2 and says in result.stderr and result.stderr.count("\n") == 1
    assert [path.name for path in photo.parent.iterdir()] == ["photo.png"]
