"""Which file becomes which picture: inputs, formats, names, and the refusals that need no pixels."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..photo.errors import FileError, TirageError, UsageError

#: File names under which cameras write RAW; what a directory given as input is searched for.
RAW_SUFFIXES = frozenset(
    ".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .fff .gpr .iiq .kdc .mef .mos .mrw .nef .nrw .orf .pef .raf .raw .rw2 .rwl"
    " .sr2 .srf .srw .x3f".split()
)

#: Names of `writing.formats.FORMATS`, here because that module takes NumPy along (a test compares the two).
FORMATS = ("jpeg", "png", "png16", "tiff16")


@dataclass(frozen=True)
class Task:
    """One RAW file and the picture it becomes; `problem` says why it can't, when that is known before it is read.

    The frames of a `burst` become one picture: that of `targets` which goes with the frame that is its reference.
    """

    source: Path
    target: Path
    problem: TirageError | None = None
    burst: tuple[Path, ...] = ()
    targets: tuple[Path, ...] = ()


#: Which of the input files become one picture.
Gathered = Callable[[list[Path]], list[tuple[Path, ...]]]


def each_alone(sources: list[Path]) -> list[tuple[Path, ...]]:
    """Every file by itself."""
    return [(source,) for source in sources]


def plan(
    inputs: Iterable[Path],
    output: str | None,
    format: str | None,
    *,
    overwrite: bool,
    gathered: Gathered = each_alone,
) -> tuple[str, list[Task]]:
    """The format, and a task per picture. Raises UsageError when the request makes no sense as a whole.

    `output` is a file, or a directory (one that exists, or a name that ends in "/"), or None: beside each input.
    """
    from ..writing import formats

    sources = distinct_files(inputs)
    bursts = gathered(sources)
    if output is None or is_directory(output):
        format = format or "jpeg"
        targets = _names(sources, None if output is None else Path(output), formats.FORMATS[format].suffixes[0])
    else:
        if len(bursts) > 1:
            raise UsageError(
                f"{len(sources)} files can't become the one picture {output!r}; write {output + '/'!r} for a directory "
                f"of pictures, or --merge to make one of a burst"
            )
        format = formats.choose(output, format).name
        targets = [Path(output)] * len(sources)
    originals = {_identity(source) for source in sources} - {None}
    target_of = dict(zip(sources, targets, strict=True))
    return format, [_task(burst, target_of, originals, overwrite) for burst in bursts]


def _task(burst: tuple[Path, ...], target_of: dict[Path, Path], originals: Collection[object], overwrite: bool) -> Task:
    source, targets = burst[0], tuple(target_of[source] for source in burst)
    if len(burst) == 1:
        return Task(source, targets[0], _problem(source, targets[0], originals, overwrite))
    # Which frame gives its name shows when they are merged; a target that exists is looked for then.
    is_known = len(set(targets)) == 1
    problems = (_problem(one, target_of[one], originals, overwrite or not is_known) for one in burst)
    return Task(source, targets[0], next((one for one in problems if one), None), burst, targets)


def distinct_files(inputs: Iterable[Path]) -> list[Path]:
    """The files in `inputs`, each once; a directory stands for the RAW files directly in it."""
    return list(_distinct(_expanded(inputs)))


def _expanded(inputs: Iterable[Path]) -> Iterator[Path]:
    """The files in `inputs`; a directory stands for the RAW files directly in it, by name, or itself if none."""
    for path in inputs:
        if not path.is_dir():
            yield path
            continue
        children = path.iterdir() if os.access(path, os.R_OK) else ()
        yield from sorted(child for child in children if child.suffix.lower() in RAW_SUFFIXES and child.is_file()) or [
            path
        ]


def _distinct(sources: Iterable[Path]) -> Iterator[Path]:
    """`sources` without files that were named twice."""
    seen: set[object] = set()
    for source in sources:
        key = _identity(source) or source
        if key not in seen:
            seen.add(key)
            yield source


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells the file from others whatever it is called; None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def is_directory(output: str) -> bool:
    """Whether `output` asks for a directory: it is one, or ends in "/"."""
    return output.endswith(("/", os.sep)) or Path(output).is_dir()


def _names(sources: list[Path], folder: Path | None, suffix: str) -> list[Path]:
    """A target for each source: its stem, and where an earlier one has taken that, its old suffix or a number too."""
    taken: set[str] = set()
    targets = []
    for source in sources:
        home = source.parent if folder is None else folder
        for stem in _stems(source):
            target = home / (stem + suffix)
            # Compared without case, since many file systems hold a.jpg and A.JPG to be one file.
            key = os.path.abspath(target).casefold()
            if key not in taken:
                break
        taken.add(key)
        targets.append(target)
    return targets


def _stems(source: Path) -> Iterator[str]:
    """a, a-cr2, a-2, a-3, ... for a.cr2."""
    yield source.stem
    if source.suffix[1:]:
        yield f"{source.stem}-{source.suffix[1:].lower()}"
    number = 2
    while True:
        yield f"{source.stem}-{number}"
        number += 1


def _problem(source: Path, target: Path, originals: Collection[object], overwrite: bool) -> TirageError | None:
    """Why `source` can't become `target`, as far as can be told now."""
    if source.is_dir():
        return FileError(
            f"the directory '{source}' holds no RAW files that can be read (.dng, .cr2, .nef and the like)"
        )
    identity = _identity(target)
    if identity in originals:
        return UsageError(
            f"'{target}' is itself an input, and tirage never writes over those; choose another name with -o"
        )
    if target.is_dir():
        return FileError(f"'{target}' is a directory; choose another name with -o")
    if identity is not None and not overwrite:
        return FileError(f"'{target}' exists; give --overwrite to replace it")
    return None


def prepare_folder(folder: Path, *, make: bool) -> None:
    """Check that pictures can be written in `folder`; `make` creates it where it is missing. Raises FileError."""
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"can't make the directory '{folder}': {error.strerror}") from None
    if not folder.is_dir():
        raise FileError(f"there is no directory '{folder}' to write in; make it first")
    if not os.access(folder, os.W_OK):
        raise FileError(f"may not write in the directory '{folder}'; choose another with -o")
