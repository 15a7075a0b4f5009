"""Compiling: what is rebuilt when, what ships, and what is said when it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from tirage.kernels import build, linking, targets
from tirage.kernels.call import Library
from tirage.kernels.developer import developer_library
from tirage.photo.errors import KernelError

pytest.importorskip("halide")
GRAPHS = "kernels.graphs:GRAPHS"

INIT = ""
STEPS = """
    '''Steps.'''
    import halide as hl
    AMOUNT = 3
    UNUSED = 1
    def add(v):
        return v + hl.cast(hl.UInt(8), AMOUNT)
    def double(v):
        return v * hl.cast(hl.UInt(8), 2)
"""
MORE = """
    from functools import partial
    import halide as hl
    from tirage.kernels.vocabulary import Graph
    from . import steps
    from .steps import add
    x = hl.Var("x")
    def plain(step, machine):
        image, out = hl.ImageParam(hl.UInt(8), 1, "image"), hl.Func("out")
        out[x] = step(image[x])
        return out, [image]
    def doubling(machine):
        return plain(steps.double, machine)
    def broken(machine):
        raise ValueError("no such stage")
    GRAPHS = (Graph("adding", partial(plain, add)), Graph("lambda_adding", lambda machine: plain(add, machine)))
    DOUBLING = (*GRAPHS, Graph("doubling", doubling))
    BROKEN = (*GRAPHS, Graph("broken", broken))
    TWICE = (*GRAPHS, *GRAPHS)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of its own with graphs, and an empty cache."""
    package = tmp_path / "project" / "graphpackage"
    package.mkdir(parents=True)
    for name, text in {"__init__": INIT, "steps": STEPS, "graphs": MORE}.items():
        (package / f"{name}.py").write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setenv("TIRAGE_KERNEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("TIRAGE_ISA", raising=False)
    return package


def objects(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "cache").glob("*.o")}


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def applied(library: Library, name: str) -> int:
    output = np.zeros(1, np.uint8)
    library.run(name, np.array([10], np.uint8), output)
    return int(output[0])


def test_a_changed_kernel_rebuilds_alone(project: Path, tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    graphs = "graphpackage.graphs:DOUBLING"
    library = developer_library(graphs)
    assert [applied(library, name) for name in ("adding", "lambda_adding", "doubling")] == [13, 13, 20]
    before = objects(tmp_path)
    assert len(before) == 4
    assert "[ 4/4]" in capfd.readouterr().err

    replace(project / "steps.py", "AMOUNT = 3", "AMOUNT = 5")
    library = developer_library(graphs)
    assert [applied(library, name) for name in ("adding", "lambda_adding", "doubling")] == [15, 15, 20]
    assert before < objects(tmp_path) and len(objects(tmp_path)) == 6

    progress = capfd.readouterr().err
    assert "[ 2/2]" in progress and "doubling" not in progress


def test_comments_docstrings_and_strangers_rebuild_nothing(project: Path, tmp_path: Path) -> None:
    developer_library("graphpackage.graphs:GRAPHS")
    before = objects(tmp_path)
    replace(project / "steps.py", "'''Steps.'''", "'''Steps, said better.'''  # and a comment")
    replace(project / "steps.py", "UNUSED = 1", "UNUSED = 2")
    replace(project / "graphs.py", "no such stage", "another text")
    developer_library("graphpackage.graphs:GRAPHS")
    assert objects(tmp_path) == before


def test_an_unchanged_tree_starts_at_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = developer_library("graphpackage.graphs:GRAPHS").path
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("started a process"))
    assert developer_library("graphpackage.graphs:GRAPHS").path == path


def test_a_broken_graph_hurts_no_other(project: Path) -> None:
    library = developer_library("graphpackage.graphs:BROKEN")
    assert applied(library, "adding") == 13
    with pytest.raises(KernelError, match=r"(?s)'broken' did not compile: .*graphs\.py.*no such stage"):
        library.run("broken")


def test_names_are_unique_identifiers(project: Path) -> None:
    from tirage.kernels.vocabulary import Graph

    with pytest.raises(ValueError, match="two graphs are named 'adding'"):
        build.load_graphs("graphpackage.graphs:TWICE")
    with pytest.raises(ValueError, match="must be an identifier, not 'a-b'"):
        Graph("a-b", lambda machine: pytest.fail("never built"))


def test_objects_are_reproducible(tmp_path: Path) -> None:
    target = targets.instruction_sets("x86-64-linux")[-1].target
    texts = []
    for name in ("one", "two"):
        job = build.Job("blur", "tirage_blur", target, tmp_path / f"{name}.o")
        build.compile_apart(GRAPHS, job)
        texts.append(job.output.read_bytes())
    assert texts[0] == texts[1]


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library as it ships, of the test graphs."""
    folder = tmp_path_factory.mktemp("packaged")
    build.package(GRAPHS, folder / targets.library_name(), folder / "objects")
    return folder / targets.library_name()


