"""What the command line says: one sentence per failure, a line per picture, a bar on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from ..photo.errors import TirageError

#: Exit code of a command that Ctrl-C stopped, as shells have it: 128 + SIGINT.
INTERRUPTED = 130


def debugging() -> bool:
    """Whether the user asked for tracebacks with TIRAGE_DEBUG=1."""
    return os.environ.get("TIRAGE_DEBUG", "") not in ("", "0")


def sentence(error: BaseException) -> str:
    """`error` as one sentence for the user: what is wrong and what to do."""
    if isinstance(error, TirageError):
        return str(error)
    if isinstance(error, click.UsageError):
        place = f" ('{error.ctx.command_path} --help' lists what it takes)" if error.ctx else ""
        message = error.format_message().rstrip(".")
        return message[:1].lower() + message[1:] + place
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, MemoryError):
        return "there is not enough memory; close other programs or lower --jobs"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"this is a bug in tirage ({what}); please run it again with TIRAGE_DEBUG=1 and report the traceback"


def about(path: Path | str, message: str) -> str:
    """`message`, opened by the name of the file it is about unless it names it already."""
    return message if Path(path).name in message else f"{shown(path)}: {message}"


def shown(path: Path | str) -> str:
    """`path` fit for a terminal: a strange file name can neither control it nor break the encoding."""
    return "".join(character if character.isprintable() else "\ufffd" for character in str(path))


def became(source: Path, target: Path) -> str:
    """The line that says which file a file has become."""
    return f"{shown(source)} -> {shown(target)}"


def became_of_burst(frames: Sequence[Path], target: Path) -> str:
    """The line that says which file the frames of a burst have become."""
    more = f" and {len(frames) - 1} more" if len(frames) > 1 else ""
    return f"{shown(frames[0])}{more} -> {shown(target)}"


def exit_code(error: BaseException) -> int:
    """The exit code that goes with `error`: 2 for a wrong request, 1 for a file or a bug."""
    return int(getattr(error, "exit_code", 1))


def complain(message: str) -> None:
    """Say `message` on stderr."""
    click.echo(f"tirage: {shown(message)}", err=True)


def remark(source: Path, notes: list[str]) -> None:
    """Say on stderr what the user should know of `source`, though it became a picture."""
    for note in notes:
        complain(f"note: {shown(source)}: {note}")


def guarded(command: Callable[[], Any]) -> int:
    """Run `command`; whatever it raises becomes one sentence on stderr and an exit code."""
    try:
        result = command()
        if sys.stdout is not None:  # closed by whoever started us
            sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except (click.Abort, KeyboardInterrupt):
        complain("stopped")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has left; point stdout elsewhere so that the interpreter's last flush stays silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except Exception as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # while a class was being made
            complain("stopped")
            return INTERRUPTED
        if debugging():
            raise
        complain(sentence(error))
        return exit_code(error)


class Report:
    """Follows a batch of `total` files: a bar on a terminal, plain lines elsewhere, failures listed at the end."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.failed: list[str] = []
        self._bar: Any = None

    def __enter__(self) -> Report:
        if self.total > 1 and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("developing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            console = Console(stderr=True)
            self._bar = Progress(*columns, console=console, transient=True, redirect_stdout=False)
            self._bar.add_task("", total=self.total)
            self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def written(self, source: Path, target: Path, frames: int = 1) -> None:
        """`source`, or the burst of so many `frames` that begins with it, has become `target`."""
        self._say(became_of_burst([source] * max(frames, 1), target), err=False)

    def failure(self, source: Path, message: str) -> None:
        """`source` could not be made into a picture, for the reason in `message`."""
        self.failed.append(shown(source))
        self._say(f"tirage: {shown(about(source, message))}", err=True)

    def _say(self, text: str, *, err: bool) -> None:
        """A line on stderr or stdout, over the bar where both share a terminal; the bar moves on by one file."""
        if self._bar is not None and (err or sys.stdout.isatty()):
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(text, err=err)
        if self._bar is not None:
            self._bar.advance(0)

    def summary(self) -> None:
        """List what failed, when several files were asked for."""
        if self.failed and self.total > 1:
            complain(f"{len(self.failed)} of {self.total} files failed: {', '.join(self.failed)}")
