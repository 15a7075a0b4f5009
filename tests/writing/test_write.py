"""Pictures come back as they were, from Pillow, tifffile and imagecodecs; requests that make no sense are refused."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys
import types

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, JpegImagePlugin

import oracles
from tirage.colour import icc
from tirage.photo.errors import FileError, TirageError, UsageError
from tirage.photo.frame import RawFrame
from tirage.photo.image import DisplayImage, SceneImage
from tirage.photo.recipe import COLOUR_SPACES, Recipe
from tirage.writing import jpeg, tiff, write


def decoded(path):
    """The pixels, by a decoder that knows nothing of our segments, chunks and tags."""
    if path.suffix == ".tif":
        return tifffile.imread(path)
    if path.name.startswith("deep"):
        return imagecodecs.png_decode(path.read_bytes())
    with Image.open(path) as picture:
        assert picture.mode == "RGB"
        return np.asarray(picture)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9, 1), (40, 61), (333, 512)])
def test_pixels_come_back(kind, shape, tmp_path, photo):
    picture = photo(kind.bits, shape)
    found = decoded(write(picture, tmp_path / kind.file))
    assert found.shape == picture.pixels.shape and found.dtype == picture.pixels.dtype
    if kind.format != "jpeg":
        assert np.array_equal(found, picture.pixels)
    elif min(shape) > 8:
        assert np.sqrt(np.mean((found.astype(float) - picture.pixels) ** 2)) < oracles.JPEG_RMS


@pytest.mark.parametrize("view", ["turned", "mirrored", "every second", "read-only", "Fortran"])
def test_any_layout_in_memory(kind, view, tmp_path, photo):
    picture = photo(kind.bits, (64, 96))
    views = {
        "turned": lambda p: p.transpose(1, 0, 2)[::-1],
        "mirrored": lambda p: p[:, ::-1],
        "every second": lambda p: p[::2, ::2],
        "read-only": lambda p: np.frombuffer(p.tobytes(), p.dtype).reshape(p.shape),
        "Fortran": np.asfortranarray,
    }
    pixels = views[view](picture.pixels)
    before = pixels.copy()
    plain = write(dataclasses.replace(picture, pixels=before), tmp_path / f"plain-{kind.file}").read_bytes()
    assert write(dataclasses.replace(picture, pixels=pixels), tmp_path / kind.file).read_bytes() == plain
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("space", COLOUR_SPACES)
def test_the_profile_is_in_the_file(kind, space, tmp_path, photo):
    path = write(photo(kind.bits, colour_space=space), tmp_path / kind.file)
    with Image.open(path) as picture:
        profile = picture.info["icc_profile"]
    assert profile == icc.profile(space)
    assert ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip() == icc.name(space)


def test_a_tiff_of_many_strips(tmp_path, photo, monkeypatch):
    monkeypatch.setattr(tiff, "_STRIP_BYTES", 5000)
    picture = photo(16, (101, 77))
    path = write(picture, tmp_path / "a.tif")
    with tifffile.TiffFile(path) as file:
        assert len(file.pages.first.dataoffsets) > 10
    assert np.array_equal(tifffile.imread(path), picture.pixels)
    assert np.array_equal(imagecodecs.tiff_decode(path.read_bytes()), picture.pixels)
    with Image.open(path) as opened:  # Pillow keeps the upper eight bits
        assert np.abs(np.asarray(opened).astype(int) - (picture.pixels >> 8)).max() <= 1


@pytest.mark.parametrize(("quality", "sampling"), [(1, 2), (92, 2), (93, 0), (100, 0)])
def test_colour_resolution_follows_quality(quality, sampling, tmp_path, photo):
    path = write(photo(), tmp_path / "a.jpg", quality=quality)
    with Image.open(path) as picture:
        assert JpegImagePlugin.get_sampling(picture) == sampling  # 0 is 4:4:4, 2 is 4:2:0


def test_a_jpeg_begins_with_exif(tmp_path, photo):
    """CIPA DC-008 4.5.4: APP1 immediately after SOI; JFIF's APP0 would contradict it."""
    data = write(photo(), tmp_path / "a.jpg").read_bytes()
    assert data[:4] == b"\xff\xd8\xff\xe1" and data[6:12] == b"Exif\0\0" and b"JFIF" not in data


def test_a_long_profile_takes_several_segments(tmp_path, photo):
    profile = np.random.default_rng(3).integers(0, 256, 200_000, dtype=np.uint8).tobytes()
    segments = jpeg._icc_segments(profile)
    assert len(segments) == 4 and max(map(len, segments)) <= 65_537
    plain = io.BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "jpeg")
    with Image.open(io.BytesIO(b"\xff\xd8" + b"".join(segments) + plain.getvalue()[2:])) as picture:
        assert picture.info["icc_profile"] == profile


def test_bits_and_formats_that_do_not_fit(tmp_path, photo):
    for bits, name, format in [(16, "a.jpg", None), (16, "a.png", "png"), (8, "a.tif", None), (8, "a.png", "png16")]:
        with pytest.raises(UsageError, match=f"this picture has {bits}"):
            write(photo(bits), tmp_path / name, format=format)
    assert list(tmp_path.iterdir()) == []


def test_a_png_takes_the_bits_there_are(tmp_path, photo, exiftool):
    for bits in (8, 16):
        assert exiftool(write(photo(bits), tmp_path / f"{bits}.png"))["PNG:BitDepth"] == bits


