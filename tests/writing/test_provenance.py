"""The recipe travels in the picture and comes back exactly, from every format and through other software."""

from __future__ import annotations

import io
import json
import subprocess
import time
import zlib
from xml.etree import ElementTree

import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import tirage
from tirage.photo.errors import FileError, TirageError, UsageError
from tirage.photo.recipe import COLOUR_SPACES, QUALITIES, Recipe
from tirage.writing import provenance, write
from tirage.writing.provenance import recipe_of

RECIPES = st.builds(
    Recipe,
    look=st.text(min_size=1),  # lone surrogates too: what Python makes of a path that is not UTF-8
    quality=st.sampled_from(QUALITIES),
    exposure_stops=st.floats(-10, 10),
    white_balance=st.text(),
    colour_space=st.sampled_from(COLOUR_SPACES),
    crop=st.none() | st.tuples(*[st.integers(0, 10**6)] * 4),
    size=st.none() | st.integers(1, 65500),
)


def test_the_recipe_comes_back(written, photo):
    assert recipe_of(written) == photo().recipe


@given(RECIPES)
def test_any_recipe_comes_back_exactly(recipe):
    import numpy as np

    from tirage.photo.image import DisplayImage

    packet = provenance.packet(DisplayImage(np.zeros((1, 1, 3), np.uint8), recipe=recipe))
    ElementTree.fromstring(packet.decode().strip("\ufeff"))
    assert Recipe.from_mapping(provenance._table_in_picture(iter([packet]), "x")) == recipe


@pytest.mark.parametrize("letter", ["n", "&", "ä"])
def test_a_hundred_long_names_fit_into_a_jpeg(letter, photo, tmp_path, exiftool):
    """Names keep their ends; what a file says of its frames is what tirage will read from a DNG."""
    frames = [letter * 150 + f"{number:03}.dng" for number in range(100)]
    merged = {"frames": frames, "left_out": [letter * 200], "reference": frames[7], "robustness": 1.0}
    told = json.loads(exiftool(write(photo(merged=merged), tmp_path / "a.jpg"))["XMP-tirage:Merge"])
    assert len(told["frames"]) == 100 and told["reference"] == told["frames"][7] and told["robustness"] == 1.0
    for name, whole in zip(told["frames"], frames, strict=True):
        assert name.startswith("…") and whole.endswith(name[1:]) and len(name) > 100
    few = {**merged, "frames": frames[:9], "left_out": []}
    assert json.loads(exiftool(write(photo(merged=few), tmp_path / "b.jpg"))["XMP-tirage:Merge"]) == few
    write(photo(merged={**merged, "frames": frames * 40}), tmp_path / "c.jpg")


def test_the_format_is_told_by_content_not_name(written, photo, tmp_path):
    renamed = written.rename(tmp_path / "recipe.toml")
    assert recipe_of(renamed) == photo().recipe


def test_other_software_may_rewrite_the_packet(written, photo, exiftool):
    """exiftool turns attributes into elements and adds its own."""
    command = ["exiftool", "-q", "-overwrite_original", "-XMP-xmp:Rating=5", "-XMP-dc:Title=Ein Bild", str(written)]
    subprocess.run(command, check=True)
    assert exiftool(written)["XMP-xmp:Rating"] == 5
    assert recipe_of(written) == photo().recipe


def test_a_big_endian_tiff_and_a_compressed_png_chunk(tmp_path, photo):
    picture = photo(16)
    packet = provenance.packet(picture)
    tifffile.imwrite(tmp_path / "a.tif", picture.pixels, byteorder=">", extratags=[(700, 1, len(packet), packet, True)])
    assert recipe_of(tmp_path / "a.tif") == picture.recipe
    data = provenance.PNG_KEYWORD + b"\1\0\0\0" + zlib.compress(packet)
    chunk = len(data).to_bytes(4, "big") + b"iTXt" + data + zlib.crc32(b"iTXt" + data).to_bytes(4, "big")
    plain = io.BytesIO()
    Image.new("RGB", (2, 2)).save(plain, "png")
    png = plain.getvalue()
    (tmp_path / "a.png").write_bytes(png[:-12] + chunk + png[-12:])  # after the pixels, as some tools put it
    assert recipe_of(tmp_path / "a.png") == picture.recipe


def test_what_the_packet_says(written, exiftool):
    found = exiftool(written)
    assert found["XMP-xmp:CreatorTool"] == f"tirage {tirage.__version__}"
    assert found["XMP-tirage:Source"] == "IMG_0001 ä.dng"  # the name only: folders are nobody's business
    assert found["XMP-tirage:Look"] == 'mine & <yours> "ours"'
    assert found["XMP-tirage:Versions"].startswith(f"tirage {tirage.__version__}, numpy ")
    assert json.loads(found["XMP-tirage:Recipe"])["exposure_stops"] == 0.1 + 0.2


