"""Developers to be judged: commands, and Python packages that run in a process of their own.

Each renders as it does by default, with the camera's white balance; where brightening to the histogram can be turned
off it is, since it would hide what BaselineExposure says.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..photo.errors import UsageError, nearest

PICTURES = (".tif", ".tiff", ".ppm", ".pgm", ".png", ".jpg", ".jpeg")
#: Presets that are commands.
COMMANDS = {
    "dcraw": "dcraw -w -W -T {input}",
    "rawtherapee": "rawtherapee-cli -q -Y -d -t -b8 -o {output}.tif -c {input}",
    "darktable": "darktable-cli {input} {output}.tif --core --library :memory: --configdir {home}/config",
}
#: Presets that are Python packages -> the module that must be there.
PACKAGES = {"tirage": "tirage", "rawpy": "rawpy", "flashraw": "flashraw"}
PRESETS = ("tirage", "rawpy", "flashraw", "dcraw", "rawtherapee", "darktable")


@dataclass(frozen=True)
class Rendering:
    """What a developer made of a file: `pixels` (H, W, 3) float32 display values 0..1, or why there are none.

    `refused` says that it ended in good order, with an error and without a picture.
    """

    pixels: np.ndarray | None = None
    refused: bool = False
    problem: str = ""
    seconds: float = 0.0


class Developer(Protocol):
    """Something that renders files."""

    name: str

    def render(self, path: Path, limit_s: float) -> Rendering:
        """The rendering of the file at `path`, given up after `limit_s` seconds."""
        ...

    def close(self) -> None:
        """End the processes it has."""
        ...


def preset(name: str) -> Developer:
    """The developer of a preset's name. Raises UsageError for a name that is none."""
    if name in COMMANDS:
        return Command(name, COMMANDS[name])
    if name in PACKAGES:
        return Package(name)
    raise UsageError(f"unknown developer {name!r}{nearest(name, list(PRESETS))}; it may be {', '.join(PRESETS)}")


def found() -> list[str]:
    """The presets whose program or package is on this machine."""
    import importlib.util

    names = [name for name, module in PACKAGES.items() if importlib.util.find_spec(module)]
    names += [name for name, command in COMMANDS.items() if shutil.which(command.split()[0])]
    return [name for name in PRESETS if name in names]


def version(name: str) -> str:
    """The version of a preset's program; "" where it does not say."""
    if name in PACKAGES:
        import importlib.metadata

        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(PACKAGES[name])
        from .. import __version__

        return __version__
    import re

    program, option = {"dcraw": ("dcraw", ""), "rawtherapee": ("rawtherapee-cli", "-v")}.get(
        name, ("darktable-cli", "--version")
    )
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run([program, *option.split()], capture_output=True, text=True, timeout=20)
        match = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
        return match.group() if match else ""
    return ""


class Command:
    """A developer that is a command with {input}, and {output} unless it names its picture itself.

    It works on a copy of the file in a folder of its own, with a home of its own, which {home} names and which stays
    until `close`. {output} has no suffix when one follows in the command, and is a .tif otherwise. Files that the
    command names are found from where tirage was called.
    """

    def __init__(self, name: str, command: str) -> None:
        if "{input}" not in command:
            raise UsageError(f"the command {command!r} has no {{input}}, the place of the file to develop")
        try:
            program, *words = shlex.split(command)
        except ValueError as error:
            raise UsageError(f"the command {command!r} can't be read: {str(error).lower()}") from None
        self.name, self.command = name, command
        self._words = [_absolute(program) if os.sep in program else program, *map(_absolute, words)]
        self._home: tempfile.TemporaryDirectory[str] | None = None

    def render(self, path: Path, limit_s: float) -> Rendering:
        """Run the command and read the picture that it leaves."""
        if self._home is None:
            self._home = tempfile.TemporaryDirectory(prefix="tirage-conformance-home-")
        home = self._home.name
        with tempfile.TemporaryDirectory(prefix="tirage-conformance-") as folder:
            source = Path(folder) / f"item{path.suffix}"
            shutil.copyfile(path, source)
            output = Path(folder) / "picture"
            suffix = "" if "{output}." in self.command else ".tif"
            places = {"{input}": str(source), "{output}": f"{output}{suffix}", "{home}": home}
            arguments = [_filled(part, places) for part in self._words]
            homes = {"HOME": home, "XDG_CONFIG_HOME": f"{home}/c", "XDG_CACHE_HOME": f"{home}/h"}
            environment = {**os.environ, **homes}
            try:
                code, said = _run(arguments, folder, environment, limit_s)
            except OSError as error:
                raise UsageError(f"{arguments[0]} can't be run: {error.strerror or error}") from None
            made = [file for file in Path(folder).iterdir() if file.suffix.lower() in PICTURES]
            if code is None:
                return Rendering(problem=f"no end after {limit_s:g} s")
            if code < 0:
                return Rendering(problem=f"killed by signal {-code}")
            if not made:
                return Rendering(refused=code > 0, problem=said or f"no picture, exit code {code}")
            if code > 0:
                return Rendering(problem=f"a picture, and exit code {code}")
            try:
                return Rendering(pixels=picture(max(made, key=lambda file: file.stat().st_size)))
            except (OSError, ValueError) as error:
                return Rendering(problem=f"its picture can't be read: {error}")

    def close(self) -> None:
        """Remove its home."""
        if self._home is not None:
            self._home.cleanup()
            self._home = None


