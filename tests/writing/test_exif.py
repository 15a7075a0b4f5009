"""EXIF: what is carried, what is stated anew, what is left behind. Read by exiftool and Pillow."""

from __future__ import annotations

import datetime as dt
import io
import math

import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import tirage
from tirage.photo.frame import Capture, Metadata
from tirage.photo.image import DisplayImage
from tirage.writing import exif, write
from tirage.writing.ifd import encode_file

#: What every format must say, as `exiftool -n` words it.
CARRIED = {
    "IFD0:ImageDescription": "Kirschblüte, 桜 🌸",
    "IFD0:Make": "Zürich Optik",
    "IFD0:Model": "Model Ω",
    "IFD0:Artist": "Łukasz Żółć",
    "IFD0:Copyright": "© 2024 Łukasz",
    "IFD0:ModifyDate": "2024:05:06 09:00:00",
    "ExifIFD:ExposureTime": 1 / 60,
    "ExifIFD:FNumber": 2.8,
    "ExifIFD:ExposureProgram": 3,
    "ExifIFD:ISO": 3200,
    "ExifIFD:DateTimeOriginal": "2024:05:06 07:08:09",
    "ExifIFD:OffsetTime": "+02:00",
    "ExifIFD:OffsetTimeOriginal": "+05:45",
    "ExifIFD:SubSecTimeOriginal": 123,
    "ExifIFD:ExposureCompensation": -1 / 3,
    "ExifIFD:BrightnessValue": -1.13,
    "ExifIFD:MeteringMode": 5,
    "ExifIFD:Flash": 16,
    "ExifIFD:FocalLength": 4.25,
    "ExifIFD:UserComment": "well seen",
    "ExifIFD:FileSource": 3,
    "ExifIFD:SceneType": 1,
    "ExifIFD:FocalLengthIn35mmFormat": 26,
    "ExifIFD:LensInfo": "24 70 2.8 2.8",
    "ExifIFD:LensMake": "Optik",
    "ExifIFD:LensModel": "24-70 mm ƒ/2.8",
    "ExifIFD:SerialNumber": "SN-0042",
}
STATED = {
    "IFD0:Orientation": 1,
    "IFD0:Software": f"tirage {tirage.__version__}",
    "IFD0:XResolution": 72,
    "IFD0:YResolution": 72,
    "IFD0:ResolutionUnit": 2,
    "ExifIFD:ExifVersion": "0232",
    "ExifIFD:ColorSpace": 1,
}
PLACE = {
    "GPS:GPSVersionID": "2 3 0 0",
    "GPS:GPSLatitudeRef": "S",
    "GPS:GPSLatitude": 33 + 51 / 60 + 24.9 / 3600,
    "GPS:GPSLongitudeRef": "E",
    "GPS:GPSLongitude": 151 + 12 / 60 + 34.56 / 3600,
    "GPS:GPSAltitudeRef": 0,
    "GPS:GPSAltitude": 58.4,
    "GPS:GPSTimeStamp": "21:08:09",
    "GPS:GPSDateStamp": "2024:05:05",
    "GPS:GPSImgDirectionRef": "T",
    "GPS:GPSImgDirection": 271.82,
    "GPS:GPSProcessingMethod": "GPS",
}
#: What exiftool holds against a right TIFF: a compression that TIFF 6.0 lacks, a GPS tag that is optional.
TIFF_REMARKS = {
    "Missing required TIFF GPS tag 0x001b GPSProcessingMethod",
    "Invalid value for IFD0 tag 0x0103 Compression",
}


def close(value):
    return pytest.approx(value, rel=1e-6) if isinstance(value, float) else value


def test_every_fact_arrives(written, exiftool):
    found = exiftool(written, "-n")
    for name, value in {**CARRIED, **STATED, **PLACE}.items():
        assert found.get(name) == close(value), name


def test_exiftool_finds_nothing_wrong(written, exiftool):
    found = exiftool(written, "-validate", "-warning", "-error")
    assert "ExifTool:Error" not in found
    warnings = {value for name, value in found.items() if name.startswith("ExifTool:Warning")}
    warnings = {item for value in warnings for item in (value if isinstance(value, list) else [value])}
    assert warnings <= (TIFF_REMARKS if written.suffix == ".tif" else set())


def test_nothing_else_arrives(written, exiftool):
    found = exiftool(written)
    belongs = {"YCbCrPositioning", "ComponentsConfiguration", "FlashpixVersion", "ExifImageWidth", "ExifImageHeight"}
    if written.suffix == ".tif":
        belongs |= {
            "SubfileType",
            "ImageWidth",
            "ImageHeight",
            "BitsPerSample",
            "Compression",
            "StripOffsets",
            "Predictor",
        }
        belongs |= {
            "PhotometricInterpretation",
            "SamplesPerPixel",
            "RowsPerStrip",
            "StripByteCounts",
            "PlanarConfiguration",
        }
    expected = {name.split(":")[1] for name in (*CARRIED, *STATED, *PLACE)} | belongs
    names = {
        name.split(":")[1] for name in found if name.split(":")[0] in ("IFD0", "IFD1", "ExifIFD", "GPS", "InteropIFD")
    }
    assert names <= expected
    assert not any("MakerNote" in name or "Thumbnail" in name or "DNG" in name for name in found)
    assert b"MAKERNOTE" not in written.read_bytes()


