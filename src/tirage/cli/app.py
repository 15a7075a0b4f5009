"""The `tirage` command and its subcommands."""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any

import click

from .. import __version__
from .report import guarded

#: The commands, each in the module of its name, in the order in which a newcomer meets them.
COMMANDS = ("demo", "develop", "merge", "info", "look", "simulate", "defects", "conformance", "completion")


class Program(click.Group):
    """A command group that imports a command when it is asked for.

    Every way to fail ends as one sentence on stderr and an exit code.
    """

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run on `args` (default: this process's) and exit; without arguments show the help."""
        if not (sys.argv[1:] if args is None else args):
            args = ["--help"]
        arguments = (args, prog_name, complete_var, False)
        if not standalone_mode:
            return super().main(*arguments, **extra)
        _stop_cleanly_on_sigterm()
        sys.exit(guarded(lambda: super(Program, self).main(*arguments, **extra)))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, as declared."""
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None where there is none."""
        if cmd_name not in self.commands:
            return None
        return getattr(importlib.import_module(f".{cmd_name}", __package__), cmd_name)


def _stop_cleanly_on_sigterm() -> None:
    """Unwind on SIGTERM as on Ctrl-C, so that temporary files are removed; 143 is 128 + SIGTERM."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)


@click.group(
    cls=Program,
    commands={name: click.Command(name) for name in COMMANDS},  # stand for those that `get_command` imports
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="""\b
Examples:
  tirage demo
  tirage develop IMG_0001.dng -o IMG_0001.jpg --look documentary
  tirage develop shoot/*.dng -o out/ --look lively --format tiff16
  tirage merge burst/*.dng -o merged.dng
  tirage info IMG_0001.dng
  tirage develop --help
""",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def tirage() -> None:
    """One RAW file or a burst in, a finished photograph out."""