def _absolute(word: str) -> str:
    """`word` as an absolute path where it is a file."""
    return os.path.abspath(word) if os.path.isfile(word) else word


def _filled(part: str, places: dict[str, str]) -> str:
    for place, value in places.items():
        part = part.replace(place, value)
    return part


def _run(arguments: list[str], folder: str, environment: dict[str, str], limit_s: float) -> tuple[int | None, str]:
    """Exit code (None when it had to be stopped) and the last line of what it said; its children end with it."""
    process = subprocess.Popen(
        arguments,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, ""
    lines = said.decode(errors="replace").strip().splitlines()
    return process.returncode, lines[-1][:200] if lines else ""


def picture(path: Path) -> np.ndarray:
    """A picture file as (H, W, 3) float32, 0..1. Raises OSError or ValueError where it can't be read."""
    if path.suffix.lower() in (".tif", ".tiff"):
        import tifffile

        pixels = tifffile.imread(path)
    else:
        from PIL import Image

        with Image.open(path) as image:
            pixels = np.asarray(image if image.mode in ("RGB", "L", "I;16") else image.convert("RGB"))
    return display_values(pixels)


def display_values(pixels: np.ndarray) -> np.ndarray:
    """Codes of 8 or 16 bits, or floats, grey or colour, as (H, W, 3) float32 of 0..1."""
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    if pixels.ndim != 3 or pixels.shape[2] < 3:
        raise ValueError(f"a picture of shape {pixels.shape}")
    scale = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1
    return np.nan_to_num(pixels[..., :3].astype(np.float32) / np.float32(scale))


class Package:
    """A developer that is a Python package, in a process that is started again after a crash or a time-out."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process: Any = None
        self._pipe: Connection | None = None

    def render(self, path: Path, limit_s: float) -> Rendering:
        """Ask the process."""
        limit_s += 0 if self._process else 20  # the first answer includes loading the package
        pipe = self._started()
        try:
            pipe.send(str(path))
            if not pipe.poll(limit_s):
                self.close()
                return Rendering(problem=f"no end after {limit_s:g} s")
            return pipe.recv()
        except (EOFError, OSError):
            code = self._process.exitcode if self._process else None
            self.close()
            return Rendering(problem=f"its process died{'' if code is None else f', exit code {code}'}")

    def _started(self) -> Connection:
        if self._pipe is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, far = context.Pipe()
            self._process = context.Process(target=_serve, args=(self.name, far), daemon=True)
            self._process.start()
            far.close()
        return self._pipe

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def _serve(name: str, pipe: Connection) -> None:
    """Render what comes through the pipe until it closes."""
    render = {"tirage": _tirage, "rawpy": _rawpy, "flashraw": _flashraw}[name]
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            path = pipe.recv()
            try:
                pipe.send(Rendering(pixels=display_values(render(path))))
            except Exception as error:
                pipe.send(Rendering(refused=_in_good_order(error), problem=f"{type(error).__name__}: {error}"[:300]))


def _in_good_order(error: Exception) -> bool:
    """Whether an exception is the package's own word for a file it can't develop."""
    ours = type(error).__module__.split(".")[0] not in ("builtins", "numpy")
    return ours or isinstance(error, OSError)


def _tirage(path: str) -> np.ndarray:
    from ..pipeline import photograph

    return photograph(path).pixels


def _rawpy(path: str) -> np.ndarray:
    import rawpy

    with rawpy.imread(path) as raw:
        return raw.postprocess(use_camera_wb=True, no_auto_bright=True)


def _flashraw(path: str) -> np.ndarray:
    import flashraw  # type: ignore[import-not-found]

    with flashraw.open(path) as raw:
        return np.array(raw.decode(output="rgba8").array)
