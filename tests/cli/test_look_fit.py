"""`tirage look fit`: what it says, and what it refuses."""

from __future__ import annotations

import numpy as np
from PIL import Image


def picture(path, seed, change=0):
    steps = np.random.default_rng(seed).integers(0, 255 - change, (12, 16, 3)).astype(np.uint8)
    image = Image.fromarray(steps).resize((160, 120), Image.Resampling.BICUBIC)
    Image.fromarray(np.asarray(image) // 2 + change).save(path)
    return path


def test_a_look_is_written_with_its_table_and_how_near_it_comes(run, tmp_path):
    before, after = picture(tmp_path / "a.png", 1), picture(tmp_path / "b.png", 1, change=9)
    result = run("look", "fit", before, after, "-o", tmp_path / "film.toml")
    assert result.exit_code == 0, result.stderr
    assert "Delta E 2000" in result.stdout and "stops" in result.stdout
    assert (tmp_path / "film.toml").exists() and (tmp_path / "film.npz").exists()
    assert run("look", "show", tmp_path / "film.toml").exit_code == 0
    again = run("look", "fit", before, after, "-o", tmp_path / "film.toml")
    assert again.exit_code == 1 and "film.toml" in again.stderr


def test_requests_that_make_no_sense_write_nothing(run, tmp_path):
    before = picture(tmp_path / "a.png", 1)
    other = picture(tmp_path / "c.png", 2)
    for arguments, words in (
        ((), "either --pairs"),
        ((before,), "in pairs"),
        ((before, other), "same scene"),
        ((before, tmp_path / "none.png"), "none.png"),
        (("--pairs", tmp_path), "RAW file"),
        (("--pairs", tmp_path / "nowhere"), "nowhere"),
    ):
        result = run("look", "fit", *arguments, "-o", tmp_path / "film.toml")
        assert result.exit_code in (1, 2) and words in result.stderr and result.stderr.count("\n") == 1, arguments
    assert not list(tmp_path.glob("film*"))
    assert run("look", "fit", before, before, "-o", tmp_path / "film.txt").exit_code == 2


def test_tiny_pictures_are_one_sentence(run, tmp_path):
    import numpy as np
    from PIL import Image

    Image.fromarray(np.zeros((1, 1, 3), np.uint8)).save(tmp_path / "dot.png")
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(tmp_path / "a.png")
    for pair in (("dot.png", "dot.png"), ("a.png", "dot.png")):
        result = run("look", "fit", *(str(tmp_path / name) for name in pair), "-o", str(tmp_path / "b.toml"))
        assert result.exit_code == 1 and "too small" in result.stderr and not (tmp_path / "b.toml").exists()
