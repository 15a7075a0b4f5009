"""Adobe's DNG SDK, through dngpy, takes every valid file, reads the pixels that were stored, and is right about it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tirage.conformance.developers import Command
from tirage.conformance.dng_file import JPEG_XL, LOSSY_JPEG
from tirage.conformance.items import all_items
from tirage.conformance.run import run

dngpy = pytest.importorskip("dngpy")

#: What the SDK's renderer leaves to its host: turning, the user's crop; TrimBounds without a crop of its own; and what
#: it takes otherwise than the specification: BayerPhase.
NOT_RENDERED = {
    *(f"orientation-{number}" for number in range(2, 9)),
    *("orientation-6-crop", "default-user-crop", "default-user-crop-of-crop", "trim-bounds-3"),
    *("fix-bad-pixels-constant", "fix-bad-pixels-constant-grbg", "fix-bad-pixels-list"),
    *("fix-bad-pixels-list-active-area", "fix-bad-pixels-rectangles"),
}

READ = """
import json, os, sys
import dngpy, numpy
os.dup2(1, 2)  # the SDK's remarks belong to the file before
for path in sys.argv[2:]:
    print("\\nfile", path, flush=True)
    try:
        pixels = dngpy.Dng(path).raw_pixels.squeeze()
        numpy.save(sys.argv[1] + "/" + os.path.basename(path) + ".npy", pixels)
    except RuntimeError as error:
        print("refused", error, flush=True)
"""


@pytest.fixture(scope="module")
def read(conformance_set: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[str]]]:
    """The folder of pixels that dngpy read, and what the SDK said of each file."""
    folder = tmp_path_factory.mktemp("pixels")
    entries = json.loads((conformance_set / "manifest.json").read_text())["items"]
    files = [entry["file"] for entry in entries if entry["valid"]]
    files += sorted({entry["twin"] for entry in entries if "twin" in entry})
    done = subprocess.run(
        [sys.executable, "-c", READ, str(folder), *files], cwd=conformance_set, capture_output=True, text=True
    )
    assert done.returncode == 0
    said: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        if line.startswith("file "):
            said[line[5:]] = []
        elif said and line.strip():
            said[list(said)[-1]].append(line)
    assert list(said) == files
    return folder, said


def test_it_takes_every_valid_file(read: tuple[Path, dict[str, list[str]]]) -> None:
    wrong = {
        file: [line for line in lines if "*** Error" in line or line.startswith("refused")]
        for file, lines in read[1].items()
    }
    assert {file: lines for file, lines in wrong.items() if lines} == {}


@pytest.mark.parametrize("item", [item for item in all_items() if item.is_valid], ids=lambda item: item.name)
def test_it_reads_what_was_stored(read: tuple[Path, dict[str, list[str]]], item) -> None:
    assert item.dng is not None
    pixels = np.load(read[0] / f"{item.name}.dng.npy").astype(np.float64)
    stored = item.dng.pixels.astype(np.float64)
    if item.dng.compression == LOSSY_JPEG or (item.dng.compression == JPEG_XL and item.dng.quality < 100):
        assert np.abs(pixels - stored).mean() < 0.01 * stored.max()
    elif item.dng.bits == 24:
        assert pixels == pytest.approx(stored, rel=2.0**-16)
    else:
        assert (pixels == stored).all()


@pytest.fixture(scope="module")
def adobe(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The SDK as a developer."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    library = Path(dngpy.__file__).parent.parent / "lib" / "libdng.so.1"
    if compiler is None or not library.exists():
        pytest.skip("no C++ compiler, or dngpy without the SDK's library")
    program = tmp_path_factory.mktemp("adobe") / "adobe_sdk"
    source = Path(__file__).with_name("adobe_sdk.cpp")
    build = [compiler, "-O1", str(source), "-o", str(program), str(library), f"-Wl,-rpath,{library.parent}"]
    subprocess.run(build, check=True, capture_output=True)
    return Command("adobe", f"{program} {{input}} {{output}}")


def test_it_is_right_about_every_valid_item(adobe: Command, tmp_path: Path) -> None:
    items = [item for item in all_items() if item.is_valid and item.name not in NOT_RENDERED]
    wrong = {result.item: result.reason for result in run(tmp_path, [adobe], items) if not result.right}
    assert wrong == {}
