"""The whole photograph: four verbs, one verb, the recipe that makes it again, and the truth it should come close to."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import tirage
from oracles import SIMULATED_SCENE_PSNR_DB
from tirage.photo.recipe import Recipe
from tirage.simulating import ground_truth
from tirage.simulating.scene import demo_scene
from tirage.writing.dng import write_dng
from tirage.writing.provenance import recipe_of

HEIGHT, WIDTH = 301, 402


@pytest.fixture(scope="session")
def raw_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated phone's DNG of the demo scene."""
    path = tmp_path_factory.mktemp("raw") / "scene.dng"
    return write_dng(tirage.simulate(demo_scene(HEIGHT, WIDTH), iso=200, seed=1), path)


def pixels_of(path: Path) -> np.ndarray:
    """A picture's stored values, read by a library of others."""
    import imagecodecs

    return np.asarray(imagecodecs.imread(path))


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_one_verb_equals_four(raw_file: Path, tmp_path: Path, name: str) -> None:
    one, four = tmp_path / f"one-{name}", tmp_path / f"four-{name}"
    tirage.photograph(raw_file, output=one, look="lively", exposure_stops=0.5, white_balance="5200")
    scene = tirage.develop(tirage.read(raw_file), white_balance="5200")
    bit_depth = 16 if name.endswith("tif") else 8
    photo = tirage.finish(scene, look="lively", exposure_stops=0.5, bit_depth=bit_depth)
    tirage.write(photo, four)
    np.testing.assert_array_equal(pixels_of(one), pixels_of(four))
    assert pixels_of(one).shape == (HEIGHT, WIDTH, 3)


def test_the_four_verbs_keep_the_recipe_of_the_one(raw_file: Path) -> None:
    choices = {"quality": "fast", "white_balance": "pick:200,250"}
    one = tirage.photograph(raw_file, look="lively", size=100, **choices)
    four = tirage.finish(tirage.develop(tirage.read(raw_file), **choices), look="lively", size=100)
    assert (
        one.recipe
        == four.recipe
        == Recipe(look="lively", quality="fast", exposure_stops=0.0, white_balance="pick:200,250", size=100)
    )


def test_a_look_may_be_a_path(raw_file: Path, tmp_path: Path) -> None:
    look = Path(tirage.__file__).parent / "looks" / "lively.toml"
    tirage.photograph(raw_file, output=tmp_path / "a.jpg", look=look)
    assert recipe_of(tmp_path / "a.jpg").look == str(look)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_the_recipe_in_a_picture_makes_it_again(raw_file: Path, tmp_path: Path, name: str) -> None:
    recipe = Recipe(
        look="documentary",
        quality="fast",
        exposure_stops=-0.3,
        white_balance="pick:200,250",
        colour_space="display-p3",
        crop=(10, 20, 300, 200),
        size=150,
        jpeg_quality=96,
    )
    tirage.photograph(raw_file, output=tmp_path / name, recipe=recipe)
    again = recipe_of(tmp_path / name)
    assert again == recipe
    tirage.photograph(raw_file, output=tmp_path / f"again-{name}", recipe=again)
    assert (tmp_path / name).read_bytes() == (tmp_path / f"again-{name}").read_bytes()


def test_developing_gives_the_simulated_light_back(raw_file: Path) -> None:
    for quality in ("fast", "balanced"):
        raw = tirage.simulate(demo_scene(HEIGHT, WIDTH), noise=False)
        scene = tirage.develop(raw, quality=quality)
        truth = ground_truth(demo_scene(HEIGHT, WIDTH))
        assert scene.white == pytest.approx(truth.white)
        seen = truth.pixels.max(axis=0) < 0.95 * truth.white
        error = (scene.pixels - truth.pixels)[:, seen]
        psnr = 10 * np.log10(truth.white**2 / np.mean(error**2))
        print(f"{quality}: {psnr:.1f} dB")
        assert psnr > SIMULATED_SCENE_PSNR_DB
        # light is neither lost nor gained, in any channel
        ratio = scene.pixels[:, seen].mean(axis=1) / truth.pixels[:, seen].mean(axis=1)
        np.testing.assert_allclose(ratio, 1, atol=0.01)


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
@pytest.mark.parametrize("shape", [(64, 80), (63, 80), (64, 81), (61, 77)])
def test_every_cfa_phase_and_odd_sizes_come_out_in_the_right_colours(
    tmp_path: Path, cfa: str, shape: tuple[int, int]
) -> None:
    colours = np.zeros((*shape, 3), np.uint8)
    colours[:, : shape[1] // 2] = (190, 100, 80)
    colours[:, shape[1] // 2 :] = (80, 110, 180)
    path = write_dng(tirage.simulate(colours, cfa=cfa, noise=False), tmp_path / "a.dng")
    photo = tirage.photograph(path).pixels.astype(int)
    assert photo.shape == (*shape, 3)
    for half, expected in ((photo[:, 8:-50], (190, 100, 80)), (photo[:, 50:-8], (80, 110, 180))):
        np.testing.assert_allclose(half.reshape(-1, 3).mean(axis=0), expected, atol=4)


def test_an_unknown_choice_is_named(raw_file: Path) -> None:
    with pytest.raises(tirage.UsageError, match="exposure_stops"):
        tirage.photograph(raw_file, exposure=1.0)
    with pytest.raises(tirage.UsageError, match="read a RAW file"):
        tirage.develop(tirage.develop(tirage.read(raw_file)))  # type: ignore[arg-type]


def test_a_bad_output_is_refused_before_the_work(raw_file: Path, tmp_path: Path) -> None:
    with pytest.raises(tirage.UsageError, match="look"):
        tirage.photograph(raw_file, output=tmp_path / "a.jpg", look="nonesuch")
    with pytest.raises(tirage.UsageError):
        tirage.photograph(raw_file, output=tmp_path / "a.bmp")
    (tmp_path / "b.jpg").write_bytes(b"mine")
    with pytest.raises(tirage.FileError, match="exists"):
        tirage.photograph(raw_file, output=tmp_path / "b.jpg", overwrite=False)
    assert (tmp_path / "b.jpg").read_bytes() == b"mine"
    assert sorted(os.listdir(tmp_path)) == ["b.jpg"]


def test_real_files_develop_or_are_refused_with_a_reason(shared_data: Path, tmp_path: Path) -> None:
    good, refused = set(), {}
    for path in sorted((shared_data / "raw").rglob("*.dng")):
        try:
            photo = tirage.photograph(path, output=tmp_path / f"{path.stem}.jpg")
            assert photo.pixels.std() > 1 or "PGTM2" in path.name or "Sequence" in path.name
            good.add(path.name)
        except tirage.FileError as error:
            refused[path.name] = str(error)
    print(refused)
    assert {"gopro_hero6_iso100.dng", "canon_x4_colorchecker.dng", "lg_g4_linear_lossy.dng"} <= good
    assert {"iphone12_header_only_truncated.dng", "truncated_pixels.dng"} <= set(refused)
