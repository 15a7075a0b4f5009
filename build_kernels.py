"""The build backend: setuptools, plus kernels compiled ahead of time into the wheel.

An editable install compiles nothing: a source tree compiles on first use, for the one CPU (see
`tirage.kernels.developer`). The wheel holds one shared library for every instruction set of the platform, so it fits
any Python 3 there: py3-none-<platform>. `pip install -v .` shows the progress.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from setuptools.build_meta import (  # noqa: F401  (hooks that PEP 517 asks for)
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

SOURCE = Path(__file__).resolve().parent / "src"


def get_requires_for_build_wheel(config_settings: dict | None = None) -> list[str]:
    """Halide to compile the kernels; PyPI's ziglang to link them where no C compiler is installed."""
    if sys.version_info >= (3, 14):
        sys.exit("tirage's kernels are compiled with Halide 21, which is for Python 3.11 to 3.13: use one of these")
    sys.path.insert(0, str(SOURCE))
    from tirage.kernels import linking

    return ["halide==21.0.0", "numpy>=2.0", *([] if linking.system_compiler() else ["ziglang"])]


class BuildKernels(build_py):
    """Copies the package, then compiles its kernels beside `call.py`."""

    def run(self) -> None:
        if not self.editable_mode:
            # A module deleted from the sources must not survive from an earlier build.
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if self.editable_mode:
            return
        sys.path.insert(0, str(SOURCE))
        from tirage.kernels import build, targets

        folder = Path(self.build_lib, "tirage", "kernels")
        with tempfile.TemporaryDirectory() as objects:
            build.package(build.GRAPHS, folder / targets.library_name(), Path(objects))


class PlatformWheel(bdist_wheel):
    """A wheel for one platform and every Python 3 on it."""

    def initialize_options(self) -> None:
        self.distribution.has_ext_modules = lambda: True  # to the platform's own site-packages, not the pure one
        super().initialize_options()

    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]