def test_size_is_that_of_the_picture(tmp_path, photo, exiftool):
    for name, bits in (("a.jpg", 8), ("a.png", 8)):
        found = exiftool(write(photo(bits, (30, 50)), tmp_path / name), "-n")
        assert (found["ExifIFD:ExifImageWidth"], found["ExifIFD:ExifImageHeight"]) == (50, 30)


def test_display_p3_is_uncalibrated_to_exif(tmp_path, photo, exiftool):
    found = exiftool(write(photo(colour_space="display-p3"), tmp_path / "a.jpg"), "-n")
    assert found["ExifIFD:ColorSpace"] == 0xFFFF


def test_stripped_gps_is_nowhere(kind, tmp_path, photo, exiftool):
    kept = write(photo(kind.bits), tmp_path / f"kept-{kind.file}")
    stripped = write(photo(kind.bits), tmp_path / kind.file, strip_gps=True)
    assert any("GPS" in key for key in exiftool(kept, "-u", "-ee"))
    assert not any("GPS" in key for key in exiftool(stripped, "-u", "-ee"))
    latitude = b"".join(number.to_bytes(4, "little") for number in (33, 1, 51, 1, 2490, 100))
    assert latitude in kept.read_bytes()
    assert latitude not in stripped.read_bytes() and b"GPS" not in stripped.read_bytes()


def test_capture_speaks_where_metadata_is_silent(tmp_path, photo, exiftool):
    found = exiftool(write(photo(metadata=Metadata()), tmp_path / "a.jpg"), "-n")
    for name in (
        "IFD0:Make",
        "IFD0:Model",
        "ExifIFD:LensModel",
        "ExifIFD:ExposureTime",
        "ExifIFD:FNumber",
        "ExifIFD:ISO",
    ):
        assert found[name] == close(CARRIED[name]), name
    assert found["ExifIFD:FocalLength"] == 4.25
    assert found["ExifIFD:DateTimeOriginal"] == found["ExifIFD:CreateDate"] == "2024:05:06 07:08:09"
    assert found["ExifIFD:OffsetTimeOriginal"] == found["ExifIFD:OffsetTimeDigitized"] == "+05:45"
    assert found["ExifIFD:SubSecTimeOriginal"] == 123


def test_the_source_is_not_contradicted_by_capture(tmp_path, photo, exiftool):
    """A zone is not put beside a local time that the source gave without one."""
    metadata = Metadata(exif={0x9003: "2001:02:03 04:05:06", 0x8827: 50})
    found = exiftool(write(photo(metadata=metadata), tmp_path / "a.jpg"), "-n")
    assert found["ExifIFD:DateTimeOriginal"] == "2001:02:03 04:05:06" and found["ExifIFD:ISO"] == 50
    assert "ExifIFD:OffsetTimeOriginal" not in found


@pytest.mark.parametrize("seconds", [1 / 8000, 1 / 32000, 1 / 250, 1 / 60, 0.3, 0.5, 1.0, 2.5, 30.0, 1e-6, 3600.0])
def test_exposures_are_fractions_as_photographers_write_them(seconds, photo):
    import numpy as np

    for value in (seconds, float(np.float32(seconds))):  # decoders hand over single precision
        numerator, denominator = exif._rational(value)
        assert numerator / denominator == pytest.approx(seconds, rel=1e-6)
        assert min(numerator, denominator) <= 10


@pytest.mark.parametrize(("iso", "tags"), [(100.0, (100, None)), (65534, (65534, None)), (102400, (65535, 102400))])
def test_high_sensitivity(iso, tags, photo):
    """CIPA DC-008: PhotographicSensitivity holds at most 65,535, which then means "see RecommendedExposureIndex"."""
    found = read_back(photo(metadata=Metadata(), capture=Capture(iso=iso))).get_ifd(exif.EXIF_IFD)
    assert (found.get(0x8827), found.get(0x8832)) == tags


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, -1.0, 0.0, 1e300, 5e-324, None])
def test_impossible_captures_are_left_out(bad, photo):
    capture = Capture(exposure_s=bad, f_number=bad, iso=bad, focal_length_mm=bad)
    found = read_back(photo(metadata=Metadata(), capture=capture)).get_ifd(exif.EXIF_IFD)
    assert not {0x829A, 0x829D, 0x920A} & found.keys()
    assert found.get(0x8827, 0) == 0


def test_early_years_and_odd_zones(photo):
    zone = dt.timezone(-dt.timedelta(hours=3, minutes=30))
    capture = Capture(time=dt.datetime(826, 1, 2, 3, 4, 5, tzinfo=zone))
    found = read_back(photo(metadata=Metadata(), capture=capture)).get_ifd(exif.EXIF_IFD)
    assert found[0x9003] == "0826:01:02 03:04:05" and found[0x9011] == "-03:30"


