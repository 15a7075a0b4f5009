"""Whole files or none: write under a temporary name in the target's folder, then rename."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..photo.errors import FileError

_REASONS = {
    errno.ENOENT: "its folder does not exist; make it first",
    errno.ENOTDIR: "its folder is not a folder",
    errno.EACCES: "permission denied; choose a folder you may write to",
    errno.EPERM: "permission denied; choose a folder you may write to",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.ENOSPC: "no space left on the disk; free some or choose another folder",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another folder",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


@contextlib.contextmanager
def replacing(path: Path | str, *, overwrite: bool = True) -> Iterator[BinaryIO]:
    """A file to write; it becomes `path` when the block ends well, and vanishes when it does not.

    Readers see the old file, or none, or the whole new one. Permissions follow the umask. A symbolic link is followed.
    With `overwrite` False an existing `path` is never touched, even when it appears while the block runs.
    Raises FileError when the file can't be written, in one sentence.
    """
    target = Path(os.path.realpath(path))
    if os.path.isdir(target):
        raise FileError(f"{path} is a folder; name a file in it")
    if os.path.exists(target) and not os.path.isfile(target):
        raise FileError(f"{path} is a device, not a file; choose another name")
    if os.path.exists(target) and not overwrite:
        raise _exists(path)
    temporary = target.with_name(f".tirage-{os.getpid()}-{os.urandom(6).hex()}.tmp")
    try:
        with open(temporary, "xb") as file:
            yield file
        _publish(temporary, target, overwrite)
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        raise FileError(f"{path} can't be written: {reason}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _publish(temporary: Path, target: Path, overwrite: bool) -> None:
    """Give the finished file its name."""
    if overwrite:
        os.replace(temporary, target)
        return
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # FAT and some network disks have no hard links: claim the name first, then take it
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        try:
            os.replace(temporary, target)
        except BaseException:
            target.unlink()
            raise


def _exists(path: Path | str) -> FileError:
    return FileError(f"{path} exists already; choose another name or ask to overwrite it")
