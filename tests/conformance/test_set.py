"""The set: complete, the same every time, and each item different from its twin in what it stores."""

from __future__ import annotations

import hashlib
import json
import struct
from collections import Counter
from pathlib import Path

from tirage.conformance.item import JUDGES
from tirage.conformance.items import all_items
from tirage.conformance.run import make
from tirage.reading.tags import Tag

#: Tags that the issue names, which items must be about.
NAMED = """
    CFAPattern ActiveArea CFAPlaneColor LinearizationTable BlackLevel BlackLevelRepeatDim BlackLevelDeltaH
    BlackLevelDeltaV WhiteLevel AsShotNeutral AsShotWhiteXY ColorMatrix1 ColorMatrix2 ColorMatrix3 ForwardMatrix1
    ForwardMatrix2 CameraCalibration1 CameraCalibrationSignature ProfileCalibrationSignature AnalogBalance
    CalibrationIlluminant1 CalibrationIlluminant3 IlluminantData1 BaselineExposure BaselineExposureOffset NoiseProfile
    DefaultScale DefaultCropOrigin DefaultUserCrop Orientation SubIFDs NewSubfileType RowInterleaveFactor
    ColumnInterleaveFactor BitsPerSample SampleFormat Compression Predictor OpcodeList1 OpcodeList2 OpcodeList3
    ProfileHueSatMapDims ProfileLookTableDims ProfileGainTableMap PhotometricInterpretation
""".split()


def test_there_are_enough_items_and_every_named_tag_has_one() -> None:
    items = all_items()
    assert len(items) >= 120
    about = {tag for item in items for tag in item.tags}
    assert set(NAMED) <= about


def test_every_opcode_is_in_the_set() -> None:
    known: Counter[int] = Counter()
    for item in all_items():
        for tag in (Tag.OpcodeList1, Tag.OpcodeList2, Tag.OpcodeList3):
            if item.is_valid and item.dng and tag in item.dng.tags:
                known.update(_codes(item.dng.tags[tag]))
    assert set(range(1, 15)) <= set(known)


def _codes(data: bytes) -> list[int]:
    position, codes = 4, []
    while position < len(data):
        code, _, _, length = struct.unpack_from(">4I", data, position)
        codes.append(code)
        position += 16 + length
    return codes


def test_the_manifest_says_everything(conformance_set: Path) -> None:
    manifest = json.loads((conformance_set / "manifest.json").read_text())
    entries = manifest["items"]
    assert [entry["name"] for entry in entries] == [item.name for item in all_items()]
    for entry in entries:
        assert (conformance_set / entry["file"]).is_file()
        assert entry["feature"] and entry["section"] and entry["judge"] in JUDGES
        assert entry["valid"] == (entry["judge"] != "refused")
        assert (entry["judge"] in ("same", "shading", "geometry")) <= ("twin" in entry and "bounds" in entry)
        assert (entry["judge"] == "patches") == ("patches" in entry)
    listed = {entry["file"] for entry in entries} | {entry["twin"] for entry in entries if "twin" in entry}
    on_disk = {path.relative_to(conformance_set).as_posix() for path in conformance_set.rglob("*.dng")}
    assert on_disk == listed


def test_it_is_the_same_every_time(conformance_set: Path, tmp_path: Path) -> None:
    all_items.cache_clear()
    make(tmp_path)
    assert _digests(tmp_path) == _digests(conformance_set)


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_files_are_small_and_differ_from_their_twins() -> None:
    for item in all_items():
        data = item.encoded()
        assert len(data) < 1_000_000, item.name
        if item.twin is not None:
            assert data != item.twin.encoded(), item.name
        if item.ignored is not None:
            assert data != item.ignored.encoded(), item.name


def test_what_can_be_ignored_is_tested_for_it() -> None:
    """Only where a reader can't get at the pixels, or where ignoring is right, an item has no file without it."""
    groups = {item.group for item in all_items() if item.is_valid and item.ignored is None}
    assert groups <= {
        *("Colour filters", "Storage", "LinearRaw", "Exposure", "Crop, scale, orientation"),
        *("Other opcodes", "Profiles and notes"),
    }
