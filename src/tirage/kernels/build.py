"""Compile graphs ahead of time: `python -m tirage.kernels.build package|develop|platforms`.

One compile is one fresh process with an explicit function name and target: a second compile in the same process
would not give the same bytes, and an LLVM failure ends the process. The graphs are named as "module:attribute".
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import linking, targets

if TYPE_CHECKING:
    from .vocabulary import Graph

GRAPHS = "tirage.graphs:GRAPHS"
RUNTIME = "runtime"

#: Most of the compile time is LLVM simplifying huge address expressions to no effect; this bounds them.
LLVM_ARGUMENTS = "-scalar-evolution-huge-expr-threshold=16"


@dataclass(frozen=True)
class Job:
    """One object to compile; `graph` is None for the runtime."""

    graph: str | None
    function: str
    target: str
    output: Path
    header: Path | None = None
    weight: float = 0.0

    @property
    def label(self) -> str:
        return f"{self.graph or RUNTIME} {self.target}"


def load_graphs(where: str) -> tuple[Graph, ...]:
    """The tuple of graphs at "module:attribute"; `ValueError` where two share a name."""
    module, _, attribute = where.partition(":")
    graphs = tuple(getattr(importlib.import_module(module), attribute))
    names = [graph.name for graph in graphs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        raise ValueError(f"{where}: " + (f"two graphs are named {twice[0]!r}" if twice else "there are no graphs"))
    return graphs


def compile_here(where: str, graph: str | None, function: str, target: str, output: str, header: str | None) -> None:
    """Compile one object in this process, which must be fresh."""
    import halide as hl

    from .vocabulary import machine_of

    if graph is None:
        hl.compile_standalone_runtime(output, hl.Target(target))
        return
    build = {g.name: g for g in load_graphs(where)}[graph].build
    try:
        func, arguments = build(machine_of(target))
    except Exception as error:  # the author wants the place in the graph, not our frames above it
        sys.exit(
            "".join(
                traceback.format_exception(error.with_traceback(error.__traceback__ and error.__traceback__.tb_next))
            )
        )
    outputs = {hl.OutputFileType.object: output}
    if header:
        outputs[hl.OutputFileType.c_header] = header
    func.compile_to(outputs, list(arguments), function, hl.Target(target + targets.ALWAYS))


def compile_apart(where: str, job: Job) -> float:
    """Compile one object in a fresh process; seconds. `RuntimeError` says what the process said last."""
    began = time.perf_counter()
    temporary = job.output.with_name(f".{os.getpid()}.{job.output.name}")
    specification = [where, job.graph, job.function, job.target, str(temporary), job.header and str(job.header)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)}
    environment = {key: value for key, value in environment.items() if not key.startswith("HL_")}
    environment |= {"HL_LLVM_ARGS": LLVM_ARGUMENTS, "OPENBLAS_NUM_THREADS": "1"}  # starting a pool costs 30 ms
    result = subprocess.run(
        [sys.executable, "-m", "tirage.kernels.build", "compile", json.dumps(specification)],
        env=environment,
        capture_output=True,
        text=True,
    )
    if result.returncode or not temporary.exists():
        temporary.unlink(missing_ok=True)
        words = result.stderr.strip() or f"the compiler ended with code {result.returncode}"
        raise RuntimeError(f"{job.label}: {words[-3000:]}")
    os.replace(temporary, job.output)
    return time.perf_counter() - began


Progress = Callable[[Job, int, int, float], None]


def tell(job: Job, done: int, total: int, seconds: float) -> None:
    """Progress as one line per object."""
    print(f"[{done:2}/{total}] {job.label} {seconds:.1f} s", file=sys.stderr, flush=True)


@contextmanager
def progress_bar(total: int) -> Iterator[Progress]:
    """Progress as a bar where rich is installed and someone watches; else as lines."""
    try:
        if not sys.stderr.isatty():
            raise ImportError
        from rich.console import Console
        from rich.progress import Progress as Bar
    except ImportError:
        yield tell
        return
    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("compiling kernels", total=total)

        def advance(job: Job, done: int, total: int, seconds: float) -> None:
            bar.update(task, completed=done, description=f"compiled {job.graph or RUNTIME} in {seconds:.0f} s")

        yield advance


def compile_all(where: str, jobs: Sequence[Job], progress: Progress) -> tuple[dict[Job, float], dict[Job, str]]:
    """Compile in as many processes as there are cores, heaviest first. Returns seconds and failures by job."""
    seconds: dict[Job, float] = {}
    failures: dict[Job, str] = {}
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        queue = sorted(jobs, key=lambda job: -job.weight)
        futures = {pool.submit(compile_apart, where, job): job for job in queue}
        try:
            for done, future in enumerate(as_completed(futures), 1):
                job = futures[future]
                try:
                    seconds[job] = future.result()
                    progress(job, done, len(jobs), seconds[job])
                except RuntimeError as error:
                    failures[job] = str(error)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return seconds, failures


def library_jobs(graphs: Sequence[Graph], isas: Sequence[targets.InstructionSet], base: str, folder: Path) -> list[Job]:
    """The runtime and every graph for every instruction set, as objects in `folder`."""
    jobs = [Job(None, RUNTIME, base, folder / "runtime.o")]
    for rank, isa in enumerate(isas):
        for graph in graphs:
            function = linking.function_name(graph.name, isa.name)
            weight = graph.weight * (1 + 0.1 * rank)
            jobs.append(Job(graph.name, function, isa.target, folder / f"{function}.o", weight=weight))
    return jobs


def package(where: str, output: Path, folder: Path) -> None:
    """The library that ships: every graph for every instruction set of this host. `RuntimeError` when one fails."""
    graphs, base = load_graphs(where), targets.host()
    isas = targets.instruction_sets(base)
    folder.mkdir(parents=True, exist_ok=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    jobs = library_jobs(graphs, isas, base, folder)
    _, failures = compile_all(where, jobs, tell)
    if failures:
        raise RuntimeError("\n".join(failures.values()))
    linking.link([job.output for job in jobs], [g.name for g in graphs], isas, base, output)


def platforms(where: str, only: Sequence[str], chosen: Sequence[str], folder: Path) -> int:
    """Compile every graph for every other machine: objects, headers and a table. The number of failures."""
    graphs = [g for g in load_graphs(where) if not chosen or g.name in chosen]
    wanted = {name: t for name, t in targets.PLATFORMS.items() if not only or name in only}
    unknown = sorted(set(only) - set(targets.PLATFORMS)) + sorted(set(chosen) - {g.name for g in graphs})
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; platforms: {', '.join(targets.PLATFORMS)}")
    jobs: list[Job] = []
    for name, target in wanted.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        jobs.append(Job(None, RUNTIME, target, folder / name / "runtime.o"))
        for graph in graphs:
            output = folder / name / f"tirage_{graph.name}.o"
            job = Job(graph.name, f"tirage_{graph.name}", target, output, output.with_suffix(".h"), graph.weight)
            jobs.append(job)
    seconds, failures = compile_all(where, jobs, tell)
    print(f"{'platform':<16} {'graph':<32} {'bytes':>9} {'seconds':>8}")
    for job in jobs:
        name = job.output.parent.name
        if job in failures:
            print(f"{name:<16} {job.graph or RUNTIME:<32} failed: {failures[job].splitlines()[-1]}")
        else:
            size = job.output.stat().st_size
            print(f"{name:<16} {job.graph or RUNTIME:<32} {size:>9} {seconds[job]:>8.1f}")
    return len(failures)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; 0 when everything compiled."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["compile"]:  # from compile_apart, not for people
        compile_here(*json.loads(arguments[1]))
        return 0
    parser = argparse.ArgumentParser(prog="python -m tirage.kernels.build", description=__doc__)
    parser.add_argument("--graphs", default=GRAPHS, help="where the graphs are, as module:attribute")
    commands = parser.add_subparsers(dest="command", required=True)
    shipped = commands.add_parser("package", help="the library that ships: every instruction set of this host")
    shipped.add_argument("-o", "--output", type=Path, required=True)
    cached = commands.add_parser("develop", help="the cached library for this CPU; prints its path")
    cached.add_argument("--cache", type=Path, required=True)
    others = commands.add_parser("platforms", help="objects and headers for other machines")
    others.add_argument("-o", "--output", type=Path, required=True, help="folder")
    others.add_argument("--only", default="", help=f"comma-separated, of {', '.join(targets.PLATFORMS)}")
    others.add_argument("--graph", action="append", default=[], help="only this graph; may be repeated")
    options: Any = parser.parse_args(arguments)
    try:
        if options.command == "package":
            package(options.graphs, options.output, options.output.parent / "objects")
        elif options.command == "develop":
            from . import caching

            print(caching.develop(options.graphs, options.cache))
        else:
            only = [name for name in options.only.split(",") if name]
            return 1 if platforms(options.graphs, only, options.graph, options.output) else 0
    except (RuntimeError, ValueError, LookupError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
