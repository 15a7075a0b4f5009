"""A finished picture and the light it is taken for: `faithful` shows it as it was, other looks treat it as light."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

import oracles
import tirage
from tirage.colour import icc
from tirage.colour.transfer import srgb_decode
from tirage.finishing import unfinish
from tirage.finishing.look.character import TYPICAL_WHITE
from tirage.finishing.look.reference import render
from tirage.finishing.unfinish.reference import unfinished
from tirage.photo.errors import FileError, UsageError
from tirage.photo.image import DisplayImage
from tirage.reading.picture import read_picture

SPACES = ("srgb", "display-p3")


def cube(steps: int = 18) -> np.ndarray:
    """(steps^2, steps, 3) uint8: colours over the whole cube, black and white among them."""
    levels = np.rint(np.linspace(0, 255, steps))
    return np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, steps, 3).astype(np.uint8)


def photograph(width: int = 160, height: int = 120) -> np.ndarray:
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:height, :width]
    waves = [np.sin(rows / 17 + k) + np.cos(columns / (9 + 4 * k)) for k in range(3)]
    return np.clip(120 + 60 * np.stack(waves, -1) + rng.normal(0, 3, (height, width, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("space", SPACES)
def test_the_kernel_equals_the_reference(space: str) -> None:
    codes = np.random.default_rng(0).integers(0, 65536, (37, 53, 3)).astype(np.uint16)
    codes[:8] = (codes[:8] >> 12) * 4369  # equal channels, black and white
    light = unfinish.scene_light(codes, space)
    expected = unfinished(srgb_decode(codes / 65535), space, unfinish.WHITE).transpose(2, 0, 1)
    np.testing.assert_allclose(light, expected, rtol=oracles.UNFINISH_RELATIVE, atol=oracles.UNFINISH_ABSOLUTE)


@pytest.mark.parametrize("space", SPACES)
def test_it_is_the_inverse_of_faithful(space: str) -> None:
    """The look evaluated directly shows the codes again; at the space's edges its gamut compression moves them."""
    codes = cube()
    inner = codes.min(axis=-1) > 0.3 * codes.max(axis=-1)
    light = unfinish.scene_light(codes, space).transpose(1, 2, 0).astype(np.float64)
    from tirage.finishing.look.load import load_look

    shown = render(light, load_look("faithful"), unfinish.WHITE, space)
    np.testing.assert_allclose(255 * shown[inner], codes[inner], atol=0.02)


def test_white_is_that_of_a_raw_file() -> None:
    assert unfinish.WHITE == TYPICAL_WHITE
    white = unfinish.scene_light(np.full((1, 1, 3), 255, np.uint8), "srgb")
    np.testing.assert_allclose(white, unfinish.WHITE, rtol=1e-6)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("picture", [cube(), photograph()], ids=["cube", "photograph"])
def test_faithful_leaves_a_picture_as_it_is(picture: np.ndarray, space: str) -> None:
    scene = tirage.develop(DisplayImage(picture, colour_space=space))
    shown = tirage.finish(scene, look="faithful", colour_space=space).pixels
    assert np.abs(shown.astype(int) - picture).max() <= 1


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["faithful", "documentary", "lively"]))
def test_one_call_equals_two(height: int, width: int, look: str) -> None:
    picture = photograph(width, height)
    scene = tirage.develop(DisplayImage(picture))
    assert scene.pixels.shape == (3, height, width)
    from tirage.pipeline import render_picture

    at_once = render_picture(DisplayImage(picture), tirage.Recipe(look=look))
    np.testing.assert_array_equal(at_once.pixels, tirage.finish(scene, look=look).pixels)


def test_exposure_is_light() -> None:
    """A stop more on a dark picture doubles its light."""
    picture = np.full((16, 16, 3), 60, np.uint8)
    shown = tirage.finish(tirage.develop(DisplayImage(picture)), exposure_stops=1.0).pixels[8, 8, 0]
    assert abs(srgb_decode(np.array(shown / 255)) / srgb_decode(np.array(60 / 255)) - 2) < 0.03


