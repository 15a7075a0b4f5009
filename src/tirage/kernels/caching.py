"""Objects kept per user by the content they are made from, so that a changed kernel rebuilds alone."""

from __future__ import annotations

import hashlib
import importlib.metadata
import inspect
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from . import linking, targets
from .build import LLVM_ARGUMENTS, RUNTIME, Job, compile_all, compile_here, load_graphs, progress_bar
from .developer import replace_text
from .fingerprint import fingerprint

if TYPE_CHECKING:
    from .vocabulary import Graph


def digest(*parts: str) -> str:
    """A short name for a content."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def cached_jobs(graphs: Sequence[Graph], isa: targets.InstructionSet, base: str, cache: Path) -> list[Job]:
    """The runtime and every graph as objects named by their content: what exists in `cache` is up to date."""
    folder = Path(__file__).parent
    machinery = [(folder / name).read_text(encoding="utf-8") for name in ("vocabulary.py", "targets.py")]
    machinery += [inspect.getsource(compile_here), LLVM_ARGUMENTS, importlib.metadata.version("halide")]
    jobs = [Job(None, RUNTIME, base, cache / f"{digest(base, *machinery)}.o")]
    for graph in graphs:
        function = linking.function_name(graph.name, isa.name)
        key = digest(function, isa.target, fingerprint(graph.build), *machinery)
        jobs.append(Job(graph.name, function, isa.target, cache / f"{key}.o", weight=graph.weight))
    return jobs


def compile_missing(where: str, jobs: Sequence[Job]) -> dict[Job, str]:
    """Compile what the cache lacks; the failures."""
    missing = [job for job in jobs if not job.output.exists()]
    if not missing:
        return {}
    with progress_bar(len(missing)) as progress:
        return compile_all(where, missing, progress)[1]


def host_isa(base: str) -> targets.InstructionSet:
    """The best instruction set of this CPU, or the one that `TIRAGE_ISA` names."""
    import halide as hl

    isas = {isa.name: isa for isa in targets.instruction_sets(base)}
    forced = os.environ.get("TIRAGE_ISA")
    if forced in isas:
        return isas[forced]
    if not base.startswith("x86-64"):
        return isas["neon"]
    have = hl.get_host_target().has_feature
    feature = hl.TargetFeature
    if have(feature.AVX512_Skylake):
        return isas["avx512"]
    return isas["avx2" if have(feature.AVX2) and have(feature.FMA) and have(feature.F16C) else "sse41"]


def develop(where: str, cache: Path) -> Path:
    """The developer's library: this CPU only, made of cached objects.

    A graph that does not compile is left out of the library; what the compiler said is kept beside it, in
    `<library>.failures.json`, for `call` to report when that graph is asked for.
    """
    graphs, base = load_graphs(where), targets.host()
    isa = host_isa(base)
    cache.mkdir(parents=True, exist_ok=True)
    with exclusive(cache / "lock"):
        jobs = cached_jobs(graphs, isa, base, cache)
        failures = compile_missing(where, jobs)
        good = [job for job in jobs if job not in failures]
        if jobs[0] in failures or len(good) == 1:
            raise RuntimeError("\n".join(failures.values()))
        stamp = digest(linking.DISPATCHER, *(f"{job.function} {job.output.name}" for job in good))
        library = cache / f"{stamp}{Path(targets.library_name()).suffix}"
        if not library.exists():
            linking.link([j.output for j in good], [j.graph for j in good if j.graph], [isa], base, library)
        replace_text(library.with_suffix(".failures.json"), json.dumps({j.graph: text for j, text in failures.items()}))
        for path in (library, *(job.output for job in good)):
            os.utime(path)
        prune(cache)
    return library


def prune(cache: Path, days: float = 14) -> None:
    """Remove what has not been used for `days`."""
    for path in cache.iterdir():
        if path.is_file() and path.name != "lock" and time.time() - path.stat().st_mtime > days * 86400:
            path.unlink(missing_ok=True)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """One builder at a time; where the system has no `flock`, two may do the same work twice, no worse."""
    with open(path, "w") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        except ImportError:
            pass
        yield
