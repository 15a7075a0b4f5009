"""Every way that pixels lie in a DNG, each decoded to exactly what was put in; LibRaw and Adobe's SDK as witnesses."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import oracles
from dng_maker import BYTE, LONG, SHORT, UNDEFINED, make_dng
from tirage.photo.errors import FileError, UnsupportedFileError
from tirage.reading import read

#: JPEG XL and interleaved fields are of DNG 1.7.1; Adobe's SDK asks for that version then.
DNG_1_7_1 = {50706: (BYTE, b"\1\7\1\0"), 50707: (BYTE, b"\1\7\1\0")}


def picture(height: int, width: int, bits: int, samples: int = 1, seed: int = 0) -> np.ndarray:
    """Noise over a ramp, using all of `bits`."""
    rng = np.random.default_rng(seed)
    ramp = np.add.outer(np.arange(height) * 31, np.arange(width) * 7)[..., None] * np.arange(1, samples + 1)
    values = (ramp + rng.integers(0, 2 ** max(bits - 4, 1), ramp.shape)) % 2**bits
    values.flat[:2] = 0, 2**bits - 1
    return values.astype(np.uint8 if bits <= 8 else np.uint16).reshape((height, width, samples)[: 2 + (samples > 1)])


def pixels_of(path: Path) -> np.ndarray:
    """The pixels of the frame, interleaved again where there are three planes."""
    stored = read(path).mosaic
    return stored if stored.ndim == 2 else stored.transpose(1, 2, 0)


LAYOUTS = {
    "one strip": {},
    "strips": {"rows_per_strip": 4},
    "strips of one row": {"rows_per_strip": 1},
    "tiles": {"tile": (16, 16)},
    "one large tile": {"tile": (64, 96)},
    "tiles as wide as the picture": {"tile": (16, 35)},
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [1, 7, 8, 10, 12, 13, 14, 16])
def test_uncompressed(tmp_path: Path, layout: dict[str, Any], order: str, bits: int) -> None:
    given = picture(23, 35, bits)
    path = make_dng(tmp_path / "a.dng", given, bits=bits, order=order, **layout)
    assert np.array_equal(pixels_of(path), given)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_uncompressed_linear_raw(tmp_path: Path, layout: dict[str, Any], bits: int) -> None:
    given = picture(23, 35, bits, samples=3)
    assert np.array_equal(pixels_of(make_dng(tmp_path / "a.dng", given, bits=bits, **layout)), given)


def test_17_to_32_bits_become_float(tmp_path: Path) -> None:
    given = (np.arange(6 * 8).reshape(6, 8) * 4096 + 3).astype(np.uint32)
    for bits in (20, 32):
        stored = pixels_of(make_dng(tmp_path / "a.dng", given, bits=bits))
        assert stored.dtype == np.float32 and np.array_equal(stored, given)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_lossless_jpeg(tmp_path: Path, layout: dict[str, Any], bits: int) -> None:
    given = picture(32, 48, bits)
    layout = {**layout, "tile": (32, 48)} if layout.get("tile") == (16, 35) else layout
    path = make_dng(tmp_path / "a.dng", given, bits=bits, compression=7, **layout)
    assert np.array_equal(pixels_of(path), given)


def test_lossless_jpeg_of_a_mosaic_as_half_the_width_in_two_components(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import imagecodecs

    import dng_maker

    def two_components(segment: np.ndarray, bits: int, *_: object) -> bytes:
        paired = np.ascontiguousarray(segment).reshape(len(segment), -1, 2)
        return imagecodecs.jpeg8_encode(paired, lossless=True, bitspersample=bits)

    def two_rows_in_one(segment: np.ndarray, bits: int, *_: object) -> bytes:
        joined = np.ascontiguousarray(segment).reshape(len(segment) // 2, -1)
        return imagecodecs.ljpeg_encode(joined, bitspersample=bits)

    given = picture(40, 48, 14)
    for encoder in (two_components, two_rows_in_one):
        monkeypatch.setattr(dng_maker, "encode_segment", encoder)
        path = make_dng(tmp_path / "a.dng", given, bits=14, compression=7, tile=(16, 16))
        assert np.array_equal(pixels_of(path), given)


def test_lossless_jpeg_with_edge_tiles_that_are_not_padded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dng_maker

    monkeypatch.setattr(dng_maker, "_segment", lambda p, t, left, r, c, padded: p[t : t + r, left : left + c])
    given = picture(40, 43, 12)
    assert np.array_equal(pixels_of(make_dng(tmp_path / "a.dng", given, bits=12, compression=7, tile=(16, 16))), given)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("predictor", [1, 2, 34892, 34893])
@pytest.mark.parametrize("samples", [1, 3])
def test_deflate(tmp_path: Path, order: str, predictor: int, samples: int) -> None:
    given = picture(33, 48, 16, samples)
    path = make_dng(tmp_path / "a.dng", given, order=order, compression=8, predictor=predictor, tile=(16, 16))
    assert np.array_equal(pixels_of(path), given)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(("compression", "predictor"), [(1, 1), (8, 1), (8, 3), (8, 34894), (8, 34895)])
def test_floating_point(tmp_path: Path, order: str, dtype: type, compression: int, predictor: int) -> None:
    given = (picture(33, 48, 16, 3) / 60000 - 0.01).astype(dtype)
    path = make_dng(tmp_path / "a.dng", given, order=order, compression=compression, predictor=predictor, tile=(16, 16))
    stored = pixels_of(path)
    assert stored.dtype == np.float32 and np.array_equal(stored, given)
    assert read(path).white_level.tolist() == [1.0] * 3


@pytest.mark.parametrize("dtype", [np.uint16, np.float16, np.float32])
@pytest.mark.parametrize("compression", ["adobe_deflate", "deflate", 52546])
def test_pixels_that_tifffile_writes(tmp_path: Path, dtype: type, compression: str | int) -> None:
    """Another writer: its "deflate" is the code of old; JPEG XL holds floats of 16 and of 32 bits."""
    import tifffile

    given = picture(33, 48, 16, 3) if dtype == np.uint16 else (picture(33, 48, 16, 3) / 60000).astype(dtype)
    how = {"compressionargs": {"lossless": True}} if compression == 52546 else {"predictor": True}
    tags = [
        (50706, 1, 4, bytes((1, 7, 1, 0)), True),
        (50721, 10, 9, [n for m in np.eye(3).ravel() for n in (int(m), 1)]),
    ]
    path = tmp_path / "a.dng"
    tifffile.imwrite(
        path, given, photometric=34892, compression=compression, extratags=tags, metadata=None, tile=(16, 16), **how
    )
    assert np.array_equal(pixels_of(path), given)


def test_24_bit_floating_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import imagecodecs

    import dng_maker

    given = np.array([[0.0, 1.0, -2.5, 0.3330078125, 2.0**-62, 2.0**-70, 2.0**60, 65504.0]], np.float32).repeat(4, 0)
    for order in "<>":
        coded = imagecodecs.float24_encode(given.astype(np.float32), byteorder=order)
        monkeypatch.setattr(dng_maker, "encode_segment", lambda *_, coded=coded: coded)
        path = make_dng(tmp_path / "a.dng", given, bits=24, order=order)
        assert np.array_equal(pixels_of(path), imagecodecs.float24_decode(coded, byteorder=order).reshape(given.shape))
        assert np.array_equal(pixels_of(path), given)


@pytest.mark.parametrize("samples", [1, 3])
def test_jpeg_xl(tmp_path: Path, samples: int) -> None:
    for bits in (8, 16):
        given = picture(33, 40, bits, samples)
        path = make_dng(tmp_path / "a.dng", given, bits=bits, compression=52546, tile=(16, 16), main_tags=DNG_1_7_1)
        assert np.array_equal(pixels_of(path), given)
        assert set(read(path).white_level) == {2.0**bits - 1}


@pytest.mark.parametrize("bits", [10, 12])
def test_jpeg_xl_of_fewer_bits_is_scaled_to_16(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    import imagecodecs

    import dng_maker

    dngpy = pytest.importorskip("dngpy")
    monkeypatch.setattr(
        dng_maker, "encode_segment", lambda s, *_: imagecodecs.jpegxl_encode(s, lossless=True, bitspersample=bits)
    )
    given = np.arange(2**bits, dtype=np.uint16).reshape(32, -1)
    path = make_dng(tmp_path / "a.dng", given, bits=bits, compression=52546, main_tags=DNG_1_7_1)
    difference = pixels_of(path).astype(int) - dngpy.Dng(str(path)).raw_pixels[..., 0]
    assert np.abs(difference).max() <= oracles.JPEG_XL_SCALE
    assert pixels_of(path).max() == 65535 and read(path).white_level.tolist() == [65535]


def test_jpeg_xl_headers_of_every_size() -> None:
    import imagecodecs

    from tirage.reading.jpeg_xl import header

    for height, width, bits in itertools.product((1, 8, 100, 513), (8, 75, 257, 3000), (8, 10, 14, 16)):
        for container in (False, True):
            given = np.zeros((height, width), np.uint8 if bits == 8 else np.uint16)
            coded = imagecodecs.jpegxl_encode(given, lossless=True, bitspersample=bits, usecontainer=container)
            assert header(coded) == (width, height, bits)


def test_lossy_jpeg_equals_pillows_decoding(tmp_path: Path) -> None:
    import io

    from PIL import Image

    ramp = np.add.outer(np.arange(32) * 3, np.arange(48) * 2)
    given = np.stack([ramp, 255 - ramp, ramp // 2 + 60], -1).clip(0, 255).astype(np.uint8)
    path = make_dng(tmp_path / "a.dng", given, compression=34892)
    data = path.read_bytes()
    start, end = data.index(b"\xff\xd8\xff"), data.rindex(b"\xff\xd9") + 2
    with Image.open(io.BytesIO(data[start:end])) as decoded:
        assert np.array_equal(pixels_of(path), np.asarray(decoded))


def test_lossy_jpeg_tiles_may_share_their_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    from PIL import Image

    import dng_maker

    ramp = np.add.outer(np.arange(32) * 3, np.arange(48) * 2)
    given = np.stack([ramp, 255 - ramp, ramp // 2 + 60], -1).clip(0, 255).astype(np.uint8)

    def encoded(pixels: np.ndarray, streams: int) -> bytes:
        data = io.BytesIO()
        Image.fromarray(pixels).save(data, "JPEG", quality=90, subsampling=0, streamtype=streams)
        return data.getvalue()

    whole, tables, abbreviated = 0, 1, 2
    for options in ({}, {"tile": (16, 16)}):
        monkeypatch.setattr(dng_maker, "encode_segment", lambda s, *_: encoded(s, whole))
        expected = pixels_of(make_dng(tmp_path / "a.dng", given, compression=34892, **options))  # type: ignore[arg-type]
        monkeypatch.setattr(dng_maker, "encode_segment", lambda s, *_: encoded(s, abbreviated))
        tags = {347: (UNDEFINED, encoded(given, tables))}
        path = make_dng(tmp_path / "a.dng", given, tags=tags, compression=34892, **options)  # type: ignore[arg-type]
        assert np.array_equal(pixels_of(path), expected)


@pytest.mark.parametrize(("rows", "columns"), [(2, 1), (1, 2), (2, 2), (4, 3)])
def test_interleaved_fields_are_put_together(tmp_path: Path, rows: int, columns: int) -> None:
    dngpy = pytest.importorskip("dngpy")
    given = picture(31, 35, 16)
    fields = [np.concatenate([np.arange(k, n, f) for k in range(f)]) for n, f in ((31, rows), (35, columns))]
    stored = given[fields[0]][:, fields[1]]
    tags = {50975: (LONG, rows), 52547: (LONG, columns)}
    path = make_dng(tmp_path / "a.dng", stored, tags=tags, main_tags=DNG_1_7_1)
    assert np.array_equal(pixels_of(path), given)
    assert np.array_equal(dngpy.Dng(str(path)).raw_pixels[..., 0], given)


@pytest.mark.parametrize(
    "options", [{}, {"bits": 12}, {"bits": 14, "compression": 7, "tile": (16, 16)}, {"order": ">"}]
)
def test_libraw_reads_the_same(tmp_path: Path, options: dict[str, Any]) -> None:
    import rawpy

    path = make_dng(tmp_path / "a.dng", picture(32, 48, options.get("bits", 16)), **options)
    with rawpy.imread(str(path)) as raw:
        assert np.array_equal(pixels_of(path), raw.raw_image)


@pytest.mark.parametrize("name", ["gopro_hero6_iso100.dng", "canon_x4_colorchecker.dng"])
def test_libraw_reads_the_same_in_real_mosaics(raw_files: Path, name: str) -> None:
    import rawpy

    frame = read(raw_files / name)
    with rawpy.imread(str(raw_files / name)) as raw:
        assert np.array_equal(frame.mosaic, raw.raw_image_visible)


def test_a_plain_mosaic_is_a_view_of_the_file(tmp_path: Path, mosaic: np.ndarray) -> None:
    for layout in ({}, {"rows_per_strip": 4}):
        path = make_dng(tmp_path / "a.dng", mosaic, **layout)
        before, stored = path.read_bytes(), read(path).mosaic
        assert not stored.flags.owndata and stored.flags.aligned
        stored[:] = 0  # in memory alone
        assert path.read_bytes() == before and np.array_equal(read(path).mosaic, mosaic)
    assert read(make_dng(tmp_path / "a.dng", mosaic, order=">")).mosaic.dtype.isnative


def test_reading_a_plain_mosaic_costs_no_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = make_dng(tmp_path / "a.dng", np.zeros((3000, 4000), np.uint16))
    read(path)
    tracemalloc.start()
    frame = read(path)
    assert tracemalloc.get_traced_memory()[1] < frame.mosaic.nbytes / 20  # the blocks that tags are held against
    tracemalloc.stop()


@pytest.mark.parametrize(("options", "tags", "problem"), [
    ({}, {256: (LONG, 0)}, "ImageWidth and ImageLength say 0 x"),
    ({}, {256: (LONG, 2**31), 257: (LONG, 1)}, "claims 2147483648 x 1 pixels"),
    ({}, {256: (LONG, 65536), 257: (LONG, 32768)}, "claims 65536 x 32768 pixels"),
    ({}, {256: (LONG, 35)}, "holds 1428 bytes of pixels where 1470 belong"),
    ({}, {278: (LONG, 3)}, "list 1 and 1 strips where the picture has 7"),
    ({}, {278: (LONG, 0)}, "its strips are 34 x 0"),
    ({}, {279: (LONG, 2**31)}, "bytes beyond the end of the file; it is truncated"),
    ({}, {273: (LONG, 2**32 - 1)}, "bytes beyond the end of the file; it is truncated"),
    ({}, {279: (LONG, 0)}, "StripOffsets or StripByteCounts holds a zero"),
    ({}, {279: None}, "list 1 and 0 strips"),
    ({}, {258: (SHORT, 33)}, "BitsPerSample is"),
    ({}, {277: (SHORT, 4)}, "SamplesPerPixel is 4"),
    ({}, {266: (SHORT, 2)}, "FillOrder"),
    ({}, {50974: (SHORT, (2, 2))}, "SubTileBlockSize"),
    ({}, {259: (SHORT, 9)}, "stored as VC-5, which tirage can't decode"),
    ({}, {259: (SHORT, 31337)}, "stored as compression 31337"),
    ({}, {317: (SHORT, 2)}, "Predictor 2 is unknown, or does not go with pixels stored as uncompressed"),
    ({"compression": 8, "predictor": 2}, {317: (SHORT, 3)}, "Predictor 3 does not go with"),
    ({"compression": 8}, {317: (SHORT, 34893)}, "Predictor 34893 does not go with"),
    ({"tile": (16, 16)}, {323: (LONG, 2**31)}, "far larger than the picture"),
    ({"tile": (16, 16)}, {322: (LONG, 32)}, "list 6 and 6 tiles where the picture has 4"),
    ({"compression": 7, "bits": 12, "tile": (16, 16)}, {259: (SHORT, 8)}, "Deflate-compressed pixels are damaged"),
    ({"compression": 8}, {259: (SHORT, 7)}, "have no frame header"),
    ({"compression": 8}, {259: (SHORT, 52546)}, "JPEG XL-compressed pixels have no header"),
    ({}, {50975: (LONG, 0)}, "RowInterleaveFactor is 0"),
])  # fmt: skip
def test_what_the_tags_say_is_checked(
    tmp_path: Path, mosaic: np.ndarray, options: dict[str, Any], tags: Any, problem: str
) -> None:
    path = make_dng(tmp_path / "a.dng", mosaic, tags=tags, **options)
    with pytest.raises(FileError, match=problem):
        read(path)


def test_planes_stored_apart_are_refused(tmp_path: Path) -> None:
    path = make_dng(tmp_path / "a.dng", picture(8, 8, 16, 3), tags={284: (SHORT, 2)})
    with pytest.raises(UnsupportedFileError, match="PlanarConfiguration"):
        read(path)


def test_a_jpeg_tile_is_checked_before_it_is_decoded(tmp_path: Path) -> None:
    given = picture(16, 16, 12)
    data = bytearray(make_dng(tmp_path / "a.dng", given, bits=12, compression=7, tile=(16, 16)).read_bytes())
    frame = data.index(b"\xff\xc3")
    cases = {
        "belongs": (frame + 5, b"\xff\xff\xff\xff"),  # 65535 x 65535 pixels
        "have no frame header": (frame, b"\xff\xfe"),
        "has no end": (data.rindex(b"\xff\xd9"), b"\0\0"),
    }
    for problem, (at, patch) in cases.items():
        damaged = bytearray(data)
        damaged[at : at + len(patch)] = patch
        (tmp_path / "b.dng").write_bytes(damaged)
        with pytest.raises(FileError, match=problem):
            read(tmp_path / "b.dng")


def test_a_tile_of_almost_nothing_can_not_claim_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dng_maker

    head = b"\xff\xd8\xff\xc3\0\x0b\x10\x40\0\x40\0\1\1\x11\0" + b"\xff\xd9"
    monkeypatch.setattr(dng_maker, "encode_segment", lambda *_: head)
    path = make_dng(tmp_path / "a.dng", np.zeros((16384, 16384), np.uint16), compression=7)
    with pytest.raises(FileError, match="fewer bits than pixels"):
        read(path)
