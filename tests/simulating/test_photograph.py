"""Files and arrays become light: by the standards' formulas, through colour-science."""

from __future__ import annotations

import io
from pathlib import Path

import colour
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import oracles
import tirage
from tirage.photo.errors import FileError, UsageError
from tirage.photo.image import DisplayImage, SceneImage
from tirage.simulating.photograph import scene_light

CODES = np.random.default_rng(3).integers(0, 256, (12, 17, 3), dtype=np.uint8)


def rec2020_of(codes: np.ndarray, space: str = "sRGB") -> np.ndarray:
    """(3, H, W): codes as light, by colour-science."""
    encoded = codes / np.iinfo(codes.dtype).max
    light = colour.RGB_to_RGB(
        encoded, space, "ITU-R BT.2020", "Bradford", apply_cctf_decoding=True, apply_cctf_encoding=False
    )
    return np.moveaxis(light, -1, 0)


@given(st.integers(0, 2**24 - 1))
def test_codes_become_light_by_the_standard(code: int) -> None:
    codes = np.full((2, 2, 3), [code >> 16, code >> 8 & 255, code & 255], np.uint8)
    light = scene_light(codes)
    assert light.dtype == np.float32 and light.shape == (3, 2, 2)
    np.testing.assert_allclose(light, rec2020_of(codes), atol=oracles.LIGHT_FLOAT32)


def test_sixteen_bits_count_in_full() -> None:
    codes = np.random.default_rng(4).integers(0, 65536, (9, 7, 3), dtype=np.uint16)
    np.testing.assert_allclose(scene_light(codes), rec2020_of(codes), atol=oracles.LIGHT_FLOAT32)


def test_a_scene_is_light_already() -> None:
    pixels = np.random.default_rng(5).normal(0.2, 0.3, (3, 6, 8)).astype(np.float32)
    assert np.array_equal(scene_light(SceneImage(pixels, white=1.4)), pixels)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_files_without_loss_give_their_codes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(CODES).save(path, **({"lossless": True} if suffix == ".webp" else {}))
    assert np.array_equal(scene_light(path), scene_light(CODES))
    assert np.array_equal(scene_light(str(path)), scene_light(CODES))


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1"])
def test_other_kinds_of_pixels_become_rgb(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(CODES).convert(mode)
    image.save(tmp_path / "a.png")
    assert np.array_equal(scene_light(tmp_path / "a.png"), scene_light(np.asarray(image.convert("RGB"))))


def test_a_profile_is_honoured(tmp_path: Path) -> None:
    # Inside sRGB, where nothing is clipped; the file is Display P3 as tirage writes it.
    codes = (96 + CODES // 4).astype(np.uint8)
    tirage.write(DisplayImage(codes, colour_space="display-p3"), tmp_path / "p3.png")
    wanted = colour.RGB_to_RGB(
        codes / 255, "Display P3", "sRGB", "Bradford", apply_cctf_decoding=True, apply_cctf_encoding=True
    )
    assert np.abs(wanted - codes / 255).max() > 0.02, "the profile must matter"
    light = np.moveaxis(scene_light(tmp_path / "p3.png"), 0, -1)
    found = colour.RGB_to_RGB(light, "ITU-R BT.2020", "sRGB", "Bradford", False, True)
    np.testing.assert_allclose(found, wanted, atol=oracles.PROFILE_8_BIT)


def test_a_damaged_profile_is_ignored(tmp_path: Path) -> None:
    Image.fromarray(CODES).save(tmp_path / "a.png", icc_profile=b"not a profile at all" * 9)
    assert np.array_equal(scene_light(tmp_path / "a.png"), scene_light(CODES))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(tmp_path: Path, orientation: int) -> None:
    upright = [
        *(CODES, CODES[:, ::-1], CODES[::-1, ::-1], CODES[::-1]),
        *(CODES.transpose(1, 0, 2), np.rot90(CODES, -1), CODES[::-1, ::-1].transpose(1, 0, 2), np.rot90(CODES, 1)),
    ][orientation - 1]  # TIFF 6.0: what row 0 and column 0 of the file are
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(CODES).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(scene_light(tmp_path / "a.png"), scene_light(np.ascontiguousarray(upright)))


@pytest.mark.parametrize(
    "picture, message",
    [
        (np.zeros((4, 4, 3), np.float32), "uint8 or uint16"),
        (np.full((4, 4, 3), np.nan), "uint8 or uint16"),
        (np.zeros((4, 4), np.uint8), r"\(H, W, 3\)"),
        (np.zeros((4, 4, 4), np.uint8), r"\(H, W, 3\)"),
        (np.zeros((1, 4, 3), np.uint8), "2 x 2"),
        (np.zeros((0, 0, 3), np.uint8), "2 x 2"),
        (SceneImage(np.full((3, 4, 4), np.nan, np.float32), white=1.4), "finite"),
        (SceneImage(np.full((3, 4, 4), np.inf, np.float32), white=1.4), "finite"),
        (SceneImage(np.zeros((4, 4, 3), np.float32), white=1.4), r"\(3, H, W\)"),
    ],
)
def test_what_is_no_picture_is_refused(picture: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        scene_light(picture)  # type: ignore[arg-type]


def test_files_that_cant_be_read_are_named(tmp_path: Path) -> None:
    jpeg = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype=np.uint8)).save(jpeg, "JPEG")
    deep = io.BytesIO()
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(deep, "PNG")
    contents = {
        "empty.jpg": (b"", "no picture"),
        "text.png": (b"hello", "no picture"),
        "cut.jpg": (jpeg.getvalue()[:9000], "can't be read"),
        "deep.png": (deep.getvalue(), "8 bits"),
    }
    for name, (content, message) in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileError, match=message) as caught:
            scene_light(tmp_path / name)
        assert name in str(caught.value)
    with pytest.raises(FileError, match="missing.jpg can't be read: No such file"):
        scene_light(tmp_path / "missing.jpg")
    with pytest.raises(FileError, match="folder"):
        scene_light(tmp_path)


def test_a_raw_file_is_no_finished_picture(tmp_path: Path) -> None:
    # Many cameras put a preview where a TIFF reader finds it first.
    Image.fromarray(CODES).save(tmp_path / "a.dng", "TIFF", tiffinfo={50706: b"\1\4\0\0"})
    with pytest.raises(FileError, match="RAW"):
        scene_light(tmp_path / "a.dng")
    tirage.write(tirage.simulate(CODES), tmp_path / "b.dng")
    with pytest.raises(FileError, match="b.dng"):
        scene_light(tmp_path / "b.dng")