CHILD = """
import sys
import numpy as np
from pathlib import Path
from tirage.kernels.call import Library
from tirage.photo.errors import KernelError
try:
    library = Library(Path(sys.argv[1]))
except KernelError as error:
    sys.exit(str(error))
image = np.linspace(-0.9, 20, 1000, dtype=np.float32).reshape(20, 50)
output = np.zeros_like(image)
library.run("transcendental", image, output)
print(library.isa, output.tobytes().hex(), "halide" in sys.modules)
"""


def in_a_process(library: Path, isa: str | None) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "TIRAGE_ISA"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    if isa:
        environment["TIRAGE_ISA"] = isa
    words = [sys.executable, "-c", CHILD, str(library)]
    return subprocess.run(words, env=environment, capture_output=True, text=True)


def test_shipped_library_holds_every_instruction_set(packaged: Path) -> None:
    """Each can be forced; all give the same bits; the best is taken by itself; halide is not imported."""
    names = [isa.name for isa in targets.instruction_sets(targets.host())]
    results: dict[str, str] = {}
    for name in names:
        finished = in_a_process(packaged, name)
        if finished.returncode:
            assert finished.stderr.strip() == f"TIRAGE_ISA asks for {name}, which this CPU does not have; unset it"
            continue
        isa, results[name], halide = finished.stdout.split()
        assert (isa, halide) == (name, "False")
    assert len(set(results.values())) == 1
    assert in_a_process(packaged, None).stdout.split()[0] == list(results)[-1]


def test_unknown_instruction_set(packaged: Path) -> None:
    finished = in_a_process(packaged, "avx1024")
    assert finished.returncode == 1
    assert finished.stderr.startswith("TIRAGE_ISA=avx1024 is not one of ")
    assert "Traceback" not in finished.stderr


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("nm"), reason="needs nm")
def test_only_the_door_is_exported(packaged: Path) -> None:
    listed = subprocess.run(["nm", "-D", "--defined-only", str(packaged)], capture_output=True, text=True, check=True)
    assert sorted(line.split()[-1] for line in listed.stdout.splitlines()) == sorted(linking.EXPORTS)


@pytest.mark.skipif(sys.platform != "linux", reason="links for Linux")
def test_zig_links_where_no_compiler_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    monkeypatch.setattr(linking, "system_compiler", lambda: None)
    build.package(GRAPHS, tmp_path / "_kernels.so", tmp_path / "objects")
    library = Library(tmp_path / "_kernels.so")
    output = np.zeros((1, 2, 3), np.uint16)
    library.run("copy", np.ones((1, 2, 3), np.uint16), output)
    assert output.all()


def test_a_foreign_library_says_so(tmp_path: Path) -> None:
    (tmp_path / "_kernels.so").write_bytes(b"\x7fELF but not really")
    with pytest.raises(KernelError, match="can't be loaded .*; reinstall tirage"):
        Library(tmp_path / "_kernels.so")


#: What an object file of each platform begins with: ELF class and machine, COFF machine, or the mark of WebAssembly.
FILE_MARKS = {
    "arm-64-android": (0, b"\x7fELF\x02"),
    "arm-32-linux": (0, b"\x7fELF\x01"),
    "arm-64-linux": (0, b"\x7fELF\x02"),
    "x86-64-windows": (0, b"\x64\x86"),
    "arm-64-windows": (0, b"\x64\xaa"),
    "wasm-32": (0, b"\0asm"),
}


def test_every_platform_compiles(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert set(FILE_MARKS) == set(targets.PLATFORMS)
    arguments = ["--graphs", GRAPHS, "platforms", "--graph", "blur", "-o", str(tmp_path)]
    assert build.main(arguments) == 0
    table = capsys.readouterr().out.splitlines()
    for name, (start, mark) in FILE_MARKS.items():
        data = (tmp_path / name / "tirage_blur.o").read_bytes()
        assert data[start : start + len(mark)] == mark
        assert "int tirage_blur(" in (tmp_path / name / "tirage_blur.h").read_text()
        assert [row.split()[2] for row in table if row.split()[:2] == [name, "blur"]] == [str(len(data))]


def test_unknown_platform_or_graph(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for words in (["--only", "amiga"], ["--graph", "blurr"]):
        assert build.main(["--graphs", GRAPHS, "platforms", *words, "-o", str(tmp_path)]) == 1
        assert "error: unknown: " in capsys.readouterr().err


def test_without_library_or_compiler_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "halide" else find(name, *rest)
    )
    with pytest.raises(KernelError, match="kernels are missing here; reinstall tirage"):
        developer_library(GRAPHS)


def test_wheel_asks_for_zig_only_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).resolve().parents[2]
    if not (root / "build_kernels.py").exists():
        pytest.skip("not a source tree")
    pytest.importorskip("setuptools.command.bdist_wheel")
    monkeypatch.syspath_prepend(str(root))
    import build_kernels

    monkeypatch.setattr(linking, "system_compiler", lambda: ["cc"])
    assert build_kernels.get_requires_for_build_wheel() == ["halide==21.0.0", "numpy>=2.0"]
    monkeypatch.setattr(linking, "system_compiler", lambda: None)
    assert "ziglang" in build_kernels.get_requires_for_build_wheel()
