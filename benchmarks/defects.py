"""Defects: detail harmed per megapixel, defects found, and the time of the scan, beside copying its bytes.

`python benchmarks/defects.py [--threads 2]`; the pictures are drawn, so the table is the same everywhere.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date
from pathlib import Path

import numpy as np
from timing import best

from tirage.developing.defects import find
from tirage.kernels.call import library
from tirage.simulating import simulate
from tirage.simulating.scene import demo_scene

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from developing import defect_scenes as scenes  # noqa: E402  (the tests' own scenes)

ISOS, ROUNDS = (100, 400, 1600, 6400), 15


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    library().set_threads(parser.parse_args().threads)
    pictures = {"landscape": demo_scene(), "stars": scenes.stars(1000, 1500), "drawing": scenes.drawing(1000, 1500)}
    print(f"{'harmed per megapixel / found, at ISO':40}" + "".join(f"{iso:>14}" for iso in ISOS))
    for sensor in ("generic-phone", "generic-camera"):
        for name, picture in pictures.items():
            cells = []
            for iso in ISOS:
                frame = simulate(picture, sensor=sensor, iso=iso)
                harmed = len(find(frame)) / (frame.mosaic.size / 1e6)
                broken, injected = scenes.with_defects(frame, seed=iso, count=8000)
                found = scenes.share_found(find(broken), injected, frame.width)
                cells.append(f"{harmed:6.2f} /{100 * found:5.1f}%")
            print(f"{name + ', ' + sensor:40}" + "".join(f"{cell:>14}" for cell in cells))
    frame = simulate(demo_scene(3000, 4000))
    copy = np.empty_like(frame.mosaic)
    print(f"12 MP, {library().isa}, {os.cpu_count()} cores, {date.today()}: wall and CPU ms")
    for name, function in (("find", lambda: find(frame)), ("copying", lambda: np.copyto(copy, frame.mosaic))):
        wall, cpu = best(function, ROUNDS)
        print(f"{name:24}{1e3 * wall:8.1f}{1e3 * cpu:8.1f}")


if __name__ == "__main__":
    main()
