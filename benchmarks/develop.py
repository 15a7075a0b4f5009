"""Develop one 12 MP file, whole process: CPU seconds and peak memory, against rawpy AHD to JPEG quality 95.

Start-up and file writing are included. The contenders take turns, so that a noisy machine troubles all alike; the
best of each counts. `python benchmarks/develop.py [FILE] [--rounds 7] [--record]`; FILE defaults to
raw/gopro_hero6_iso100.dng of the shared data. `--record` appends the figures to benchmarks/history.jsonl.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

DATA = Path(os.environ.get("TIRAGE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))

RAWPY = """
import sys, rawpy
from PIL import Image
with rawpy.imread(sys.argv[1]) as raw:
    rgb = raw.postprocess(demosaic_algorithm=rawpy.DemosaicAlgorithm.{algorithm}, use_camera_wb=True)
Image.fromarray(rgb).save(sys.argv[2], quality=95)
"""

#: Reach and aim of the issues that asked for these figures.
BOUNDS = {"tirage fast": (0.40, 0.25), "tirage balanced": (0.80, 0.45), "tirage best": (1.20, 0.70)}


def contenders(source: Path, folder: Path) -> dict[str, list[str]]:
    """Name -> command line that turns `source` into a JPEG."""

    def tirage(quality: str) -> list[str]:
        target = str(folder / f"{quality}.jpg")
        command = [sys.executable, "-m", "tirage.cli", "develop", str(source), "-o", target]
        return [*command, "--quality", quality, "--overwrite"]

    def rawpy(algorithm: str) -> list[str]:
        return [sys.executable, "-c", RAWPY.format(algorithm=algorithm), str(source), str(folder / f"{algorithm}.jpg")]

    return {
        "rawpy AHD": rawpy("AHD"),
        "rawpy linear": rawpy("LINEAR"),
        "tirage fast": tirage("fast"),
        "tirage balanced": tirage("balanced"),
        "tirage best": tirage("best"),
    }


def measured(command: list[str]) -> tuple[float, float]:
    """CPU seconds (user and system) and peak resident MiB of one run, from the kernel's own account of the process."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:3])} ... failed with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=DATA / "raw" / "gopro_hero6_iso100.dng")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        commands = contenders(options.file, Path(folder))
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                runs[name].append(measured(command))
    best = {name: min(cpu for cpu, _ in values) for name, values in runs.items()}
    peak = {name: max(memory for _, memory in values) for name, values in runs.items()}
    base = best["rawpy AHD"]
    print(f"{options.file.name}, best of {options.rounds}, {os.cpu_count()} cores, {date.today()}")
    print(f"{'':18}{'CPU s':>8}{'ratio':>8}{'MiB':>7}   reach  aim")
    for name in commands:
        bounds = "{:8.2f}{:6.2f}".format(*BOUNDS[name]) if name in BOUNDS else ""
        print(f"{name:18}{best[name]:8.3f}{best[name] / base:8.2f}{peak[name]:7.0f}{bounds}")
    if options.record:
        line = {
            "date": str(date.today()),
            "benchmark": "develop",
            "cores": os.cpu_count(),
            "machine": platform.machine(),
            "file": options.file.name,
            "cpu_s": {name: round(value, 3) for name, value in best.items()},
            "peak_mib": {name: round(value) for name, value in peak.items()},
        }
        with Path(__file__).with_name("history.jsonl").open("a") as history:
            history.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
