"""What a RAW file says and what tirage makes of it, for `tirage info`: plain facts, ready for JSON."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ..opcodes.names import described
from ..photo.errors import FileError
from ..photo.frame import Capture, Illuminant, RawFrame, Rectangle
from ..photo.operations import GainMap
from ..photo.profile import CameraProfile, HueSatTable
from . import content, dng, operations, pixels
from .tags import Tag
from .tiff import Directory, directories, first_directory


def describe(frame: RawFrame, path: str | os.PathLike[str]) -> dict[str, Any]:
    """The facts of `frame`, which was read from the file at `path`; absent facts are None or empty.

    Raises FileError when the file can no longer be read.
    """
    with content.named(Path(path)):
        data = content.mapped(Path(path))
        stored = _stored(directories(data)) if dng.is_dng(data) else {"format": "RAW, through LibRaw"}
    width, height = (
        max(1, round(side * scale))
        for side, scale in zip((frame.picture.width, frame.picture.height), frame.default_scale, strict=True)
    )
    return {
        "file": Path(path).name,
        **stored,
        **_capture(frame.capture),
        "width": width if frame.orientation < 5 else height,
        "height": height if frame.orientation < 5 else width,
        "orientation": frame.orientation,
        "colour_filters": frame.cfa or "none: already demosaiced",
        "active_size": [frame.width, frame.height],
        "default_crop": _rectangle(frame.default_crop),
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
        "profile_tables": [] if frame.profile is None else _profile_tables(frame.profile),
        "merged": dict(frame.merged),
        "gps": bool(frame.metadata.gps),
        "notes": list(frame.notes),
    }


def _stored(found: list[Directory]) -> dict[str, Any]:
    """What only the file knows: how its pixels lie in it, its opcodes, its profile."""
    main, image = found[0], dng.raw_image(found)
    storage = pixels.storage(image)
    count, kind = len(storage.places), "tile" if storage.tiled else "strip"
    profile = main.over(image)
    area = dng.active_area(image, storage)
    lists = {tag.name: operations.opcode_list(image, tag, area, storage, []) for tag in operations.OPCODE_LISTS}
    return {
        "format": f"DNG {'.'.join(map(str, main.bytes(Tag.DNGVersion)[:2]))}",
        "camera": main.text(Tag.UniqueCameraModel),
        "stored_size": [storage.width, storage.height],
        "compression": pixels.COMPRESSIONS.get(storage.compression, f"compression {storage.compression}"),
        "segments": f"{count} {kind}{'s' * (count > 1)} of {storage.segment_width} x {storage.segment_height}",
        "bits": storage.bits,
        "active_area": _rectangle(dng.active_area(image, storage)),
        "linearization_table": Tag.LinearizationTable in image,
        "opcodes": {tag: [described(one) for one in found] for tag, found in lists.items() if found},
        "profile": profile.text(Tag.ProfileName),
        "extra_profiles": _extra_profiles(main),
        "also_holds": dng.also_holds(found),
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
    return {"cct_kelvin": one.cct_kelvin, "white_xy": one.white_xy and list(one.white_xy), **facts}


def _extra_profiles(main: Directory) -> list[str]:
    """The names of the profiles beside the file's own: each is a file like a .dcp, inside the DNG."""
    names = []
    for offset in main.integers(Tag.ExtraCameraProfiles) or []:
        try:
            names.append(first_directory(main.data[offset:]).text(Tag.ProfileName))
        except (FileError, IndexError):
            names.append("one that can't be read")
    return names


def _profile_tables(profile: CameraProfile) -> list[str]:
    """The tables of a camera profile and their sizes."""
    facts = [f"hue and saturation map {_divisions(table)}" for table in profile.hue_sat_maps]
    if profile.look_table:
        facts.append(f"look table {_divisions(profile.look_table)}")
    if profile.tone_curve is not None:
        facts.append(f"tone curve of {len(profile.tone_curve)} points")
    if profile.gain_table_map:
        points_v, points_h, points_n = profile.gain_table_map.gains.shape
        facts.append(f"gain table map of {points_v} x {points_h} tables of {points_n} gains")
    return facts


def _divisions(table: HueSatTable) -> str:
    values, hues, saturations = table.data.shape[:3]
    return f"of {hues} hues x {saturations} saturations x {values} values{', sRGB-encoded' * table.srgb_encoded}"


def _gain_map(one: GainMap) -> dict[str, Any]:
    points_v, points_h, planes = one.gains.shape
    return {
        "points": [points_v, points_h],
        "planes": planes,
        "area": _rectangle(one.spec.area),
        "pitch": [one.spec.row_pitch, one.spec.column_pitch],
        "least_gain": float(one.gains.min()),
        "most_gain": float(one.gains.max()),
    }
