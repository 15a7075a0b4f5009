"""What a RAW file says and what tirage makes of it, for `tirage info`: plain facts, ready for JSON."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ..photo.frame import Capture, GainMap, Illuminant, RawFrame, Rectangle
from . import content, dng, opcodes, pixels
from .tags import Tag
from .tiff import Directory, directories

_OPCODE_LISTS = (Tag.OpcodeList1, Tag.OpcodeList2, Tag.OpcodeList3)


def describe(frame: RawFrame, path: str | os.PathLike[str]) -> dict[str, Any]:
    """The facts of `frame`, which was read from the file at `path`; absent facts are None or empty.

    Raises FileError when the file can no longer be read.
    """
    with content.named(Path(path)):
        data = content.mapped(Path(path))
        stored = _stored(directories(data)) if dng.is_dng(data) else {"format": "RAW, through LibRaw"}
    crop = frame.default_crop
    return {
        "file": Path(path).name,
        **stored,
        **_capture(frame.capture),
        "width": crop.width if frame.orientation < 5 else crop.height,
        "height": crop.height if frame.orientation < 5 else crop.width,
        "orientation": frame.orientation,
        "colour_filters": frame.cfa or "none: already demosaiced",
        "active_size": [frame.width, frame.height],
        "default_crop": _rectangle(crop),
        "default_user_crop": None if frame.default_user_crop == (0, 0, 1, 1) else list(frame.default_user_crop),
        "default_scale": None if frame.default_scale == (1, 1) else list(frame.default_scale),
        "sample_type": str(frame.mosaic.dtype),
        "black_level": _numbers(frame.black_level),
        "black_level_delta": [
            name
            for name, delta in (("per column", frame.black_level_delta_h), ("per row", frame.black_level_delta_v))
            if delta is not None
        ],
        "white_level": _numbers(frame.white_level),
        "as_shot_neutral": _numbers(frame.as_shot_neutral),
        "as_shot_white_xy": _numbers(frame.as_shot_white_xy),
        "analog_balance": _numbers(frame.colour.analog_balance),
        "illuminants": [_illuminant(one) for one in frame.colour.illuminants],
        "baseline_exposure_stops": frame.baseline_exposure_stops,
        "noise_profile": None if frame.noise_profile is None else frame.noise_profile.tolist(),
        "gain_maps": [_gain_map(one) for one in frame.lens_shading],
        "gps": bool(frame.metadata.gps),
        "notes": list(frame.notes),
    }


def _stored(found: list[Directory]) -> dict[str, Any]:
    """What only the file knows: how its pixels lie in it, its opcodes by name, its profile."""
    main, image = found[0], dng.raw_image(found)
    storage = pixels.storage(image)
    count, kind = len(storage.places), "tile" if storage.tiled else "strip"
    tables = {
        "hue and saturation map": Tag.ProfileHueSatMapDims,
        "look table": Tag.ProfileLookTableDims,
        "tone curve": Tag.ProfileToneCurve,
        "gain table map": Tag.ProfileGainTableMap,
        "gain table map 2": Tag.ProfileGainTableMap2,
    }
    profile = main.over(image)
    lists = {tag.name: opcodes.opcode_list(image.bytes(tag), tag.name) for tag in _OPCODE_LISTS}
    return {
        "format": f"DNG {'.'.join(map(str, main.bytes(Tag.DNGVersion)[:2]))}",
        "camera": main.text(Tag.UniqueCameraModel),
        "stored_size": [storage.width, storage.height],
        "compression": pixels.COMPRESSIONS.get(storage.compression, f"compression {storage.compression}"),
        "segments": f"{count} {kind}{'s' * (count > 1)} of {storage.segment_width} x {storage.segment_height}",
        "bits": storage.bits,
        "active_area": _rectangle(dng.active_area(image, storage)),
        "linearization_table": Tag.LinearizationTable in image,
        "opcodes": {
            name: [opcodes.name(one.code) for one in operations] for name, operations in lists.items() if operations
        },
        "profile": profile.text(Tag.ProfileName),
        "profile_tables": [name for name, tag in tables.items() if tag in profile],
    }


def _capture(shot: Capture) -> dict[str, Any]:
    return {
        "make": shot.make,
        "model": shot.model,
        "lens": shot.lens,
        "time": shot.time.isoformat() if shot.time else None,
        "exposure_s": shot.exposure_s,
        "f_number": shot.f_number,
        "iso": shot.iso,
        "focal_length_mm": shot.focal_length_mm,
    }


def _rectangle(area: Rectangle) -> dict[str, int]:
    return {"left": area.left, "top": area.top, "width": area.width, "height": area.height}


def _numbers(values: np.ndarray | None) -> list[float] | None:
    return None if values is None else values.ravel().tolist()


def _illuminant(one: Illuminant) -> dict[str, Any]:
    matrices = (
        ("color_matrix", one.color_matrix),
        ("forward_matrix", one.forward_matrix),
        ("camera_calibration", one.camera_calibration),
    )
    facts: dict[str, Any] = {name: matrix.tolist() for name, matrix in matrices if matrix is not None}
    return {"cct_kelvin": one.cct_kelvin, **facts}


def _gain_map(one: GainMap) -> dict[str, Any]:
    points_v, points_h, planes = one.gains.shape
    return {
        "points": [points_v, points_h],
        "planes": planes,
        "area": _rectangle(one.area),
        "pitch": [one.row_pitch, one.column_pitch],
        "least_gain": float(one.gains.min()),
        "most_gain": float(one.gains.max()),
    }
