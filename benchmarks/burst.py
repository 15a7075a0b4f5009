"""Bursts merged: quality beside other merges and beside what is possible, on simulated bursts, and what it costs.

`python benchmarks/burst.py [--full] [--only CASE] [--scene NAME] [--cost] [--record]`. By default a drawn scene of a
megapixel, six frames, the noise of the issue's table: about two minutes on two cores. `--full` takes six scenes of up
to three megapixels, three noises and 2 to 16 frames. Figures are PSNR of the mosaic in dB, of the part that nothing
crosses and of that which something does; "tile" is the worst 16 x 16 tile of the latter (of all where nothing moves)
against the single frame, denoised where the merge is: below 0 it is worse. `--cost` is what merging 12 MP frames costs
alone, stage by stage; `--only residues` what NoiseProfiles say beside what is measured. `--record` appends them to
benchmarks/history.jsonl.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from bursts import fine, peers, residues
from bursts.cost import cost
from bursts.scenes import CASES, FRAMES, NOISES, SCENES, Case, burst_of, oracle_mean

import tirage
from tirage.photo.frame import RawFrame
from tirage.simulating.burst import SimulatedBurst

#: Side of the tiles that are looked at one by one.
TILE = 16
QUICK_CASES = ("static", "moving", "rotation 1 degree", "bracket 0,-2,2", "flicker 5 %", "faint object 3 %",
               "rolling shutter 3 px", "sixty movers of 10 px", "noise stated x 0.7")  # fmt: skip
COUNTS = (2, 4, 6, 8, 16)


def light_of(frame: RawFrame) -> np.ndarray:
    """(H, W) float32, 1 = the clip of the reference."""
    black, white = float(frame.black_level.mean()), float(frame.white_level[0])
    scale = 2.0**frame.baseline_exposure_stops / (white - black)
    return ((frame.mosaic.astype(np.float32) - np.float32(black)) * np.float32(scale)).astype(np.float32)


def psnr(error: np.ndarray) -> float:
    """Of squared errors; infinite where there are none."""
    return float(-10 * np.log10(max(float(np.mean(error, dtype=np.float64)), 1e-30))) if error.size else float("nan")


def tiles(values: np.ndarray) -> np.ndarray:
    """The means of whole tiles."""
    rows, columns = (side // TILE for side in values.shape)
    return values[: rows * TILE, : columns * TILE].reshape(rows, TILE, columns, TILE).mean((1, 3), dtype=np.float64)


def figures(estimate: np.ndarray, truth: np.ndarray, touched: np.ndarray, single: np.ndarray | None) -> list[float]:
    """PSNR of the untouched part, of the touched part, and the worst tile against `single`'s squared errors."""
    error = (np.clip(estimate, None, 1) - np.clip(truth, None, 1)) ** 2
    result = [psnr(error[~touched]), psnr(error[touched]), float("nan")]
    if single is not None:
        ours, theirs = tiles(error), tiles(single)
        chosen = tiles(touched.astype(np.float32)) > 0 if touched.any() else np.ones(ours.shape, bool)
        # A tile that the single frame gets right by luck is held to half of what it errs on average.
        fair = np.maximum(theirs, 0.5 * np.median(theirs))
        result[2] = float(np.min(10 * np.log10(fair[chosen] / np.maximum(ours[chosen], 1e-30))))
    return result


def denoised_single(frame: RawFrame) -> np.ndarray:
    """One frame through the merge's own denoiser, nothing merged."""
    from tirage.merging import burst

    base = burst.light_of(frame)
    mean = burst.Mean(base, burst.resampling_of(base, frame.as_shot_neutral), False)
    return light_of(burst._result(frame, mean, burst.Options(), [], 1.0))


def contenders(
    burst: SimulatedBurst, case: Case, noise: tuple[float, float], with_peers: bool
) -> dict[str, list[float]]:
    """Name -> figures."""
    frames = [stated(frame, case.stated_noise) for frame in burst]
    truth, touched = light_of(burst.clean), burst.truth.touched
    lights = [light_of(frame) for frame in frames]
    gains = 2.0 ** (burst.truth.exposure_stops[0] - burst.truth.exposure_stops)
    scaled = [light * np.float32(gain) for light, gain in zip(lights, gains, strict=True)]
    single = (np.clip(lights[0], None, 1) - np.clip(truth, None, 1)) ** 2
    rows: dict[str, list[float]] = {"single frame": figures(lights[0], truth, touched, None)}
    if with_peers:
        rows["unaligned mean"] = figures(peers.mean(scaled), truth, touched, single)
        if peers.HAS_OPENCV:
            rows["OpenCV MTB + mean"] = figures(peers.opencv_mtb(scaled), truth, touched, single)
            rows["OpenCV ECC + mean"] = figures(peers.opencv_ecc(scaled, frames[0].cfa or ""), truth, touched, single)
        rows["oracle mean, no motion"] = figures(oracle_mean(truth, noise, len(burst)), truth, touched, single)
    alone = denoised_single(frames[0])
    rows["denoised single frame"] = figures(alone, truth, touched, None)
    merged = light_of(tirage.merge(frames, reference=0, denoise=0.0))
    rows["tirage --denoise 0"] = figures(merged, truth, touched, single)
    full = light_of(tirage.merge(frames, reference=0, denoise=1.0))
    single_denoised = (np.clip(alone, None, 1) - np.clip(truth, None, 1)) ** 2
    rows["tirage --denoise 1"] = figures(full, truth, touched, single_denoised)
    return rows


