"""The one door to the kernels: `run(name, *arguments)`.

Arguments are NumPy arrays with any strides, `Placed(array, origin)`, or NumPy scalars; the outputs come last and are
written in place. The NumPy axes of an array are the kernel's dimensions reversed: an array of shape (3, H, W) is
x, y, c in the kernel. The GIL is released while a kernel runs.

The library lies beside this file in an installed tirage. In a source tree it is compiled on first use, for this CPU,
and cached per user by content. `TIRAGE_THREADS` sets the number of threads, `TIRAGE_ISA` forces an instruction set.
"""

from __future__ import annotations

import ctypes
import os
import struct
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..photo import threads
from ..photo.errors import KernelError, UsageError, nearest

GRAPHS = "tirage.graphs:GRAPHS"

#: About as many columns of a picture are made at a time, by kernels that keep much of them.
COLUMNS = 1000

#: Columns beside a block that count when a kernel rounds what it computes up to 64.
BESIDE = 16


class Placed(NamedTuple):
    """An array whose first element has the coordinates `origin`, one per NumPy axis."""

    array: np.ndarray
    origin: tuple[int, ...]


class Parameter(NamedTuple):
    """What a kernel declares of one argument; `dimensions` is None for a scalar."""

    name: str
    dtype: np.dtype
    dimensions: int | None
    is_output: bool


# halide_buffer_t up to its `dim` pointer and padding, then one halide_dimension_t per dimension, as HalideRuntime.h
# lays them out on a 64-bit machine.
_HEAD, _DIMENSION = "=QQQQBBHiQQ", "iiiI"
_HEAD_SIZE = struct.calcsize(_HEAD)
_KINDS = {"b": 1, "u": 1, "i": 0, "f": 2}
_INT32 = range(-(2**31), 2**31)


@lru_cache
def _layout(dimensions: int) -> tuple[struct.Struct, type[ctypes.Array]]:
    """How a halide_buffer_t of so many dimensions lies in memory, and memory for one."""
    layout = struct.Struct(_HEAD + dimensions * _DIMENSION)
    return layout, ctypes.c_char * layout.size


class _HalideArgument(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("kind", ctypes.c_int32),
        ("dimensions", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("unused", ctypes.c_void_p * 5),
    ]


class _HalideMetadata(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_int32),
        ("count", ctypes.c_int32),
        ("arguments", ctypes.POINTER(_HalideArgument)),
    ]


def _parameters(address: int) -> list[Parameter]:
    """A kernel's own description of its arguments, without the leading user context."""
    metadata = ctypes.cast(address, ctypes.POINTER(_HalideMetadata)).contents
    parameters = []
    for index in range(1, metadata.count):
        given = metadata.arguments[index]
        kind = {0: "i", 1: "u", 2: "f"}[given.code]
        dtype = np.dtype(bool if given.bits == 1 else f"{kind}{given.bits // 8}")
        parameters.append(
            Parameter(given.name.decode(), dtype, given.dimensions if given.kind else None, given.kind == 2)
        )
    return parameters


class Library:
    """A compiled library of kernels. `run` is safe from several threads at once."""

    def __init__(self, path: Path, failures: dict[str, str] | None = None) -> None:
        try:
            self._library = ctypes.CDLL(str(path))
        except OSError as error:
            raise KernelError(f"the kernels at {path} can't be loaded ({error}); reinstall tirage") from error
        self.path = path
        self._failures = failures or {}
        for function in ("tirage_graph_name", "tirage_isa_name"):
            getattr(self._library, function).restype = ctypes.c_char_p
        self._library.tirage_metadata.restype = ctypes.c_void_p
        self._run = self._library.tirage_run
        self.isa = self._open(os.environ.get("TIRAGE_ISA"))
        self._graphs = {name: index for index, name in enumerate(self._names("tirage_graph_name"))}
        self._signatures: dict[str, list[Parameter]] = {}
        self.set_threads(_threads())

    def _names(self, function: str) -> list[str]:
        names: list[str] = []
        while (name := getattr(self._library, function)(len(names))) is not None:
            names.append(name.decode())
        return names

    def _open(self, forced: str | None) -> str:
        chosen = self._library.tirage_open(forced.encode() if forced else None)
        names = self._names("tirage_isa_name")
        if chosen == -1:
            raise KernelError(f"this CPU is too old for tirage: it needs at least {names[0]}")
        if chosen == -2:
            raise KernelError(f"TIRAGE_ISA asks for {forced}, which this CPU does not have; unset it")
        if chosen == -3:
            raise KernelError(f"TIRAGE_ISA={forced} is not one of {', '.join(names)}; set one of these or unset it")
        return names[chosen]

    @property
    def names(self) -> list[str]:
        """The kernels in the library."""
        return list(self._graphs)

    def set_threads(self, count: int) -> None:
        """Use `count` threads in all from the next call on; the results don't depend on it."""
        if count < 1:
            raise UsageError(f"the number of threads must be at least 1, not {count}")
        self._library.tirage_set_threads(int(count))

    def signature(self, name: str) -> list[Parameter]:
        """What the kernel `name` takes, in call order."""
        if name not in self._signatures:
            if name in self._failures:
                raise KernelError(f"kernel {name!r} did not compile: {self._failures[name]}")
            if name not in self._graphs:
                raise KernelError(f"there is no kernel {name!r}{nearest(name, self.names)}")
            self._signatures[name] = _parameters(self._library.tirage_metadata(self._graphs[name]))
        return self._signatures[name]

    def run(self, name: str, *arguments: np.ndarray | Placed | np.generic) -> None:
        """Run one kernel; `KernelError` with the kernel's own message where it refuses its arguments."""
        signature = self.signature(name)
        if len(arguments) != len(signature):
            known = ", ".join(parameter.name for parameter in signature)
            raise KernelError(
                f"kernel {name!r} takes {len(signature)} arguments ({known}), but was given {len(arguments)}"
            )
        kept = []  # what the addresses below point into
        addresses = (ctypes.c_void_p * (len(signature) + 1))()
        for index, (parameter, argument) in enumerate(zip(signature, arguments, strict=True), 1):
            try:
                if parameter.dimensions is None:
                    memory = _scalar(parameter, argument)
                else:
                    memory = _buffer(parameter, argument)
            except _Refused as refused:
                raise KernelError(f"kernel {name!r}, argument {index} ({parameter.name}): {refused}") from None
            kept.append(memory)
            addresses[index] = ctypes.addressof(memory)
        text = ctypes.create_string_buffer(1000)
        code = self._run(self._graphs[name], addresses, text, len(text))
        if code:
            words = text.value.decode(errors="replace").strip() or f"it failed with code {code}"
            raise KernelError(f"kernel {name!r}: {words}")