@pytest.mark.parametrize("shape", [(1, 65_501), (65_501, 1)])
def test_a_picture_too_long_for_jpeg(shape, tmp_path):
    picture = DisplayImage(np.zeros((*shape, 3), np.uint8))
    with pytest.raises(UsageError, match="65500"):
        write(picture, tmp_path / "a.jpg")
    assert decoded(write(picture, tmp_path / "a.png")).shape == (*shape, 3)
    largest = DisplayImage(np.zeros((65_500, 1, 3), np.uint8))
    assert decoded(write(largest, tmp_path / "b.jpg")).shape == (65_500, 1, 3)


def test_a_picture_too_large_for_tiff(tmp_path):
    pixels = np.broadcast_to(np.zeros(1, np.uint16), (30_000, 30_000, 3))
    with pytest.raises(UsageError, match="4 GB"):
        write(DisplayImage(pixels), tmp_path / "a.tif")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((3, 4, 5), np.uint8),
    ],
)
def test_arrays_that_are_no_picture(pixels, tmp_path):
    with pytest.raises(UsageError, match="uint8 or uint16"):
        write(DisplayImage(pixels), tmp_path / "a.jpg")


def test_other_refusals(tmp_path, photo):
    for quality in (0, 101, -1):
        with pytest.raises(UsageError, match=r"1\.\.100"):
            write(photo(), tmp_path / "a.jpg", quality=quality)
    with pytest.raises(UsageError, match="colour space"):
        write(photo(colour_space="cmyk"), tmp_path / "a.jpg")
    with pytest.raises(UsageError, match="finish it first"):
        write(SceneImage(np.zeros((3, 4, 4), np.float32), white=1.4), tmp_path / "a.jpg")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="too long for a JPEG"):
        write(photo(recipe=Recipe(look="x" * 70_000)), tmp_path / "a.jpg")
    with pytest.raises(UsageError, match="RAW frame"):
        write(photo(), tmp_path / "a.dng")
    assert list(tmp_path.iterdir()) == []


def test_a_raw_frame_goes_to_dng(tmp_path, monkeypatch):
    """Without its place when that is asked for; under another name or format it is refused."""
    from tirage.photo.frame import CameraColour, Metadata, Rectangle

    seen = []
    dng = types.ModuleType("tirage.writing.dng")
    dng.write_dng = lambda frame, path, *, overwrite, preview, compression: (  # type: ignore[attr-defined]
        seen.append((frame, overwrite)) or path
    )
    monkeypatch.setitem(sys.modules, "tirage.writing.dng", dng)
    frame = RawFrame(
        np.zeros((4, 4), np.uint16), "RGGB", np.zeros((1, 1)), np.ones(1), Rectangle(0, 0, 4, 4), CameraColour(()),
        metadata=Metadata(image={0x010F: "Make"}, gps={0x01: "N"}),
    )  # fmt: skip
    assert write(frame, tmp_path / "a.DNG", overwrite=False) == tmp_path / "a.DNG"
    write(frame, tmp_path / "a.dng", strip_gps=True)
    (kept, overwrite), (stripped, _) = seen
    assert kept is frame and overwrite is False
    assert stripped.metadata.gps == {} and stripped.metadata.image == {0x010F: "Make"}
    for name, format in (("a.jpg", None), ("a.dng", "jpeg")):
        with pytest.raises(UsageError, match="written as a DNG"):
            write(frame, tmp_path / name, format=format)


def test_overwriting(kind, tmp_path, photo):
    path = write(photo(kind.bits), tmp_path / kind.file, overwrite=False)
    first = path.read_bytes()
    other = photo(kind.bits, (8, 8))
    with pytest.raises(FileError, match="exists already"):
        write(other, path, overwrite=False)
    assert path.read_bytes() == first
    assert write(other, str(path)) == path and path.read_bytes() != first


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device"), MemoryError])
def test_a_failure_in_mid_picture_leaves_the_old_one(kind, failure, tmp_path, photo, monkeypatch):
    path = write(photo(kind.bits), tmp_path / kind.file)
    before = path.read_bytes()

    def fail(*_):
        raise failure

    monkeypatch.setattr(icc, "profile", fail)
    with pytest.raises(FileError if isinstance(failure, OSError) else failure):
        write(photo(kind.bits, (8, 8)), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_errors_are_one_sentence_with_the_right_exit_code(tmp_path, photo):
    with pytest.raises(TirageError) as usage:
        write(photo(), tmp_path / "a")
    with pytest.raises(TirageError) as file:
        write(photo(), tmp_path / "none" / "a.jpg")
    assert (usage.value.exit_code, file.value.exit_code) == (2, 1)


def test_nothing_heavy_is_imported_to_write_a_jpeg():
    """Start-up counts: Pillow, tifffile, imagecodecs and XML parsers are for who needs them."""
    code = """if True:
        import sys, numpy
        from tirage.photo.image import DisplayImage
        from tirage.writing import write
        write(DisplayImage(numpy.zeros((8, 8, 3), "u1")), sys.argv[1])
        print(*{"PIL", "tifffile", "imagecodecs", "rawpy", "xml", "fractions", "hashlib"} & set(sys.modules))
    """
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", code, os.path.join(folder, "a.jpg")]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == ""
