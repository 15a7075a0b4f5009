"""What the documents say is what the code does."""

from __future__ import annotations

import re
import subprocess
import sys

import tirage
from conftest import ROOT

PUBLIC = {
    "__version__", "read", "merge", "develop", "finish", "write", "photograph", "simulate", "simulate_burst",
    "demosaic",
    "RawFrame", "Burst", "SceneImage", "DisplayImage", "Recipe", "Look", "TirageError", "UsageError", "FileError",
}  # fmt: skip


def test_the_public_names_are_exact() -> None:
    assert set(tirage.__all__) == PUBLIC
    for name in PUBLIC:
        assert getattr(tirage, name) is not None


def test_importing_tirage_loads_nothing_heavy() -> None:
    code = (
        "import sys, tirage; print(sorted({'numpy', 'PIL', 'rawpy', 'tifffile', 'rich', 'click'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_developing_loads_no_compiler_and_no_needless_library() -> None:
    code = (
        "import sys, tirage, tirage.pipeline, tirage.kernels.call;"
        "print(sorted({'halide', 'PIL', 'rawpy', 'colour', 'scipy', 'rich'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_the_architecture_page_lists_the_stages_there_are() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    listed = re.findall(r"^\| [^|]+ \| `((?:merging|developing|finishing)/\w+)` \|", page, re.M)
    source = ROOT / "src" / "tirage"
    found = {
        f"{phase}/{folder.name}"
        for phase in ("merging", "developing", "finishing")
        for folder in (source / phase).iterdir()
        if (folder / "__init__.py").exists()
    }
    assert set(listed) == found
    assert len(listed) == len(set(listed))


def test_only_kernels_import_halide() -> None:
    allowed = re.compile(r"(kernel|graphs)\.py$|kernels/(vocabulary|borders|build|caching)\.py$")
    source = ROOT / "src" / "tirage"
    for path in source.rglob("*.py"):
        if re.search(r"^\s*(import halide|from halide)", path.read_text(), re.M):
            assert allowed.search(path.as_posix()), path


def test_ci_runs_the_readme_test_command() -> None:
    commands = re.findall(r"^ {0,4}(python3 -m venv .*)$", (ROOT / "README.md").read_text(), re.M)
    assert len(commands) == 2, "the README names two commands: the main job and the tests"
    assert "tirage demo" in commands[0]
    ci = (ROOT / ".ci" / "run").read_text()
    assert commands[1].replace("install '", "install -q '") in ci


def test_licences_and_looks_are_stated() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    for folder in ("looks", "sensors"):
        for path in (ROOT / "src" / "tirage" / folder).glob("*.toml"):
            assert re.search(r'^licence = "', path.read_text(), re.M), path
