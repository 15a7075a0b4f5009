"""`tirage defects` and `--defects FILE`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from dng_maker import make_dng

WEAK = [(20, 31), (41, 60), (70, 12)]


@pytest.fixture
def shots(tmp_path: Path) -> list[Path]:
    """Six noisy frames of one sensor whose defects are too weak for one frame to be sure of."""
    paths = []
    for seed in range(6):
        generator = np.random.default_rng(seed)
        mosaic = (500 + 20 * seed + generator.normal(0, 12, (96, 100))).astype(np.uint16)
        for row, column in WEAK:
            mosaic[row, column] += 110
        paths.append(make_dng(tmp_path / f"{seed}.dng", mosaic, tags={50717: (3, 4095)}))
    return paths


def test_several_frames_show_what_one_does_not(run, shots, tmp_path):
    result = run("defects", *shots, "-o", tmp_path / "camera.toml")
    assert result.exit_code == 0 and "3 defects in 6 frames" in result.stdout
    table = tomllib.loads((tmp_path / "camera.toml").read_text())
    assert [tuple(place) for place in table["pixels"]] == WEAK
    assert "0 defects in 1 frame " in run("defects", shots[0], "-o", tmp_path / "one.toml").stdout


def test_the_file_is_used_and_checked(run, shots, tmp_path):
    from tirage.developing.development import prepare
    from tirage.photo.recipe import Recipe
    from tirage.reading import read

    path = tmp_path / "camera.toml"
    assert run("defects", *shots, "-o", path).exit_code == 0
    assert run("defects", *shots, "-o", path).exit_code == 1, "an existing file is kept"
    frame = read(shots[0])
    repaired = prepare(frame, Recipe(quality="fast", defects=str(path))).frame.mosaic
    for row, column in WEAK:
        assert frame.mosaic[row, column] - 60 > repaired[row, column]
    path.write_text(path.read_text() + "blur_sigma_px = 0.9\n")
    for quality in ("fast", "balanced"):
        assert prepare(frame, Recipe(quality=quality, defects=str(path))).blur_sigma_px == 0.9
    other = make_dng(tmp_path / "other.dng", np.full((40, 60), 300, np.uint16))
    for text, words in [
        (path.read_text(), "is for 100 x 96 pixels"),
        ("width = 60\nheight = 40\npixels = [[1]]", "[row, column]"),
        ("width = 60\nheight = 40\npixels = [[1, 60]]", "inside the frame"),
        ("width = 60\nheight = 40\npixels = []\nblur_sigma_px = -1", "blur_sigma_px must be"),
        ("width = 60\nheight = 40\npixels = []\nblur_sigma_px = true", "blur_sigma_px must be"),
        ("width = ", "no defects file"),
    ]:
        bad = tmp_path / "bad.toml"
        bad.write_text(text)
        result = run("develop", other, "-o", tmp_path / "a.jpg", "--defects", bad)
        assert result.exit_code == 1 and words in result.stderr and result.stderr.count("\n") == 1
    result = run("develop", other, "-o", tmp_path / "a.jpg", "--defects", tmp_path / "missing.toml")
    assert result.exit_code == 1 and "missing.toml" in result.stderr
