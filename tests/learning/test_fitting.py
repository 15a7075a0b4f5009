"""A look learned from pictures: as near as it says, on pictures it has not seen, and refused where there is none."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest

import tirage
from learning.pictures import errors, film, graded, saved, scene
from tirage.finishing.look.load import load_look
from tirage.finishing.look.lut import through_lut
from tirage.learning import fit_look, pairs_in, pairs_of
from tirage.photo.errors import FileError, UsageError

# The aims for a hidden grade from before and after pictures.
MEDIAN, TAIL = 0.5, 1.5


def pairs(folder, seeds, grade=film, suffix="png", **options):
    """Files before and after for each seed."""
    files = []
    for seed in seeds:
        picture = scene(seed)
        files += [
            saved(folder / f"{seed}.png", picture),
            saved(folder / f"{seed}_after.{suffix}", graded(picture, grade), **options),
        ]
    return pairs_of(files)


def test_a_grade_is_learned_from_eight_pairs_and_holds_on_others(tmp_path):
    found = fit_look(pairs(tmp_path, range(8)), tmp_path / "film.toml")
    table = load_look(tmp_path / "film.toml").lut_table
    assert table is not None
    other = scene(99) / 255
    off = errors(through_lut(other, table.values), film(other))
    assert np.median(off) < MEDIAN and np.percentile(off, 95) < TAIL
    assert found.median < MEDIAN and found.tail < TAIL and not found.by_areas


def test_the_look_renders_what_the_grade_renders(tmp_path):
    fit_look(pairs(tmp_path, range(4)), tmp_path / "film.toml")
    picture = scene(98)
    shown = tirage.photograph(saved(tmp_path / "other.png", picture), look=str(tmp_path / "film.toml")).pixels
    off = errors(shown / 255, graded(picture) / 255)
    assert np.median(off) < 0.6 and np.percentile(off, 95) < TAIL


def test_what_was_not_changed_is_the_identity(tmp_path):
    found = fit_look(pairs(tmp_path, range(2), grade=lambda colours: colours), tmp_path / "same.toml")
    steps = np.linspace(0, 1, len(found.table))
    assert np.abs(found.table - np.stack(np.meshgrid(steps, steps, steps, indexing="ij")[::-1], -1)).max() < 1 / 255
    assert abs(found.exposure_stops) < 0.01 and abs(found.contrast - 1) < 0.01


def test_a_halds_grade_is_its_table(tmp_path):
    from tirage.exchanging import export_look

    identity, after = tmp_path / "identity.png", tmp_path / "after.png"
    export_look("faithful", identity)
    codes = imagecodecs.imread(identity) / 65535
    saved(after, np.rint(film(codes) * 255).astype(np.uint8))
    found = fit_look(pairs_of([identity, after]), tmp_path / "film.toml")
    rng = np.random.default_rng(0)
    colours = rng.uniform(size=(20_000, 3))
    off = errors(through_lut(colours, found.table), film(colours))
    assert np.median(off) < 0.2 and np.percentile(off, 99) < 1.0


def test_jpegs_that_are_cropped_scaled_and_shaded_teach_the_same(tmp_path):
    from PIL import Image

    files = []
    for seed in range(6):
        picture = scene(seed, 480, 640)
        after = graded(picture).astype(float)
        y, x = np.mgrid[:480, :640]
        shade = 2.0 ** (-0.5 * ((x - 319.5) ** 2 + (y - 239.5) ** 2) / (319.5**2 + 239.5**2))
        from tirage.colour.transfer import srgb_decode, srgb_encode

        after = np.rint(255 * srgb_encode(srgb_decode(after / 255) * shade[..., None])).astype(np.uint8)[8:-4, 10:-14]
        small = np.asarray(Image.fromarray(after).resize((500, 378), Image.Resampling.BICUBIC))
        files += [saved(tmp_path / f"{seed}.png", picture), saved(tmp_path / f"{seed}.jpg", small, quality=90)]
    found = fit_look(pairs_of(files), tmp_path / "film.toml")
    other = scene(97) / 255
    off = errors(through_lut(other, found.table), film(other))
    assert np.median(off) < 1.0 and np.percentile(off, 95) < 3.0
    assert -0.65 < found.corner_stops < -0.3


def test_greys_rise_and_hues_do_not_jump(tmp_path):
    found = fit_look(pairs(tmp_path, range(3), suffix="jpg", quality=60), tmp_path / "film.toml")
    greys = through_lut(np.repeat(np.linspace(0, 1, 256)[:, None], 3, 1), found.table) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(greys) > -1e-4).all()
    steps = [np.abs(np.diff(found.table, axis=axis)).max() for axis in range(3)]
    assert max(steps) < 0.2  # of a step of 1/32 in


def test_pictures_of_other_scenes_are_refused(tmp_path):
    files = [saved(tmp_path / "a.png", scene(1)), saved(tmp_path / "b.png", graded(scene(2)))]
    with pytest.raises(FileError, match="same scene"):
        fit_look(pairs_of(files), tmp_path / "film.toml")
    assert not list(tmp_path.glob("film*"))


def test_a_pair_that_contradicts_the_others_is_named(tmp_path):
    odd = [
        saved(tmp_path / "odd.png", scene(50)),
        saved(tmp_path / "odd_after.png", graded(scene(50), lambda colours: 0.3 + 0.7 * colours)),
    ]
    with pytest.raises(UsageError, match="odd.png"):
        fit_look([*pairs(tmp_path, range(6)), *pairs_of(odd)], tmp_path / "film.toml")
    assert not list(tmp_path.glob("film*"))


def test_files_that_are_not_there_or_not_pictures_are_one_sentence(tmp_path):
    text = tmp_path / "a.jpg"
    text.write_text("no picture")
    picture = saved(tmp_path / "a.png", scene(1))
    for before, after, words in (
        (picture, tmp_path / "none.png", "no such file"),
        (picture, text, "no finished picture"),
    ):
        with pytest.raises(FileError, match=words):
            fit_look(pairs_of([before, after]), tmp_path / "film.toml")
    with pytest.raises(UsageError, match="come in pairs"):
        pairs_of([picture])


def test_a_folder_pairs_names_and_tells_who_is_alone(tmp_path):
    for name in ("A.DNG", "a.jpg", "b.dng", "c.JPG", "d.xmp", "e.cr3", "e.jpeg"):
        (tmp_path / name).touch()
    found, alone = pairs_in(tmp_path)
    assert [pair.name for pair in found] == ["A.DNG and a.jpg", "e"]
    assert sorted(alone) == ["b.dng", "c.JPG"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no RAW file"):
        pairs_in(tmp_path / "empty")


def test_raw_files_and_a_cameras_jpegs_give_its_look(tmp_path):
    """Simulated: noise, a crop, JPEG at quality 90, darker corners; judged on a RAW file it was not learned from."""
    shots = tmp_path / "shots"
    shots.mkdir()
    for seed in range(6):
        raw = tirage.simulate(scene(seed, 360, 480), iso=100, seed=seed)
        tirage.write(raw, shots / f"IMG_{seed}.dng")
        shown = tirage.photograph(raw, look="lively", quality="fast").pixels
        saved(shots / f"IMG_{seed}.jpg", shown[6:-4, 5:-9], quality=90)
    found, alone = pairs_in(shots)
    assert not alone and len(found) == 6
    learned = fit_look(found, tmp_path / "camera.toml")
    raw = tirage.simulate(scene(96, 360, 480), iso=100, seed=96)
    looks = "lively", str(tmp_path / "camera.toml")
    one, other = (tirage.photograph(raw, look=look, quality="fast").pixels for look in looks)
    off = errors(one / 255, other / 255)
    assert np.median(off) < 1.2 and np.percentile(off, 95) < 3.5, learned
