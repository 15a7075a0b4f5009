"""Who may import the kernel compiler: kernel.py, graphs.py and kernels/ while compiling; nobody at run time."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import tirage

PACKAGE = Path(tirage.__file__).parent


def imported(path: Path) -> set[str]:
    """The modules that a file imports, "." for relative ones left as written."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names |= {base, *(f"{base.rstrip('.')}.{alias.name}" for alias in node.names)}
    return names


def compiles(path: Path) -> bool:
    inside = path.relative_to(PACKAGE)
    return inside.name in ("kernel.py", "graphs.py") or inside.parts[0] == "kernels"


def test_only_kernels_import_halide() -> None:
    importers = {path for path in PACKAGE.rglob("*.py") if "halide" in {n.split(".")[0] for n in imported(path)}}
    assert importers and not {path for path in importers if not compiles(path)}


def test_nothing_at_run_time_imports_a_kernel() -> None:
    for path in PACKAGE.rglob("*.py"):
        if not compiles(path):
            last = {name.rsplit(".", 1)[-1] for name in imported(path) if name.startswith((".", "tirage"))}
            assert not last & {"kernel", "graphs", "vocabulary", "build"}, path


def test_the_door_is_light() -> None:
    """Importing the door costs NumPy and nothing else of weight."""
    code = "import sys, tirage.kernels.call; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in result.stdout.split()}
    assert not loaded & {"halide", "platformdirs", "rich", "click", "subprocess", "concurrent", "tifffile", "PIL"}
