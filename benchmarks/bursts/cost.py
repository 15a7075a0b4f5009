"""What a merge costs: a process of its own reads 12 MP frames and merges them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

import tirage

from .scenes import CASES, NOISES, burst_of, drawn

PROGRAM = """
import json, resource, sys, time
import tirage, tirage.pipeline
options, paths = json.loads(sys.argv[1]), sys.argv[2:]
before, clock = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
if options is not None:
    tirage.merge(paths, reference=0, **options)
after, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - clock
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps([cpu, wall, after.ru_maxrss / 1024]))
"""


def frames_of_12_mp(folder: Path, count: int) -> list[str]:
    """Files of a burst whose mosaics are three megapixels four times over."""
    paths = []
    for index, frame in enumerate(burst_of(drawn(), CASES[0], NOISES[0], count)):
        large = replace(frame, mosaic=np.tile(frame.mosaic, (2, 2)))
        crop = replace(large.default_crop, width=large.width, height=large.height)
        paths.append(str(tirage.write(replace(large, default_crop=crop), folder / f"{index}.dng", preview=None)))
    return paths


def cost(count: int = 6, rounds: int = 2) -> dict[str, tuple[float, float, float, float]]:
    """By strength: CPU seconds and wall seconds in all, CPU seconds a frame, and MiB; the least of `rounds`."""
    environment = {**os.environ, "TIRAGE_THREADS": "2"}
    found = {}
    with tempfile.TemporaryDirectory(prefix="tirage-burst-") as folder:
        paths = frames_of_12_mp(Path(folder), count)
        for name, options in (("--denoise 0", {"denoise": 0.0}), ("--denoise 1", {"denoise": 1.0})):
            command = [sys.executable, "-c", PROGRAM, json.dumps(options), *paths]
            runs = [
                json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
                for _ in range(rounds)
            ]
            cpu, wall, memory = (min(values) for values in zip(*runs, strict=True))
            found[name] = (cpu, wall, cpu / count, memory)
    return found
