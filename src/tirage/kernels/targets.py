"""The machines that graphs are compiled for, as Halide target strings. Plain data: imports nothing heavy."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass

#: Always on. `strict_float`: the same bits on every machine. `no_runtime`: one runtime for all objects.
#: `user_context`: an error message finds its way back to the call that caused it.
ALWAYS = "-strict_float-no_runtime-user_context"


@dataclass(frozen=True)
class InstructionSet:
    """One way to compile every graph for a host; `name` is what `TIRAGE_ISA` takes."""

    name: str
    target: str  #: Halide target without the features of `ALWAYS`


#: The features of each x86-64 level, least first.
X86_FEATURES = {
    "sse41": "-sse41",
    "avx2": "-sse41-avx-f16c-fma-avx2",
    "avx512": "-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake",
}

#: (sys.platform, machine) -> Halide's name of the host.
HOSTS = {
    ("linux", "x86_64"): "x86-64-linux",
    ("linux", "aarch64"): "arm-64-linux",
    ("darwin", "x86_64"): "x86-64-osx",
    ("darwin", "arm64"): "arm-64-osx",
    ("win32", "amd64"): "x86-64-windows",
    ("win32", "arm64"): "arm-64-windows",
}

#: What `make platforms` compiles every graph for.
PLATFORMS = {
    "arm-64-android": "arm-64-android",
    "arm-32-linux": "arm-32-linux",
    "arm-64-linux": "arm-64-linux",
    "x86-64-windows": "x86-64-windows" + X86_FEATURES["avx2"],
    "arm-64-windows": "arm-64-windows",
    "wasm-32": "wasm-32-wasmrt-wasm_simd128",
}


def host() -> str:
    """Halide's name of this machine, such as "x86-64-linux"; `LookupError` where tirage has no kernels for it."""
    key = (sys.platform, platform.machine().lower())
    if key not in HOSTS:
        raise LookupError(f"there are no kernels for {key[0]} on {key[1]}; supported: {', '.join(HOSTS.values())}")
    return HOSTS[key]


def instruction_sets(base: str) -> list[InstructionSet]:
    """The instruction sets that ship for a host, least first: the dispatcher takes the last that the CPU has."""
    if base.startswith("x86-64"):
        return [InstructionSet(name, base + features) for name, features in X86_FEATURES.items()]
    return [InstructionSet("neon", base)]


def library_name(platform_name: str = sys.platform) -> str:
    """File name of the packaged library, beside `call.py`."""
    suffix = {"win32": ".dll", "darwin": ".dylib"}.get(platform_name, ".so")
    return "_kernels" + suffix