def test_long_texts_do_not_burst_the_segment(tmp_path, photo, exiftool):
    metadata = Metadata(
        image={0x010E: "d" * 50_000, 0x010F: "Zürich Optik"},
        exif={0x9286: b"ASCII\0\0\0" + b"c" * 40_000, 0x829A: (1, 60)},
        gps={0x1C: b"ASCII\0\0\0" + b"g" * 30_000},
    )
    found = exiftool(write(photo(metadata=metadata), tmp_path / "a.jpg"), "-n")
    assert "ExifTool:Warning" not in found
    assert found["IFD0:Make"] == "Zürich Optik" and found["ExifIFD:ExposureTime"] == close(1 / 60)
    assert "IFD0:ImageDescription" not in found  # the longest goes, the others then fit or go in turn


def read_back(photo: DisplayImage) -> Image.Exif:
    """The EXIF block as Pillow reads it."""
    found = Image.Exif()
    found.load(b"Exif\0\0" + encode_file(exif.directory(photo)))
    return found


def directories(photo: DisplayImage) -> dict:
    """The EXIF block as tifffile reads it."""
    with tifffile.TiffFile(io.BytesIO(encode_file(exif.directory(photo)))) as file:
        return {tag.code: tag.value for tag in file.pages.first.tags}


UNSIGNED = st.integers(0, 2**32 - 1)
SIGNED = st.integers(-(2**31), 2**31 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=60)


@given(
    st.tuples(UNSIGNED, UNSIGNED),
    st.tuples(SIGNED, SIGNED),
    st.integers(0, 65535),
    TEXT,
    st.binary(min_size=1, max_size=80),
)
def test_values_of_the_right_type_arrive_unchanged(exposure, bias, program, text, comment):
    metadata = Metadata(
        image={0x010E: text}, exif={0x829A: exposure, 0x9204: bias, 0x8822: program, 0xA434: text, 0x9286: comment}
    )
    block = read_back(tiny(metadata))
    found = block.get_ifd(exif.EXIF_IFD)
    assert (found[0x829A].numerator, found[0x829A].denominator) == exposure
    assert (found[0x9204].numerator, found[0x9204].denominator) == bias
    assert found[0x8822] == program and found[0x9286] == comment
    # Pillow takes bytes for Latin-1 where exiftool, and we, write UTF-8.
    assert block[0x010E].encode("latin-1").decode() == found[0xA434].encode("latin-1").decode() == text


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.lists(inner, max_size=4),
    max_leaves=6,
)


@given(st.sampled_from(sorted(exif._EXIF)), st.sampled_from(sorted(exif._GPS)), ANYTHING)
def test_strange_values_never_break_the_block(tag, gps_tag, value):
    metadata = Metadata(image={0x010E: value, 0x0132: value}, exif={tag: value}, gps={gps_tag: value})
    photo = tiny(metadata)
    found = read_back(photo)
    assert found[0x0112] == 1 and found.get_ifd(exif.EXIF_IFD)[0x9000] == b"0232"
    assert directories(photo)[0x0131] == exif.SOFTWARE


def tiny(metadata: Metadata) -> DisplayImage:
    import numpy as np

    return DisplayImage(np.zeros((1, 1, 3), np.uint8), metadata=metadata)


def test_a_wrong_count_is_left_out():
    metadata = Metadata(
        exif={0x8822: (1, 2), 0xA432: ((24, 1), (70, 1)), 0x829D: ((28, 10), (28, 10)), 0x9207: 5},
        gps={0x01: "N", 0x02: ((33, 1), (51, 1)), 0x05: b"\0\0"},
    )
    block = read_back(tiny(metadata))
    found, gps = block.get_ifd(exif.EXIF_IFD), block.get_ifd(exif.GPS_IFD)
    assert not {0x8822, 0xA432, 0x829D} & found.keys() and found[0x9207] == 5
    assert set(gps) == {0x00, 0x01}


@pytest.mark.parametrize("comment", ["plain", "Grüße, 桜"])
def test_a_comment_given_as_text_gets_its_character_code(comment, tmp_path, photo, exiftool):
    found = exiftool(write(photo(metadata=Metadata(exif={0x9286: comment})), tmp_path / "a.jpg"))
    assert found["ExifIFD:UserComment"] == comment


@pytest.mark.parametrize(
    ("flat", "pairs"),
    [((1, 60), ((1, 60),)), (((1, 60),), ((1, 60),)), (0.25, ((1, 4),)), (2, ((2, 1),)), ([1, 60], ((1, 60),))],
)
def test_rationals_in_every_spelling(flat, pairs):
    assert exif._rationals(flat, 1) == pairs


def test_a_latin_1_text_is_read_as_such(photo):
    block = directories(
        photo(metadata=Metadata(image={0x013B: "Žluťoučký".encode("latin-1", "replace"), 0x010F: b"Stra\xdfe\0\0"}))
    )
    assert block[0x010F] == "Straße"
