"""Reading: files become RawFrames.

A file is what its content says, whatever its name. DNG (Adobe DNG 1.7.1) is read here; every other RAW format by
LibRaw. Tags and sizes are checked before they are believed, and before memory is asked for.

Domain: a RAW file. Range: `photo.frame.RawFrame`, in stored units. An uncompressed 16-bit mosaic is a view of the
mapped file and costs neither time nor memory until it is used.

Limits: see `reading.dng` for what is carried without being applied, `reading.libraw` for the other formats.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..photo.cfa import CFA_CHOICES
from ..photo.errors import UsageError, nearest
from ..photo.frame import RawFrame


def read(path: str | os.PathLike[str], *, cfa: str = "tag") -> RawFrame:
    """The RAW image in the file at `path`, with everything needed to interpret it.

    `cfa` "tag" believes the file's colour filters and black level, but notes where its pixels contradict them; "auto"
    corrects them; a pattern such as "RGGB" is taken for the filters of the active area. Raises UsageError for another
    choice, FileError, naming the file, when it can't be opened, is damaged or truncated, or is no RAW file, and
    UnsupportedFileError when it is a RAW file of a kind that tirage does not develop.
    """
    from . import content, dng
    from .plausibility import judged

    if cfa not in CFA_CHOICES:
        raise UsageError(
            f"cfa must be one of {', '.join(CFA_CHOICES)}, not {cfa!r}{nearest(str(cfa), list(CFA_CHOICES))}"
        )
    path = Path(path)
    with content.named(path):
        data = content.mapped(path)
        content.refuse_other_kinds(data)
        if dng.is_dng(data):
            return dng.read(data, path, cfa)
        from . import libraw

        return judged(libraw.read(data, path), cfa)
