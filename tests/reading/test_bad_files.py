"""Files that can't be read: one clear sentence each, naming the file, exit code 1, nothing on standard error."""

from __future__ import annotations

import io
import os
import random
import time
from pathlib import Path

import numpy as np
import pytest

from dng_maker import LONG, RATIONAL, SHORT, SRATIONAL, UNDEFINED, make_dng
from tirage.photo.errors import FileError, TirageError
from tirage.reading import read


def refused(path: Path) -> str:
    """What `read` says of a file that it must refuse."""
    with pytest.raises(FileError) as caught:
        read(path)
    message = str(caught.value)
    assert caught.value.exit_code == 1 and message.startswith(f"can't read '{path}': ") and "\n" not in message
    return message.removeprefix(f"can't read '{path}': ")


@pytest.fixture(autouse=True)
def _silence(capfd: pytest.CaptureFixture[str]):
    yield
    assert capfd.readouterr() == ("", "")


def test_no_such_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.dng") == "there is no such file"


def test_a_directory(tmp_path: Path) -> None:
    assert refused(tmp_path) == "it is a directory; give the RAW files in it"


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.dng").touch()
    assert refused(tmp_path / "a.dng") == "it is empty"


def test_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.dng")
    assert refused(tmp_path / "a.dng") == "it is not a regular file"