def saved(
    path: Path, picture: np.ndarray, profile: bytes | None = None, orientation: int = 1, **options: object
) -> Path:
    exif = Image.Exif()
    exif[274], exif[271] = orientation, "Maker"
    Image.fromarray(picture).save(path, icc_profile=profile, exif=exif, **options)
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("space", SPACES)
def test_files_of_known_spaces_are_read_as_they_are(tmp_path: Path, suffix: str, space: str) -> None:
    options = {"lossless": True} if suffix == ".webp" else {"quality": 95} if suffix == ".jpg" else {}
    path = saved(tmp_path / f"a{suffix}", photograph(), icc.profile(space), 6, **options)
    picture = read_picture(path)
    assert picture.colour_space == space and picture.capture.make == "Maker"
    expected = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))
    assert np.abs(picture.pixels.astype(int) - expected).max() <= (2 if suffix == ".jpg" else 0)
    developed = tirage.photograph(path, colour_space=space, output=tmp_path / "out.png")
    assert np.abs(developed.pixels.astype(int) - picture.pixels).max() <= 1
    with Image.open(tmp_path / "out.png") as shown:
        assert shown.getexif().get(274, 1) == 1


def test_sixteen_bits_stay_sixteen_bits(tmp_path: Path) -> None:
    import imagecodecs
    import tifffile

    codes = np.random.default_rng(1).integers(0, 65536, (20, 30, 3)).astype(np.uint16)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(codes))
    tifffile.imwrite(tmp_path / "a.tif", codes, photometric="rgb")
    for name in ("a.png", "a.tif"):
        picture = read_picture(tmp_path / name)
        np.testing.assert_array_equal(picture.pixels, codes)
        shown = tirage.photograph(tmp_path / name, output=tmp_path / "out.tif").pixels
        assert shown.dtype == np.uint16 and np.abs(shown.astype(int) - codes).max() <= 257


def test_another_space_is_converted(tmp_path: Path) -> None:
    """A profile with the primaries of Display P3 and gamma 1 is neither of ours: the colours that are seen stay."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    del profile
    linear = bytearray(icc.profile("srgb"))
    at = linear.index(b"para")
    linear[at : at + 32] = b"para" + bytes(4) + bytes(4) + (65536).to_bytes(4, "big") + bytes(16)
    path = saved(tmp_path / "a.png", np.full((8, 8, 3), 55, np.uint8), bytes(linear))
    picture = read_picture(path)
    assert picture.colour_space == "display-p3"
    assert abs(float(srgb_decode(np.array(picture.pixels[4, 4, 1] / 255))) - 55 / 255) < 0.004


def test_grey_alpha_and_broken_profiles(tmp_path: Path) -> None:
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert (read_picture(saved(tmp_path / "g.png", grey)).pixels == grey[..., None]).all()
    clear = np.dstack([photograph(8, 8), np.full((8, 8), 9, np.uint8)])
    assert "transparency" in read_picture(saved(tmp_path / "t.png", clear)).notes[0]
    broken = read_picture(saved(tmp_path / "b.png", photograph(8, 8), b"nonsense"))
    assert broken.colour_space == "srgb" and "ICC" in broken.notes[0]


def test_damage_and_choices_without_sense_are_one_sentence(tmp_path: Path) -> None:
    whole = io.BytesIO()
    Image.fromarray(photograph()).save(whole, "JPEG")
    for length in (3, 100, 400, len(whole.getvalue()) // 2):
        (tmp_path / "a.jpg").write_bytes(whole.getvalue()[:length])
        with pytest.raises(FileError, match="a.jpg"):
            tirage.photograph(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").write_bytes(whole.getvalue())
    for choice in ({"white_balance": "5200"}, {"profile": "embedded"}):
        with pytest.raises(UsageError, match="needs a RAW file"):
            tirage.photograph(tmp_path / "a.jpg", **choice)
        with pytest.raises(UsageError, match="needs a RAW file"):
            tirage.develop(read_picture(tmp_path / "a.jpg"), **choice)
    idle = {"denoise": 2.0, "lens_correction": "none", "highlights": "limit"}
    for notes in (
        tirage.photograph(tmp_path / "a.jpg", **idle).notes,
        tirage.finish(tirage.develop(read_picture(tmp_path / "a.jpg"), **idle)).notes,
    ):
        assert len(notes) == 1 and all(flag in notes[0] for flag in ("--denoise", "--lens-correction", "--highlights"))
    assert not tirage.photograph(tmp_path / "a.jpg").notes
