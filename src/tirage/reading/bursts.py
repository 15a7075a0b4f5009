"""Which files of a folder are frames of one burst: by their ImageSequenceInfo, else by time and exposure.

Only tags are read. A burst is what one camera took in quick succession with one lens setting: each shutter opens within
half a second of the one before closing (a second, where the files count in seconds). ImageSequenceInfo (DNG 1.7.1,
chapter 4) goes before that: its frames belong together whenever they were taken, unless they show different things.
What tirage merged of a burst is none of its frames.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..photo.errors import FileError
from ..photo.frame import Capture
from . import content, dng
from .merge_history import merge_history
from .metadata import capture, metadata
from .tags import Tag
from .tiff import Directory, directories

#: From one shutter's closing to the next one's opening, at most, where times are finer than seconds and where not.
_PAUSE_S, _COARSE_PAUSE_S = 0.5, 1.0
#: Exposures of a bracket differ by this at most from one frame to the next.
_MOST_STOPS = 6.5
#: Words in a SequenceType whose frames do not show the same.
_NOT_ONE_PICTURE = ("focus", "panorama", "lapse")


@dataclass(frozen=True)
class ImageSequence:
    """ImageSequenceInfo: the sequence's name, what kind it is, and which of its images this one is."""

    identity: str
    kind: str
    index: int
    count: int

    @property
    def is_one_picture(self) -> bool:
        """Whether its images can be merged into one."""
        return not any(word in self.kind.casefold() for word in _NOT_ONE_PICTURE)


@dataclass(frozen=True)
class Shot:
    """What a file says that tells a burst: `size` is (width, height) as stored."""

    path: Path
    capture: Capture = field(default_factory=Capture)
    size: tuple[int, int] = (0, 0)
    sequence: ImageSequence | None = None
    is_merge: bool = False  #: tirage made it of several frames


def look_at(path: Path) -> Shot:
    """The shot in a RAW file; with nothing known where it can't be read, which reading it will say better."""
    try:
        data = content.mapped(path)
        content.refuse_other_kinds(data)
        if dng.is_dng(data):
            found = directories(data)
            main, image = found[0], dng.raw_image(found)
            size = image.integer(Tag.ImageWidth, 0), image.integer(Tag.ImageLength, 0)
            return Shot(path, capture(main, metadata(main)), size, _sequence(main), bool(merge_history(main)))
        from . import libraw

        return Shot(path, *libraw.shot_and_size(data, path))
    except FileError:
        return Shot(path)


def grouped(shots: Iterable[Shot]) -> list[tuple[Shot, ...]]:
    """The bursts among `shots` and, as tuples of one, the rest; ordered by their first file."""
    shots = list(shots)
    place = {id(shot): number for number, shot in enumerate(shots)}
    sequences: dict[object, list[Shot]] = {}
    rest = []
    for shot in shots:
        if shot.is_merge:
            sequences[id(shot)] = [shot]
        elif shot.sequence is not None:
            one = shot.sequence
            key = (one.identity, one.kind, _camera(shot)) if one.is_one_picture else id(shot)
            sequences.setdefault(key, []).append(shot)
        else:
            rest.append(shot)
    bursts = [sorted(found, key=_index) for found in sequences.values()]
    for shot in sorted(rest, key=lambda shot: (_camera(shot), _seconds(shot) or 0.0)):
        if bursts and _follows(bursts[-1][-1], shot):
            bursts[-1].append(shot)
        else:
            bursts.append([shot])
    return [tuple(burst) for burst in sorted(bursts, key=lambda burst: min(place[id(shot)] for shot in burst))]


def _index(shot: Shot) -> int:
    return 0 if shot.sequence is None else shot.sequence.index


def not_merged(shots: Sequence[Shot]) -> dict[str, int]:
    """The kinds of sequences among `shots` whose frames show different things, and how many frames they have."""
    kinds: dict[str, int] = {}
    for shot in shots:
        if shot.sequence is not None and not shot.sequence.is_one_picture:
            kinds[shot.sequence.kind] = kinds.get(shot.sequence.kind, 0) + 1
    return kinds


def _follows(before: Shot, after: Shot) -> bool:
    """Whether `after` was taken with `before`, the one that its camera took before it."""
    start, end = _seconds(before), _seconds(after)
    if start is None or end is None or before.sequence is not None or before.is_merge:
        return False
    if _camera(before) != _camera(after) or before.size != after.size:
        return False
    one, other = before.capture, after.capture
    if not (_alike(one.focal_length_mm, other.focal_length_mm) and _alike(one.f_number, other.f_number)):
        return False
    if abs(_stops(one) - _stops(other)) > _MOST_STOPS:
        return False
    is_fine = any(time is not None and time.microsecond for time in (one.time, other.time))
    return end - start <= (_known(one.exposure_s) or 0.0) + (_PAUSE_S if is_fine else _COARSE_PAUSE_S)


def _camera(shot: Shot) -> tuple[str, str, str]:
    return shot.capture.make, shot.capture.model, shot.capture.lens


def _seconds(shot: Shot) -> float | None:
    """When the shutter opened, in seconds of a clock of the file's own."""
    time = shot.capture.time
    if time is None:
        return None
    return (time.replace(tzinfo=None) - time.min).total_seconds()


def _stops(shot: Capture) -> float:
    """The exposure that time and ISO make, in stops."""
    return math.log2(_known(shot.exposure_s) or 1.0) + math.log2(_known(shot.iso) or 100.0)


def _known(value: float | None) -> float | None:
    """`value`, or None where no exposure time or ISO is like that."""
    return value if value is not None and 0 < value < math.inf else None


def _alike(one: float | None, other: float | None) -> bool:
    return one is None or other is None or abs(one - other) <= 0.02 * one


def _sequence(main: Directory) -> ImageSequence | None:
    """ImageSequenceInfo: three texts, each ended by a NUL, then index and count, big-endian; None where it is none."""
    parts = main.bytes(Tag.ImageSequenceInfo).split(b"\0", 3)
    if len(parts) < 4 or len(parts[3]) < 8 or not parts[0]:
        return None
    index, count = struct.unpack_from(">2I", parts[3])
    return ImageSequence(parts[0].decode(errors="replace"), parts[1].decode(errors="replace"), index, count)
