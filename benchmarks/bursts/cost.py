"""What a merge costs, in all and stage by stage: a process of its own reads 12 MP frames and merges them."""

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

#: What a stage is called and the functions whose time it is, less that of other stages within them.
STAGES = {
    "files read, twice each": ["pipeline.read"],
    "what frames are like": ["merging.selection.look_at", "merging.selection._cells"],
    "sharpness": ["merging.selection._sharpness"],
    "faults of the sensor": ["merging.faults.outliers", "merging.burst.repaired"],
    "reference as clean guide": ["merging.burst._guide"],
    "pyramids of greys": ["merging.alignment.pyramid_of"],
    "phase correlation": ["merging.align.homography.shifts_by_phase"],
    "homography": ["merging.alignment.align", "merging.alignment.brightness", "merging.alignment.agreement"],
    "objects": ["merging.alignment.moved_objects"],
    "rows": ["merging.alignment.row_flow"],
    "smooth flow": ["merging.alignment.smooth_flow"],
    "maps": ["merging.alignment.smooth_map", "merging.alignment.piecewise_map"],
    "demosaic": ["merging.fuse.mean._demosaiced"],
    "resample, weigh, add": ["merging.fuse.mean.Mean.add"],
    "state begun": ["merging.fuse.mean.Mean.__init__"],
    "result, shrunk": ["merging.burst._result"],
    "the rest": ["pipeline.merge"],
}

STAGE_PROGRAM = """
import importlib, json, sys, time
import tirage, tirage.pipeline
from tirage.merging import burst
stages, options, paths = json.loads(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]
spent, within = dict.fromkeys(stages, 0.0), [0.0]

def timed(stage, function):
    def call(*arguments, **named):
        start = time.process_time()
        within.append(0.0)
        try:
            return function(*arguments, **named)
        finally:
            whole = time.process_time() - start
            spent[stage] += whole - within.pop()
            within[-1] += whole
    return call

tirage.merge(paths[:2], reference=0, **options)  # what happens once a process
for stage, names in stages.items():
    for name in names:
        parts = name.split(".")
        count = 1 + (parts[-2] == "Mean")
        owner = importlib.import_module(".".join(["tirage", *parts[:-count]]))
        for part in parts[-count:-1]:
            owner = getattr(owner, part)
        setattr(owner, parts[-1], timed(stage, getattr(owner, parts[-1])))
tirage.pipeline.merge(paths, reference=0, **options)
print(json.dumps(spent))
"""


def frames_of_12_mp(folder: Path, count: int) -> list[str]:
    """Files of a burst whose mosaics are three megapixels four times over."""
    paths = []
    for index, frame in enumerate(burst_of(drawn(), CASES[0], NOISES[0], count)):
        large = replace(frame, mosaic=np.tile(frame.mosaic, (2, 2)))
        crop = replace(large.default_crop, width=large.width, height=large.height)
        paths.append(str(tirage.write(replace(large, default_crop=crop), folder / f"{index}.dng", preview=None)))
    return paths


def cost(count: int = 6, rounds: int = 2) -> dict[str, tuple[float, ...]]:
    """By strength: CPU seconds and wall seconds in all, CPU seconds a frame, and MiB; the least of `rounds`.

    Then by stage, at strength 1 and on one thread: CPU seconds in all and a frame.
    """
    environment = {**os.environ, "TIRAGE_THREADS": "2"}
    found: dict[str, tuple[float, ...]] = {}
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
        command = [sys.executable, "-c", STAGE_PROGRAM, json.dumps(STAGES), json.dumps({"denoise": 1.0}), *paths]
        alone = {**environment, "TIRAGE_THREADS": "1"}  # else stages run beside each other
        runs = [
            json.loads(subprocess.run(command, env=alone, check=True, capture_output=True).stdout)
            for _ in range(rounds)
        ]
        least = min(runs, key=lambda run: sum(run.values()))
        found |= {stage: (seconds, seconds / count) for stage, seconds in least.items()}
    return found
