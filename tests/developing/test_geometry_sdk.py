"""The warp against Adobe's DNG SDK: LinearRaw files whose OpcodeList3 moves dots of light."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from developing.test_geometry import NONE, WARPS, draw, plan_of
from dng_maker import BYTE, LONG, RATIONAL, SHORT, SRATIONAL, UNDEFINED, make_dng
from oracles import SDK_WARP_CODES
from tirage.developing.geometry import GeometryPlan, mapping
from tirage.developing.geometry.plan import meshed
from tirage.photo.operations import Operation, Rectangle, WarpFisheye, WarpRectilinear

dngpy = pytest.importorskip("dngpy")
tifffile = pytest.importorskip("tifffile")
HEIGHT, WIDTH = 237, 331


def packed(warp: Operation) -> bytes:
    """The opcode list, big-endian, as chapter 7 lays it out."""
    assert isinstance(warp, (WarpRectilinear, WarpFisheye))
    numbers: list[float] = []
    code = 2
    for plane in range(len(warp.radial)):
        numbers += list(warp.radial[plane])
        if isinstance(warp, WarpRectilinear):
            numbers += list(warp.tangential[plane])
            code = 1 if warp.radius is None else 14
            numbers += [] if warp.radius is None else list(warp.radius[plane])
    numbers += list(warp.centre)
    body = struct.pack(f">I{len(numbers)}d", len(warp.radial), *numbers)
    if isinstance(warp, WarpRectilinear) and warp.radius is not None:
        body += struct.pack(">I", warp.reciprocal)
    version = 0x01060000 if code == 14 else 0x01030000
    return struct.pack(">IIIII", 1, code, version, 0, len(body)) + body


def dots() -> np.ndarray:
    """Soft dots on grey, (H, W, 3) uint16, each plane's in other places."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    planes = []
    for plane in range(3):
        light = np.zeros((HEIGHT, WIDTH))
        for y in range(20 + 3 * plane, HEIGHT - 12, 32):
            for x in range(20 + 5 * plane, WIDTH - 12, 32):
                light += np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * 2.5**2))
        planes.append(light)
    return np.rint(20000 + np.stack(planes, -1) * 16000).astype(np.uint16)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SDK as a command."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    library = Path(dngpy.__file__).parent.parent / "lib" / "libdng.so.1"
    if compiler is None or not library.exists():
        pytest.skip("no C++ compiler, or dngpy without the SDK's library")
    built = tmp_path_factory.mktemp("adobe") / "adobe_sdk"
    source = Path(__file__).parents[1] / "conformance" / "adobe_sdk.cpp"
    build = [compiler, "-O1", str(source), "-o", str(built), str(library), f"-Wl,-rpath,{library.parent}"]
    subprocess.run(build, check=True, capture_output=True)
    return built


def rendered(program: Path, path: Path, pixels: np.ndarray, tags: dict) -> np.ndarray:
    """The SDK's picture of `pixels` (H, W, 3), 8-bit sRGB as int."""
    black_render = {51110: (LONG, 1), 50730: (SRATIONAL, (0.0,))}
    more = {50706: (BYTE, b"\1\6\0\0"), 50707: (BYTE, b"\1\3\0\0"), 50717: (SHORT, (65535,) * 3)}
    make_dng(path, pixels, tags=more | black_render | tags)
    subprocess.run([str(program), str(path), str(path.with_suffix(".tif"))], check=True, capture_output=True)
    return tifffile.imread(path.with_suffix(".tif")).astype(int)


def compare(program: Path, folder: Path, warp: Operation, plan: GeometryPlan, tags: dict | None = None) -> None:
    """The SDK's own warp, and the SDK's picture of pixels that are warped already, are the same picture."""
    pixels, tags = dots(), tags or {}
    ours = np.clip(np.moveaxis(draw(plan, np.moveaxis(pixels, -1, 0).astype(np.float32)), 0, -1), 0, 65535)
    theirs = rendered(program, folder / "theirs.dng", pixels, tags | {51022: (UNDEFINED, packed(warp))})
    still = rendered(program, folder / "still.dng", pixels, tags)
    found = rendered(program, folder / "ours.dng", np.rint(ours).astype(np.uint16), tags)
    assert theirs.shape == found.shape
    inside = np.s_[8:-8, 8:-8]
    moved = abs(theirs - still)[inside].max()
    assert moved > 40  # the SDK did warp
    assert abs(theirs - found)[inside].max() <= SDK_WARP_CODES


@pytest.mark.parametrize("name", WARPS)
def test_every_warp_is_adobes(program: Path, tmp_path: Path, name: str) -> None:
    plan = plan_of([WARPS[name]], (HEIGHT, WIDTH))
    assert plan is not None
    compare(program, tmp_path, WARPS[name], plan)


def test_pixels_that_are_not_square(program: Path, tmp_path: Path) -> None:
    """The radii of a warp count in square pixels."""
    warp = WarpRectilinear(np.array([[0.97, -0.1, 0.02, 0]]), np.array([[0.004, -0.003]]), (0.46, 0.55))
    whole = Rectangle(0, 0, WIDTH, HEIGHT)
    for scale in (2.0, 1.0), (1.0, 2.0):
        mapped = mapping.composed([warp], WIDTH, HEIGHT, scale[0] / scale[1])
        plan = meshed(mapped, 1, whole, whole, (WIDTH, HEIGHT), "warp")
        compare(program, tmp_path, warp, plan, {50718: (RATIONAL, scale)})


def test_a_valid_radius(program: Path, tmp_path: Path) -> None:
    """Within the least valid radius and beyond the greatest the ratio stays."""
    radial = np.zeros((1, 15))
    radial[0, :3] = 0.95, 0.0, 0.05
    warp = WarpRectilinear(radial, NONE, (0.5, 0.5), np.array([[0.1, 0.8]]))
    plan = plan_of([warp], (HEIGHT, WIDTH))
    assert plan is not None
    compare(program, tmp_path, warp, plan)
