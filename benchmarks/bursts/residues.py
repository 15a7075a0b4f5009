"""What merging leaves of the noise of flats: the table `_RESIDUES` of `merging.shrink.stage`, and how true it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import tirage
from tirage.photo.frame import RawFrame
from tirage.photo.image import SceneImage
from tirage.simulating.burst import simulate_burst

from .scenes import NOISES, SENSOR

COUNTS = (2, 6, 16)
STRENGTHS = (0.001, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.3, 2.0)
#: Light of the flats, their side in pixels, and how near their edges nothing is looked at.
_LEVELS, _SIDE, _EDGE = (0.05, 0.1, 0.2, 0.35, 0.55), 192, 24


def flats() -> SceneImage:
    """Flats side by side, and something to align by."""
    y, x = np.mgrid[: 3 * _SIDE, : (1 + len(_LEVELS)) * _SIDE]
    band = x // _SIDE
    light = np.where(band, np.array((0.0, *_LEVELS))[band], 0.3 + 0.1 * np.sin(x / 3.1) * np.cos(y / 4.3))
    light += 0.06 * np.sin(x / 19 + y / 13) * (band == 0)
    return SceneImage(np.repeat(light[None].astype(np.float32), 3, 0), white=1.4)


def variances(frame: RawFrame, clean: np.ndarray) -> np.ndarray:
    """(flats, colours) of a frame's errors, in parts of white; green is the mean of both of its sites."""
    black, white = float(frame.black_level.mean()), float(frame.white_level[0])
    error = (frame.mosaic.astype(np.float64) - black) * (2.0**frame.baseline_exposure_stops / (white - black)) - clean
    found = []
    for number in range(1, 1 + len(_LEVELS)):
        flat = error[_EDGE:-_EDGE, number * _SIDE + _EDGE : (number + 1) * _SIDE - _EDGE]
        sites = [flat[site // 2 :: 2, site % 2 :: 2].var() for site in range(4)]
        found.append([sites[0], (sites[1] + sites[2]) / 2, sites[3]])
    return np.array(found)


def residues() -> dict[int, np.ndarray]:
    """Frames -> (colours, strengths), what is left of a mean's variance; prints how true NoiseProfiles are."""
    scene = flats()
    found: dict[int, np.ndarray] = {}
    print(f"{'measured / stated variance':32}" + "".join(f"{strength:7g}" for strength in (0.0, *STRENGTHS)))
    for count in COUNTS:
        shares, truths = [], []
        for noise in NOISES:
            burst = simulate_burst(scene, frames=count, noise=noise, seed=3, **SENSOR)
            clean = burst.clean
            black, white = float(clean.black_level.mean()), float(clean.white_level[0])
            light = (clean.mosaic.astype(np.float64) - black) / (white - black)
            frames = [replace(frame, default_crop=clean.default_crop) for frame in burst]
            left = []
            for strength in (0.0, *STRENGTHS):
                merged = tirage.merge(frames, reference=0, denoise=strength)
                assert merged.noise_profile is not None
                left.append(variances(merged, light))
                scale, offset = merged.noise_profile.T
                truths.append(left[-1] / (scale * np.array(_LEVELS)[:, None] * _neutral(clean) + offset))
            shares.append(np.array(left[1:]) / left[0])
        found[count] = np.exp(np.log(shares).mean((0, 2))).T
        ratios = np.exp(np.log(truths).mean(1)).reshape(len(NOISES), -1, 3).mean(0)
        for colour, row in zip(("red", "green", "blue"), ratios.T, strict=True):
            print(f"{f'{count} frames, {colour}':32}" + "".join(f"{ratio:7.2f}" for ratio in row))
    return found


def _neutral(frame: RawFrame) -> np.ndarray:
    """What red, green and blue are of a grey scene's light, in parts of white, by the frame itself."""
    black, white = float(frame.black_level.mean()), float(frame.white_level[0])
    light = (frame.mosaic.astype(np.float64) - black) / (white - black)
    flat = light[_EDGE:-_EDGE, len(_LEVELS) * _SIDE + _EDGE : -_EDGE] / _LEVELS[-1]
    means = [flat[site // 2 :: 2, site % 2 :: 2].mean() for site in range(4)]
    return np.array([means[0], (means[1] + means[2]) / 2, means[3]])


def show() -> dict[str, list]:
    """Measure and print."""
    found = residues()
    print(f"\nwhat strengths leave of a mean's variance: {STRENGTHS}")
    for count, rows in found.items():
        print(f"{count}: (")
        for row in rows:
            print("    (" + ", ".join(f"{share:.3f}" for share in row) + "),")
        print("),")
    return {f"residues of {count} frames": rows.tolist() for count, rows in found.items()}
