"""The same kernel on other processors: arm-64 under qemu-user, and each x86-64 instruction set that this CPU has.

Both take a kernel's arguments as `tirage.kernels.call.run` does and write its outputs in place, so that a test can
compare them with equality.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from tirage.kernels import targets
from tirage.kernels.call import GRAPHS, Library, Placed
from tirage.kernels.developer import cache_folder, developer_library
from tirage.photo.errors import KernelError

ARM = targets.InstructionSet("neon", "arm-64-linux")
DRIVER = Path(__file__).with_name("driver.c")


def run_on_arm64(name: str, *arguments: np.ndarray | Placed | np.generic, graphs: str = GRAPHS) -> None:
    """`call.run` for an emulated arm-64; skips the test where qemu, zig or halide is missing.

    Which arguments are outputs is asked of this machine's library of the same graphs.
    """
    program = arm64_program(name, graphs)
    signature = developer_library(graphs).signature(name)
    given: list[tuple[np.ndarray, np.ndarray]] = []  # the caller's outputs, and ours with a compact layout
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder, "arguments"), Path(folder, "outputs")
        with open(source, "wb") as file:
            file.write(struct.pack("=i", len(arguments)))
            for parameter, argument in zip(signature, arguments, strict=True):
                if parameter.dimensions is None:
                    assert isinstance(argument, np.generic) and argument.dtype == parameter.dtype
                    data = argument.tobytes()
                    file.write(struct.pack("=iiiiq", -1, 0, 0, 0, len(data)) + data)
                    continue
                placed = (
                    argument if isinstance(argument, Placed) else Placed(np.asarray(argument), (0,) * argument.ndim)
                )
                assert placed.array.dtype == parameter.dtype and placed.array.ndim == parameter.dimensions
                compact = _compact(placed.array)
                file.write(_described(compact, placed.origin, parameter.is_output))
                file.write(_memory(compact))
                if parameter.is_output:
                    given.append((placed.array, compact))
        finished = subprocess.run(
            ["qemu-aarch64", str(program), str(source), str(result)], capture_output=True, text=True
        )
        if finished.returncode:
            raise KernelError(f"kernel {name!r} on arm-64: {finished.stderr.strip() or finished.returncode}")
        data = result.read_bytes()
    start = 0
    for array, compact in given:
        flat = np.frombuffer(data, compact.dtype, compact.size, start)
        order = _order(compact)
        array[...] = flat.reshape([compact.shape[axis] for axis in order]).transpose(np.argsort(order))
        start += compact.nbytes


def _order(array: np.ndarray) -> list[int]:
    """The axes from the farthest apart in memory to the nearest."""
    return sorted(range(array.ndim), key=lambda axis: (-abs(array.strides[axis]), axis))


def _compact(array: np.ndarray) -> np.ndarray:
    """A gapless copy with the axes in the same order in memory, so that an interleaved picture stays interleaved."""
    order = _order(array)
    return np.ascontiguousarray(array.transpose(order)).transpose(np.argsort(order))


def _memory(compact: np.ndarray) -> bytes:
    return compact.transpose(_order(compact)).tobytes()


def _described(compact: np.ndarray, origin: tuple[int, ...], is_output: bool) -> bytes:
    code = {"i": 0, "u": 1, "b": 1, "f": 2}[compact.dtype.kind]
    bits = 1 if compact.dtype.kind == "b" else 8 * compact.itemsize
    head = struct.pack("=iiiiq", compact.ndim, code, bits, is_output, compact.nbytes)
    for axis in reversed(range(compact.ndim)):
        head += struct.pack("=iiiI", origin[axis], compact.shape[axis], compact.strides[axis] // compact.itemsize, 0)
    return head


def arm64_program(name: str, graphs: str = GRAPHS) -> Path:
    """A static arm-64 Linux program around one kernel, kept in the developer's cache by content."""
    for needed, present in {
        "qemu-aarch64": shutil.which("qemu-aarch64"),
        "ziglang": importlib.util.find_spec("ziglang"),
        "halide": importlib.util.find_spec("halide"),
    }.items():
        if not present:
            pytest.skip(f"{needed} is not installed: nothing to emulate arm-64 with")
    from tirage.kernels import build, caching

    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    graph = next(graph for graph in build.load_graphs(graphs) if graph.name == name)
    with caching.exclusive(cache / "lock"):
        jobs = caching.cached_jobs([graph], ARM, ARM.target, cache)
        failures = caching.compile_missing(graphs, jobs)
        assert not failures, "\n".join(failures.values())
        objects = [str(job.output) for job in jobs]
        program = cache / caching.digest(DRIVER.read_text(), *objects)
        if not program.exists():
            compiler = [sys.executable, "-m", "ziglang", "cc", "-target", "aarch64-linux-musl", "-static", "-O2"]
            temporary = f"{program}.{os.getpid()}"
            words = [*compiler, f"-DFUNCTION={jobs[1].function}_argv", str(DRIVER), *objects, "-o", temporary]
            linked = subprocess.run(words, capture_output=True, text=True)
            assert linked.returncode == 0, linked.stderr
            os.replace(temporary, program)
    return program


def libraries(graphs: str = GRAPHS) -> dict[str, Library]:
    """A library for each instruction set that this CPU has, by name, least first; `TIRAGE_ISA` does not matter."""
    found: dict[str, Library] = {}
    for isa in targets.instruction_sets(targets.host()):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TIRAGE_ISA", isa.name)
            try:
                found[isa.name] = developer_library(graphs)
            except KernelError as error:
                if "this CPU does not have" not in str(error):
                    raise
    return found
