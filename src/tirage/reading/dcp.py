"""Camera profiles in files of their own, .dcp (DNG 1.7.1, chapter 6, "Camera Profiles").

A .dcp is a TIFF directory whose magic number is 0x4352 ("CR"). Its matrices and tables take the place of those of the
RAW file; the RAW file keeps its AnalogBalance, and its CameraCalibration where both carry one signature.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..photo.errors import FileError
from ..photo.frame import CameraColour, RawFrame
from . import content
from .camera_colour import camera_colour
from .levels import baseline_exposure_offset
from .profile import camera_profile
from .tags import Tag
from .tiff import Directory, first_directory, is_profile

#: Planes of a .dcp stand in the order red, green, blue.
_RGB = [0, 1, 2]


def with_profile(frame: RawFrame, path: str | Path) -> RawFrame:
    """`frame` with the matrices and tables of the .dcp at `path` in place of its own; notes say what was left out.

    Raises FileError, naming the profile, when it can't be read or is no camera profile.
    """
    path = Path(path)
    notes: list[str] = []
    with content.named(path):
        tags = _directory(content.mapped(path))
        profile, offset = camera_profile(tags, notes), baseline_exposure_offset(tags)
        colour = _colour(tags, frame, notes) if Tag.ColorMatrix1 in tags else frame.colour
        made_for, model = tags.text(Tag.UniqueCameraModel), frame.capture.model
    if made_for and model and not _same_camera(made_for, model):
        notes.append(f"it was made for {made_for}, the picture by {model}")
    own_offset = frame.profile.baseline_exposure_offset_stops if frame.profile else 0.0
    return replace(
        frame,
        profile=profile,
        colour=colour,
        baseline_exposure_stops=frame.baseline_exposure_stops - own_offset + offset,
        notes=tuple(dict.fromkeys((*frame.notes, *(f"{path.name}: {note}" for note in notes)))),
    )


def _directory(data: memoryview) -> Directory:
    if not is_profile(data):
        raise FileError("it is no camera profile (.dcp)")
    return first_directory(data)


def _colour(tags: Directory, frame: RawFrame, notes: list[str]) -> CameraColour:
    """The profile's calibrations, each with the camera's own CameraCalibration where the signatures agree."""
    own, found = frame.colour, camera_colour(tags, _RGB, notes)
    illuminants = found.illuminants
    if tags.text(Tag.ProfileCalibrationSignature) == own.calibration_signature:
        calibrations = [one.camera_calibration for one in own.illuminants] + [None] * 3
        illuminants = tuple(
            replace(one, camera_calibration=calibration)
            for one, calibration in zip(illuminants, calibrations, strict=False)
        )
    return replace(own, illuminants=illuminants)


def _same_camera(one: str, other: str) -> bool:
    """Whether two names, with or without the maker's, are of one camera."""
    one, other = one.casefold(), other.casefold()
    return one in other or other in one
