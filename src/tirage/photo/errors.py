"""What can go wrong, said in one clear sentence.

Every error a user can cause is one of these. The command line prints `str(error)` and exits with
`exit_code`; it never shows a traceback for them.
"""

from __future__ import annotations


class TirageError(Exception):
    """Base of every error that tirage raises on purpose. The message says what is wrong and what to do."""

    exit_code = 1


class UsageError(TirageError, ValueError):
    """The request itself is wrong: an unknown look, a value out of range, two inputs for one output."""

    exit_code = 2


class FileError(TirageError):
    """A file can't be read or written: missing, damaged, of another kind, no space left."""


class UnsupportedFileError(FileError):
    """The file is healthy but holds something that tirage does not develop."""


class KernelError(TirageError):
    """A kernel refused its arguments or failed; carries the kernel's own message."""


def nearest(word: str, known: list[str]) -> str:
    """ "; did you mean 'lively'?" for the closest known word, or "" when none is close."""
    import difflib

    matches = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {matches[0]!r}?" if matches else ""