class _Refused(Exception):
    """Why an argument is not taken."""


def _scalar(parameter: Parameter, value: Any) -> Any:
    if not isinstance(value, np.generic) or value.dtype != parameter.dtype:
        given = value.dtype if isinstance(value, np.generic) else f"a {type(value).__name__}"
        raise _Refused(f"must be a NumPy scalar of type {parameter.dtype}, not {given}")
    return ctypes.create_string_buffer(value.tobytes())


def _buffer(parameter: Parameter, argument: Any) -> Any:
    """A halide_buffer_t over the array's own memory."""
    array, origin = argument if isinstance(argument, Placed) else (argument, None)
    if not isinstance(array, np.ndarray):
        raise _Refused(f"must be an array of {parameter.dtype}, not a {type(array).__name__}")
    dtype, shape, strides, ndim = array.dtype, array.shape, array.strides, array.ndim
    if dtype != parameter.dtype:
        if dtype.newbyteorder("=") == parameter.dtype:
            raise _Refused(f"must be in native byte order; convert it with .astype(np.{parameter.dtype})")
        raise _Refused(f"must be {parameter.dtype}, not {dtype}")
    if ndim != parameter.dimensions:
        raise _Refused(f"must have {parameter.dimensions} dimensions, not {ndim} (shape {shape})")
    if array.size == 0:
        raise _Refused(f"must not be empty (shape {shape})")
    flags = array.flags
    if parameter.is_output and not flags.writeable:
        raise _Refused("is an output, but the array is read-only")
    if not flags.aligned:
        raise _Refused("is not aligned in memory; copy it with .copy()")
    if origin is None:
        origin = (0,) * ndim
    elif len(origin) != ndim:
        raise _Refused(f"has {ndim} dimensions, but its origin has {len(origin)}")
    size = dtype.itemsize
    layout, room = _layout(ndim)
    memory = room()
    bits = 1 if dtype.kind == "b" else 8 * size
    host = array.__array_interface__["data"][0]
    dimensions: list[int] = []
    for axis in range(ndim - 1, -1, -1):
        stride, first, extent = strides[axis] // size, origin[axis], shape[axis]  # aligned: the division is exact
        if stride not in _INT32 or first not in _INT32 or first + extent not in _INT32:
            raise _Refused(f"is too large for a kernel (shape {shape}, origin {tuple(origin)}); process it in parts")
        dimensions += (first, extent, stride, 0)
    first = ctypes.addressof(memory) + _HEAD_SIZE
    layout.pack_into(memory, 0, 0, 0, host, 0, _KINDS[dtype.kind], bits, 1, ndim, first, 0, *dimensions)
    return memory


def _threads() -> int:
    """`TIRAGE_THREADS`, else the cores this process may use."""
    given = os.environ.get("TIRAGE_THREADS")
    if given:
        if not given.isdecimal() or int(given) < 1:
            raise UsageError(f"TIRAGE_THREADS must be a whole number of at least 1, not {given!r}")
        return int(given)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_lock = threads.lock()
_opened: Library | None = None


def library() -> Library:
    """The library of tirage's own graphs, opened (in a source tree: compiled) on first use."""
    global _opened
    if _opened is None:
        with _lock:
            if _opened is None:
                from . import targets

                packaged = Path(__file__).with_name(targets.library_name())
                if packaged.exists():
                    _opened = Library(packaged)
                else:
                    from .developer import developer_library

                    _opened = developer_library(GRAPHS)
    return _opened


def run(name: str, *arguments: np.ndarray | Placed | np.generic) -> None:
    """Run one of tirage's kernels on `arguments`, the outputs last; see the module and `Library.run`."""
    (_opened or library()).run(name, *arguments)


def run_in_columns(name: str, *arguments: np.ndarray | Placed | np.generic, output: Placed) -> None:
    """Run a kernel whose output's first element lies at `origin`, some columns at a time, the result being the same.

    A long row of many intermediates does not fit the processor's caches: the learned demosaic takes a fifth less so.
    """
    width = output.array.shape[-1]
    blocks = max(1, round(width / COLUMNS))
    step = -(-(width // blocks + 1 + BESIDE) // 64) * 64 - BESIDE
    for left in range(0, width, step):
        origin = (*output.origin[:-1], output.origin[-1] + left)
        run(name, *arguments, Placed(output.array[..., left : left + step], origin))


def set_threads(count: int) -> None:
    """Set the number of threads that kernels use; `UsageError` below 1."""
    library().set_threads(count)