@pytest.mark.parametrize("look", ["./mine.toml", "looks/mine", "C:\\looks\\mine", "mine.toml"])
def test_a_look_that_is_a_file_is_noted(look, tmp_path, photo, exiftool):
    path = write(photo(recipe=Recipe(look=look)), tmp_path / "a.jpg")
    found = exiftool(path)
    assert found["XMP-tirage:LookFile"] == look and "XMP-tirage:Look" not in found
    assert recipe_of(path).look == look


def test_no_clock(kind, tmp_path, photo, monkeypatch):
    first = write(photo(kind.bits), tmp_path / f"first-{kind.file}").read_bytes()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 1e9)
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    assert write(photo(kind.bits), tmp_path / f"second-{kind.file}").read_bytes() == first


def test_recipe_files(tmp_path, photo):
    recipe = photo().recipe
    table = recipe.to_mapping()
    (tmp_path / "a.json").write_text(json.dumps(table), encoding="utf-8")
    toml = "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
    (tmp_path / "a.toml").write_text("\ufeff# mine\n" + toml, encoding="utf-8")
    assert recipe_of(tmp_path / "a.json") == recipe_of(tmp_path / "a.toml") == recipe


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        ("a.toml", b"look = ", FileError, "not valid TOML"),
        ("a.toml", b"look = '\xff'", FileError, "not valid TOML"),
        ("a.json", b"{", FileError, "not valid JSON"),
        ("a.json", b"[" * 100_000, FileError, "not valid JSON"),
        ("a.json", b"[1]", FileError, "must be a table"),
        ("a.toml", b"loook = 'lively'", UsageError, "did you mean 'look'"),
        ("a.json", b'{"exposure_stops": NaN}', UsageError, "finite"),
        ("a.json", b'{"exposure_stops": 99}', UsageError, "out of range"),
        ("a.txt", b"look = 'lively'", FileError, "holds no recipe"),
        ("a.jpg", b"", FileError, "holds no recipe"),
        ("a.jpg", b"\xff\xd8\xff", FileError, "damaged"),
        ("a.tif", b"II*\0", FileError, "damaged"),
    ],
)
def test_bad_recipes_are_one_clear_sentence(name, content, error, words, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=words) as caught:
        recipe_of(tmp_path / name)
    assert name in str(caught.value)


def test_missing_files_folders_and_pictures_of_others(tmp_path, kind, photo):
    with pytest.raises(FileError, match="No such file"):
        recipe_of(tmp_path / "none.toml")
    with pytest.raises(FileError, match="[Dd]irectory"):
        recipe_of(tmp_path)
    other = tmp_path / kind.file
    Image.fromarray(photo().pixels).save(other)
    with pytest.raises(FileError, match="carries no recipe"):
        recipe_of(other)


def packets(table: str) -> list[bytes]:
    text = f'<a xmlns:t="{provenance.NAMESPACE}" t:recipe="{table}"/>'
    return [text.encode()]


@pytest.mark.parametrize(
    "packet",
    [b"<a", b"", *packets("{"), *packets("[" * 50_000), b"\xff" * 50],
)
def test_a_damaged_packet_is_said_to_be(packet):
    with pytest.raises(FileError, match="damaged"):
        provenance._table_in_picture(iter([packet]), "a.jpg")


def test_a_packet_with_entities_is_not_opened():
    """Nested entities are how an XML file of a kilobyte asks for a gigabyte."""
    (plain,) = packets("{}")
    assert provenance._table_in_picture(iter([plain]), "a.jpg") == {}
    with pytest.raises(FileError, match="no recipe"):
        provenance._table_in_picture(iter([b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb">]>' + plain]), "a.jpg")


@given(st.data())
def test_damaged_pictures_never_crash(tmp_path_factory, data):
    pictures = data.draw(st.sampled_from(range(4)))
    content = bytearray(samples(tmp_path_factory)[pictures])
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        assert isinstance(recipe_of(path), Recipe)
    except TirageError as error:
        assert "\n" not in str(error)


SAMPLES: list[bytes] = []


def samples(tmp_path_factory) -> list[bytes]:
    """A small picture of every format."""
    if not SAMPLES:
        import numpy as np

        from tirage.photo.image import DisplayImage

        folder = tmp_path_factory.mktemp("samples")
        for name, kind in (("a.jpg", np.uint8), ("a.png", np.uint8), ("b.png", np.uint16), ("a.tif", np.uint16)):
            SAMPLES.append(write(DisplayImage(np.zeros((4, 4, 3), kind)), folder / name).read_bytes())
    return SAMPLES