def test_no_permission(tmp_path: Path, mosaic: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_dng(tmp_path / "a.dng", mosaic)
    if os.geteuid() == 0:  # root may read all: pretend
        monkeypatch.setattr("builtins.open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "no")))
    path.chmod(0)
    assert refused(path) == "its permissions don't allow it"


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(FileError):
        read("a\0b.dng")
    with pytest.raises(FileError):
        read("a" * 5000)


@pytest.mark.parametrize("text", ["Dear diary,\n", "größer\n" * 2000, "x" * 5000, "{}", "\t\r\n"])
def test_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.dng").write_text(text, encoding="utf-8")
    assert refused(tmp_path / "a.dng") == "it is text, not a RAW file"


@pytest.mark.parametrize(("kind", "named"), [
    ("JPEG", "a JPEG picture"), ("PNG", "a PNG picture"), ("GIF", "a GIF picture"), ("BMP", "a BMP picture"),
    ("WEBP", "a WebP picture"), ("TIFF", "a TIFF picture"), ("AVIF", "an AVIF picture"), ("PDF", "a PDF document"),
])  # fmt: skip
def test_other_pictures_are_told_by_their_content(tmp_path: Path, kind: str, named: str) -> None:
    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(data, kind)
    (tmp_path / "a.dng").write_bytes(data.getvalue())
    assert refused(tmp_path / "a.dng") == f"it is {named}, not a RAW file"


@pytest.mark.parametrize("data", [b"\0" * 9000, b"II*\0", b"MM\0*\0\0\0\x08", b"\x80\x81\x82", bytes(range(256)) * 40])
def test_bytes_of_no_kind(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.dng").write_bytes(data)
    assert refused(tmp_path / "a.dng")


def test_a_dng_cut_anywhere_fails_or_is_whole(tmp_path: Path, mosaic: np.ndarray) -> None:
    """Never zeros for pixels that are gone."""
    path = tmp_path / "b.dng"
    for options in ({}, {"bits": 12}, {"compression": 8}, {"bits": 12, "compression": 7, "tile": (16, 16)}):
        data = make_dng(tmp_path / "a.dng", mosaic, **options).read_bytes()  # type: ignore[arg-type]
        for length in range(0, len(data), 7):
            path.write_bytes(data[:length])
            try:
                assert np.array_equal(read(path).mosaic, mosaic)
            except FileError:
                continue


def test_real_truncated_files(raw_files: Path) -> None:
    assert "truncated" in refused(raw_files / "truncated_pixels.dng")
    assert refused(raw_files / "iphone12_header_only_truncated.dng") == (
        "its pixels reach 29131488 bytes beyond the end of the file; it is truncated"
    )


def test_a_real_file_without_its_last_byte(raw_files: Path, tmp_path: Path) -> None:
    data = (raw_files / "canon_x4_colorchecker.dng").read_bytes()
    (tmp_path / "a.dng").write_bytes(data[:-1])
    assert refused(tmp_path / "a.dng") == "its pixels reach 1 bytes beyond the end of the file; it is truncated"


def test_enormous_claims_cost_nothing(tmp_path: Path, mosaic: np.ndarray) -> None:
    import tracemalloc

    claims = [
        {256: (LONG, 2**31 - 1), 257: (LONG, 2**31 - 1)},
        {256: (LONG, 20000), 257: (LONG, 20000)},
        {256: (LONG, 20000), 257: (LONG, 20000), 259: (SHORT, 8)},
        {256: (LONG, 20000), 257: (LONG, 20000), 259: (SHORT, 7)},
        {50713: (SHORT, (65535, 65535))},
        {51009: (UNDEFINED, b"\x7f\xff\xff\xff" + bytes(60))},
    ]
    for tags in claims:
        path = make_dng(tmp_path / "a.dng", mosaic, tags=tags)
        tracemalloc.start()
        refused(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000 or tags.get(259)  # a Deflate stream may be that dense
        tracemalloc.stop()


def _bases(folder: Path) -> list[bytes]:
    """Valid files of every kind."""
    rng = np.random.default_rng(0)
    mosaic = rng.integers(0, 4096, (24, 32)).astype(np.uint16)
    planes = np.stack([mosaic] * 3, -1)
    tags = {
        50829: (LONG, (2, 2, 22, 30)), 50719: (RATIONAL, (1, 1)), 50720: (RATIONAL, (20, 10)),
        50730: (SRATIONAL, ((0, 0),)), 50717: (SHORT, 4095), 51125: (RATIONAL, (0, 0, 1, 1)),
    }  # fmt: skip
    exif = {33434: (RATIONAL, ((1, 100),)), 34855: (SHORT, 100)}
    kinds = [
        (mosaic, {}),
        (mosaic, {"order": ">", "in_sub_ifd": True}),
        (mosaic, {"bits": 12, "rows_per_strip": 5}),
        (mosaic, {"bits": 12, "compression": 7, "tile": (16, 16)}),
        (mosaic, {"compression": 8, "predictor": 2}),
        (mosaic, {"compression": 52546, "tile": (16, 16)}),
        ((planes / 5000).astype(np.float32), {"compression": 8, "predictor": 3, "tile": (16, 16)}),
        ((planes >> 4).astype(np.uint8), {"compression": 34892, "tile": (16, 16)}),
    ]
    return [make_dng(folder / "base.dng", one, tags=tags, exif=exif, **how).read_bytes() for one, how in kinds]  # type: ignore[arg-type]


@pytest.mark.filterwarnings("error")
def test_mutated_files_never_do_worse_than_an_error(tmp_path: Path) -> None:
    chance = random.Random(2)
    bases = _bases(tmp_path)
    path = tmp_path / "mutated.dng"
    started, whole = time.process_time(), 0
    for trial in range(1200):
        data = bytearray(bases[trial % len(bases)])
        for _ in range(chance.choice((1, 2, 4))):
            at = chance.randrange(len(data) - 4)
            if chance.random() < 0.5:  # tags come last in these files
                at = len(data) - 4 - chance.randrange(min(len(data) - 4, 800))
            how = chance.random()
            if how < 0.6:
                data[at] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
            elif how < 0.9:
                data[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", bytes(4), b"\x7f\xff\xff\xff", b"\0\0\1\0"))
            elif at > 16:
                del data[at:]
        path.write_bytes(data)
        try:
            frame = read(path)
            whole += 1
            assert frame.mosaic.shape[-2:] == (frame.height, frame.width)
        except TirageError as error:
            assert str(error).startswith("can't read ") and "\n" not in str(error)
    assert whole > 100 and time.process_time() - started < 60
