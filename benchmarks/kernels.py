"""Every graph alone on 12 MP: wall and CPU milliseconds, against copying the same bytes.

`python benchmarks/kernels.py [--rounds 15] [--threads 2]`; best of the rounds counts.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date
from pathlib import Path

import numpy as np
from timing import best

from tirage.kernels.call import library, run

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from portability import cases as small  # noqa: E402  (the tests' own cases, enlarged)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    small.HEIGHT, small.WIDTH = 3005, 4008  # the crop of the cases leaves 4000 x 3000
    library().set_threads(options.threads)
    print(f"12 MP, {options.threads} threads, {os.cpu_count()} cores, {library().isa}, {date.today()}")
    print(f"{'':24}{'wall ms':>8}{'CPU ms':>8}")
    for name, (arguments, output) in sorted(small.cases().items()):
        wall, cpu = best(lambda: run(name, *arguments, output), options.rounds)  # noqa: B023
        print(f"{name:24}{1e3 * wall:8.1f}{1e3 * cpu:8.1f}")
    source = np.zeros((3000, 4000, 3), np.uint8)
    mosaic = np.zeros((3000, 4000), np.uint16)
    target, copy = np.empty_like(source), np.empty_like(mosaic)

    def copying() -> None:
        np.copyto(target, source)
        np.copyto(copy, mosaic)

    wall, cpu = best(copying, options.rounds)
    print(f"{'(copying its bytes)':24}{1e3 * wall:8.1f}{1e3 * cpu:8.1f}")


if __name__ == "__main__":
    main()