def stated(frame: RawFrame, share: float) -> RawFrame:
    """`frame` with a NoiseProfile of that share of the truth."""
    assert frame.noise_profile is not None
    return frame if share == 1 else replace(frame, noise_profile=frame.noise_profile * share)


def show(title: str, rows: dict[str, list[float]]) -> None:
    """Print a table."""
    print(f"\n{title}\n{'':28}{'untouched':>12}{'touched':>12}{'tile':>12}")
    for name, values in rows.items():
        print(f"{name:28}" + "".join(f"{'-' if np.isnan(value) else f'{value:.2f}':>12}" for value in values))


def finer(scene_name: str) -> dict[str, Any]:
    """Super-resolution on a star and on a scene; printed, too."""
    found: dict[str, Any] = {}
    scenes = {"star": fine.star(), scene_name: SCENES[scene_name]()}
    for name, settings in (("star", {}), (scene_name, {}), (scene_name, {"moving": True})):
        for scale in (1.5, 2.0):
            for noise in ((1e-4, 1e-6), NOISES[1], NOISES[0]):
                what = "moving" if settings else "static"
                title = f"{name}, scale {scale:g}, {what}, {fine.FRAMES} frames, noise {noise[0]:g} x + {noise[1]:g}"
                found[title] = fine.contenders(scenes[name], scale, noise, **settings)
                print(f"\n{title}\n{'':28}{'untouched':>12}{'touched':>12}", end="")
                print("".join(f"{f:8.2f} c/px" for f in fine.FREQUENCIES) if name == "star" else "")
                for contender, values in found[title].items():
                    print(f"{contender:28}" + "".join(f"{value:12.2f}" for value in values))
    return found


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", choices=[case.name for case in CASES] + ["super", "residues", "cost"])
    parser.add_argument("--scene", choices=SCENES)
    parser.add_argument("--cost", dest="only", action="store_const", const="cost")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, {platform.machine()}, {date.today()}")
    found: dict[str, Any] = {}
    for scene_name in [options.scene] if options.scene else [*SCENES][1:] if options.full else ["small"]:
        other = options.only in ("super", "residues", "cost")
        scene = None if other else SCENES[scene_name]()
        if scene is None:
            print("" if other else f"left out: no shared data for {scene_name}", end="")
            continue
        for case in CASES:
            if (options.only or case.name) != case.name or not (
                options.full or options.only or case.name in QUICK_CASES
            ):
                continue
            for noise in NOISES if options.full and case.name in ("static", "moving") else NOISES[:1]:
                for count in COUNTS if options.full and case.name == "static" and noise == NOISES[0] else (FRAMES,):
                    title = f"{scene_name}, {case.name}, {count} frames, noise {noise[0]:g} x + {noise[1]:g}"
                    start = time.perf_counter()
                    burst = burst_of(scene, case, noise, count)
                    with_peers = options.full or bool(options.only) or case.name in ("static", "moving")
                    found[title] = contenders(burst, case, noise, with_peers)
                    show(f"{title}  ({time.perf_counter() - start:.0f} s)", found[title])
    if options.only == "super" or options.full:
        found |= finer(options.scene or "small")
    if options.only == "residues" or options.full:
        found |= residues.show()
    if options.only in (None, "cost"):
        found["cost"] = cost(rounds=3 if options.full else 1)
        print(f"\n{FRAMES} frames of 12 MP{'':9}{'CPU s':>12}{'wall s':>12}{'CPU s/frame':>12}{'MiB':>12}")
        whole, stages = (
            {name: values for name, values in found["cost"].items() if len(values) == count} for count in (4, 2)
        )
        for name, values in whole.items():
            print(f"{name:28}" + "".join(f"{value:12.2f}" for value in values))
        print(f"\n{'of that, by stage':28}{'CPU s':>12}{'a frame':>12}")
        for name, values in stages.items():
            print(f"{name:28}" + "".join(f"{value:12.3f}" for value in values))
    if options.record:
        line = {"date": str(date.today()), "benchmark": "burst", "cores": os.cpu_count(), "figures": found}
        line |= {"machine": platform.machine(), "load_average": round(os.getloadavg()[0], 1)}
        with Path(__file__).with_name("history.jsonl").open("a") as history:
            history.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
