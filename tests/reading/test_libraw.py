"""Files that are no DNG, through LibRaw; made here as a camera makes them, since no real one may be kept."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import oracles
from dng_maker import ASCII, BYTE, LONG, RATIONAL, SHORT, Writer, make_dng
from tirage.photo.errors import FileError, UnsupportedFileError
from tirage.photo.frame import BAYER_PATTERNS
from tirage.reading import libraw, read

#: Fujifilm's X-Trans.
XTRANS = "GGRGGBGGBGGRBRGRBGGGBGGRGGRGGBRBGBRG"
#: LibRaw's matrix of the Nikon D40 (Adobe's, XYZ to camera, x 10000).
NIKON_D40 = (6992, -1668, -806, -8138, 15748, 2543, -874, 850, 7897)


def make_nef(
    path: Path, mosaic: np.ndarray, cfa: str = "BGGR", orientation: int = 1, pixels_last: bool = False
) -> Path:
    """An uncompressed 16-bit file as a Nikon writes it: TIFF/EP, no DNGVersion."""
    writer = Writer()
    height, width = mosaic.shape
    stored = mosaic.astype("<u2").tobytes()
    exif = writer.directory({33434: (RATIONAL, ((1, 60),)), 34855: (SHORT, 200), 36867: (ASCII, "2007:05:06 07:08:09")})
    pixels = 4096 if pixels_last else writer.place(stored)
    main = {
        254: (LONG, 0), 256: (LONG, width), 257: (LONG, height), 258: (SHORT, 16), 259: (SHORT, 1),
        262: (SHORT, 32803), 271: (ASCII, "NIKON CORPORATION"), 272: (ASCII, "NIKON D40"), 273: (LONG, pixels),
        274: (SHORT, orientation), 277: (SHORT, 1), 278: (LONG, height), 279: (LONG, mosaic.nbytes),
        33421: (SHORT, (2, 2)), 33422: (BYTE, bytes("RGB".index(name) for name in cfa)), 34665: (LONG, exif),
    }  # fmt: skip
    data = writer.finish(writer.directory(main))
    path.write_bytes(data.ljust(4096, b"\0") + stored if pixels_last else data)
    return path


@pytest.fixture
def sensor() -> np.ndarray:
    """(120, 160) uint16 noise."""
    return np.random.default_rng(3).integers(500, 16000, (120, 160)).astype(np.uint16)


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
def test_a_bayer_file(tmp_path: Path, sensor: np.ndarray, cfa: str) -> None:
    frame = read(make_nef(tmp_path / "a.nef", sensor, cfa))
    assert frame.cfa == cfa and frame.mosaic.dtype == np.uint16
    assert np.array_equal(frame.mosaic, sensor[: frame.height, : frame.width])  # a D40 shows a column less
    assert frame.mosaic.flags.owndata  # LibRaw's memory is gone
    assert frame.black_level.shape == (2, 2) and frame.white_level.shape == (1,)
    (one,) = frame.colour.illuminants
    assert np.allclose(one.color_matrix, np.reshape(NIKON_D40, (3, 3)) / 10000) and one.cct_kelvin == 6500
    assert frame.capture.model == "NIKON D40" and frame.capture.iso == 200
    assert frame.capture.time == dt.datetime(2007, 5, 6, 7, 8, 9)
    assert frame.metadata.exif[33434] == (1, 60)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(tmp_path: Path, sensor: np.ndarray, orientation: int) -> None:
    assert read(make_nef(tmp_path / "a.nef", sensor, orientation=orientation)).orientation == orientation


def test_the_name_decides_nothing(tmp_path: Path, sensor: np.ndarray, mosaic: np.ndarray) -> None:
    assert read(make_nef(tmp_path / "a.dng", sensor)).capture.model == "NIKON D40"
    assert read(make_dng(tmp_path / "a.nef", mosaic)).capture.model == "Phone 1"


def test_levels_are_those_of_stored_values(tmp_path: Path, sensor: np.ndarray) -> None:
    """LibRaw must not have taken black off already: what it gives as stored is stored, its black what the file says."""
    tags = {50713: (SHORT, (2, 2)), 50714: (SHORT, (64, 66, 68, 70)), 50717: (SHORT, 16000)}
    path = make_dng(tmp_path / "a.dng", sensor, tags=tags, cfa="GBRG")
    with libraw._opened(path) as raw:
        assert np.array_equal(libraw._visible(raw), sensor)
        black, white = libraw._levels(raw)
        assert libraw._cfa(raw) == "GBRG"
        assert np.allclose(libraw._neutral(raw, []), read(path).as_shot_neutral)  # type: ignore[arg-type]
    assert black.tolist() == [[64, 66], [68, 70]] and white.tolist() == [16000]


def test_pixels_that_only_libraw_can_decode(
    tmp_path: Path, sensor: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tirage.reading import pixels

    table = (np.arange(16384) // 2).tolist()
    path = make_dng(tmp_path / "a.dng", sensor, tags={50829: (LONG, (2, 4, 100, 101)), 50712: (SHORT, table)}, bits=14)

    def no_decoder(*_: object) -> np.ndarray:
        raise UnsupportedFileError("its pixels are stored as VC-5")

    expected = read(path).mosaic
    monkeypatch.setattr(pixels, "decode", no_decoder)
    assert np.array_equal(read(path).mosaic, expected)
    assert np.array_equal(expected, sensor[2:100, 4:101] // 2)


@pytest.mark.parametrize("tiles", [(100, 101), (20, 101), (10, 7)])  # LibRaw's own way is for 512 pixels and more
def test_x_trans_comes_demosaiced(tiles: tuple[int, int], tmp_path: Path) -> None:
    levels = {"R": 1000, "G": 2000, "B": 1500}
    tile = np.array([levels[name] for name in XTRANS]).reshape(6, 6)
    flat = np.tile(tile, tiles).astype(np.uint16)
    pattern = bytes("RGB".index(name) for name in XTRANS)
    tags = {33421: (SHORT, (6, 6)), 33422: (BYTE, pattern), 50714: (SHORT, 200), 50717: (SHORT, 4095)}
    frame = read(make_dng(tmp_path / "a.dng", flat, tags=tags))
    height, width = flat.shape
    assert frame.cfa is None and frame.mosaic.shape == (3, height, width) and frame.mosaic.dtype == np.uint16
    linear = (frame.mosaic - frame.black_level.ravel()[:, None, None]) / 65535  # white level below
    assert frame.white_level.tolist() == [65535] * 3
    inside = linear[:, 8:-8, 8:-8]  # LibRaw leaves a pixel in the corners empty
    for plane, name in zip(inside, "RGB", strict=True):
        expected = (levels[name] - 200) / (4095 - 200)
        small = oracles.LIBRAW_WEIGHTS * expected if min(height, width) < 512 else 0
        assert np.abs(plane - expected).max() < oracles.LIBRAW_FLAT / 65535 + small


def test_a_truncated_file_is_an_error_and_prints_nothing(
    tmp_path: Path, sensor: np.ndarray, capfd: pytest.CaptureFixture[str]
) -> None:
    data = make_nef(tmp_path / "a.nef", sensor, pixels_last=True).read_bytes()
    assert np.array_equal(read(tmp_path / "a.nef").mosaic, sensor[:, :159])
    for missing in (1, sensor.nbytes // 2, sensor.nbytes - 10, sensor.nbytes + 100):
        (tmp_path / "b.nef").write_bytes(data[:-missing])
        with pytest.raises(FileError, match="truncated or damaged"):
            read(tmp_path / "b.nef")
    assert capfd.readouterr() == ("", "")


def test_facts_of_a_file_that_is_no_tiff_come_from_libraw(tmp_path: Path, sensor: np.ndarray) -> None:
    path = make_nef(tmp_path / "a.nef", sensor)
    with libraw._opened(path) as raw:
        known, shot = libraw._shot(memoryview(b"FUJIFILMCCD-RAW "), raw)
    assert known.exif == {} and shot.iso == 200 and shot.exposure_s == pytest.approx(1 / 60)
    assert shot.f_number is None and shot.focal_length_mm is None and shot.time == dt.datetime(2007, 5, 6, 7, 8, 9)


def test_tiff_pictures_are_no_raw_files(tmp_path: Path) -> None:
    import tifffile

    for dtype, shape in ((np.uint8, (64, 64, 3)), (np.uint16, (64, 64))):
        tifffile.imwrite(tmp_path / "a.tif", np.zeros(shape, dtype))
        with pytest.raises(UnsupportedFileError, match="it is a TIFF picture, not a RAW file"):
            read(tmp_path / "a.tif")


def test_other_threads_keep_their_standard_error(tmp_path: Path, sensor: np.ndarray, capfd: Any) -> None:
    import os
    from concurrent.futures import ThreadPoolExecutor

    path = make_nef(tmp_path / "a.nef", sensor)
    with ThreadPoolExecutor(4) as pool:
        frames = list(pool.map(read, [path] * 12))
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here" and len(frames) == 12
