"""A handheld burst of a photograph: frames as a sensor would have recorded them one after another, with their truth.

The picture's light is a cubic B-spline (`spline`), sampled through the filters at places that the hand, the rolling
shutter and the exposure decide (`motion`), then recorded as a single frame is. Frame 0 has the geometry of the picture.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..photo.errors import UsageError
from ..photo.frame import RawFrame
from . import prepared, spline
from .exposure import RED_GREEN_BLUE, STRIP_ROWS, record, sensor_light, sites_of
from .motion import MovingObject, moving_objects, shaken, shown, wobbling
from .photograph import Picture

#: When the first shutter opens, how long it stays open at 0 stops, and how long the sensor takes to be read.
_START, _EXPOSURE_S, _READOUT_S = dt.datetime(2026, 1, 1, 12, 0, 0, 500_000), Fraction(1, 30), 0.03
_MOST_FRAMES = 1000


@dataclass(frozen=True, eq=False)
class BurstTruth:
    """What is known of a simulated burst; coordinates are pixels, x right, y down, the first pixel's centre at 0, 0.

    `homographies` (N, 3, 3) take pixels of each frame to those of frame 0, after `displacements` (N, H, 2), those of a
    rolling shutter, were added to x and y. `exposure_stops` (N,) are stated in the files, `light_gains` (N,), those of
    flickering light, are not. `moving` (H, W) bool is where objects are in frame 0, `touched` (H, W) bool where they
    come in any frame.
    """

    homographies: np.ndarray
    displacements: np.ndarray
    exposure_stops: np.ndarray
    light_gains: np.ndarray
    moving: np.ndarray
    touched: np.ndarray
    objects: tuple[MovingObject, ...]


class SimulatedBurst:
    """A burst whose frames are made when asked for; `truth` is known at once, `clean` is frame 0 without noise."""

    def __init__(
        self, blank: RawFrame, splines: Sequence[np.ndarray], recording: dict[str, Any], truth: BurstTruth
    ) -> None:
        self._blank, self._splines, self._recording, self.truth = blank, splines, recording, truth

    def __len__(self) -> int:
        return len(self.truth.homographies)

    def __iter__(self) -> Iterator[RawFrame]:
        return (self.frame(index) for index in range(len(self)))

    def frame(self, index: int) -> RawFrame:
        """The frame of this index, counted from 0."""
        stops = float(self.truth.exposure_stops[index])
        exposures = [_EXPOSURE_S * Fraction(2.0**one) for one in self.truth.exposure_stops[: index + 1]]
        waited = float(sum(exposures[:-1])) + index * _READOUT_S
        capture = replace(
            self._blank.capture,
            exposure_s=float(exposures[-1]),
            time=_START + dt.timedelta(microseconds=round(1e6 * waited)),
        )
        mosaic = self._mosaic(index, 2.0**stops * float(self.truth.light_gains[index]), noisy=True)
        return replace(self._blank, mosaic=mosaic, capture=capture)

    @property
    def clean(self) -> RawFrame:
        """Frame 0 as a sensor without noise records it."""
        mosaic = self._mosaic(0, 2.0 ** float(self.truth.exposure_stops[0]), noisy=False)
        rounding = self._recording["rounding"]
        return replace(self.frame(0), mosaic=mosaic, noise_profile=np.array([[0.0, rounding]]))

    def _mosaic(self, index: int, gain: float, *, noisy: bool) -> np.ndarray:
        made = self._recording
        size = self._blank.mosaic.shape

        def filtered(rows: np.ndarray) -> np.ndarray:
            return self._filtered(rows, index, gain)

        noise = made["noise"] if noisy else None
        # The upper half of Philox's key: every frame has numbers of its own, frame 0 those of a single one.
        seed = made["seed"] | index << 64
        return record(filtered, size, made["profile"], made["cfa"], made["maps"], noise, seed)

    def _filtered(self, rows: np.ndarray, index: int, gain: float) -> np.ndarray:
        """What the filters let through in these rows of a frame."""
        width = self._blank.width
        received = np.empty((len(rows), width), np.float32)
        for site, letter in enumerate(self._recording["cfa"]):
            own = sites_of(site, rows)
            own_rows, own_columns = rows[own[0]], np.arange(width)[own[1]]
            if own_rows.size and own_columns.size:
                x, y = self._places(own_rows, own_columns, index)
                received[own] = self._light(RED_GREEN_BLUE.index(letter), x, y, index)
        return received * np.float32(gain)

    def _places(self, rows: np.ndarray, columns: np.ndarray, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Where in the scene these pixels of a frame look: x and y."""
        moved = self.truth.displacements[index, rows]
        x, y = columns[None] + moved[:, :1], rows[:, None] + moved[:, 1:]
        m = self.truth.homographies[index]
        w = m[2, 0] * x + m[2, 1] * y + m[2, 2]
        return (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / w, (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / w

    def _light(self, colour: int, x: np.ndarray, y: np.ndarray, frame: int) -> np.ndarray:
        """The light of a colour at places of the scene, objects before it."""
        light = np.maximum(spline.at(self._splines[colour], x, y), 0)
        for one, where, cover in shown(x, y, self.truth.objects, frame):
            own_light = spline.at(self._splines[colour], *one.picture(x[where], y[where], frame))
            carried = np.maximum(own_light, 0) * np.float32(one.gain[colour])
            light[where] += (carried - light[where]) * cover
        return light


def simulate_burst(
    picture: Picture,
    *,
    frames: int = 8,
    shake_px: float = 12.0,
    rotation_degrees: float = 0.0,
    perspective_px: float = 0.0,
    rolling_shutter_px: float = 0.0,
    exposure_steps: Sequence[float] = (0.0,),
    flicker: float = 0.0,
    moving: bool | None = None,
    objects: int | None = None,
    object_step_px: float | None = None,
    object_size_px: float | None = None,
    object_contrast: float | None = None,
    seed: int = 0,
    noise: bool | tuple[float, float] = True,
    **settings: Any,
) -> SimulatedBurst:
    """A handheld burst of `picture`; `settings` are those of `simulate`. Frame 0 is the reference and the truth's.

    The hand shifts each other frame by up to `shake_px` in x and in y, turns it by up to `rotation_degrees` about its
    centre and tilts it until corners are displaced by up to `perspective_px`; rows wobble by up to
    `rolling_shutter_px`. `exposure_steps` are stops by which the shutter stays open longer, one frame after another
    and over again; the light flickers by up to the share `flicker`, frame 0 apart. With `moving`, `objects` discs of
    `object_size_px` move by `object_step_px` per frame: other parts of the picture, or with `object_contrast` what is
    behind them, that share brighter; 1 disc, a seventh of the shorter side and 9 unless given. Giving any of the four
    asks for `moving`, unless that is False. `noise` may be (scale, offset) of the variance on 0..1 instead of the
    sensor's.

    Equal arguments give equal bits. Raises FileError and UsageError as `simulate` does.
    """
    _check(frames, exposure_steps, flicker)
    if moving is None:
        moving = any(one is not None for one in (objects, object_step_px, object_size_px, object_contrast))
    objects = 1 if objects is None else objects
    object_step_px = 9.0 if object_step_px is None else object_step_px
    limits = {"shake_px": shake_px, "rotation_degrees": rotation_degrees, "perspective_px": perspective_px}
    limits |= {"rolling_shutter_px": rolling_shutter_px, "object_step_px": object_step_px}
    for name, value in limits.items():
        if not 0 <= value <= 10_000:
            raise UsageError(f"{name} = {value:g} is out of range; it may be 0 to 10000")
    _check_objects(objects, object_size_px, object_contrast)
    blank, scene, to_sensor, recording = prepared(picture, noise=noise, seed=seed, **settings)
    size = scene.shape[1:]
    found = ()
    if moving:
        found = moving_objects(
            objects,
            size,
            frames,
            step_px=object_step_px,
            diameter_px=object_size_px,
            contrast=object_contrast,
            seed=seed,
        )
    flickers = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 4, 0])).uniform(-1, 1, frames)
    truth = BurstTruth(
        homographies=shaken(frames, size, shake_px, rotation_degrees, perspective_px, seed),
        displacements=wobbling(frames, size[0], rolling_shutter_px, seed),
        exposure_stops=np.resize(np.array(exposure_steps, np.float64), frames),
        light_gains=1 + flicker * flickers * (np.arange(frames) > 0),
        moving=_covered(size, found, [0]),
        touched=_covered(size, found, range(frames)),
        objects=found,
    )
    light = [np.empty(size, np.float32) for _ in range(3)]
    for top in range(0, size[0], STRIP_ROWS):
        for plane, strip in zip(light, sensor_light(to_sensor, scene[:, top : top + STRIP_ROWS]), strict=True):
            plane[top : top + STRIP_ROWS] = strip
    return SimulatedBurst(blank, [spline.coefficients(plane) for plane in light], recording, truth)


def _check(frames: int, exposure_steps: Sequence[float], flicker: float) -> None:
    if not 1 <= frames <= _MOST_FRAMES:
        raise UsageError(f"a burst of {frames} frames makes no sense; give 1 to {_MOST_FRAMES}")
    if not exposure_steps or not all(-20 <= stops <= 20 for stops in exposure_steps):
        raise UsageError("exposure steps are one or more numbers of stops, each -20 to 20, like -2,0,2")
    if not 0 <= flicker < 1:
        raise UsageError(f"flicker = {flicker:g} is out of range; it may be 0 to 1, 0.05 being 5 %")


def _check_objects(count: int, size_px: float | None, contrast: float | None) -> None:
    if not 0 < count <= 10_000:
        raise UsageError(f"{count} moving objects make no sense; give 1 to 10000")
    if size_px is not None and not 0 < size_px <= 10_000:
        raise UsageError(f"an object of {size_px:g} pixels makes no sense; give more than 0 and up to 10000")
    if contrast is not None and not -1 <= contrast <= 100:
        raise UsageError(f"an object's contrast may be -1 to 100, not {contrast:g}; 0.03 is 3 % brighter")


def _covered(size: tuple[int, int], objects: tuple[MovingObject, ...], frames: Sequence[int]) -> np.ndarray:
    """Where any of the objects is in any of these frames, (H, W) bool, in the geometry of frame 0."""
    covered = np.zeros(size, bool)
    for frame in frames:
        for one in objects:
            left, top, right, bottom = one.bounds(frame)
            columns = np.arange(max(int(left), 0), min(int(right) + 2, size[1]))
            rows = np.arange(max(int(top), 0), min(int(bottom) + 2, size[0]))
            if columns.size and rows.size:
                cover = one.cover(columns[None].astype(float), rows[:, None].astype(float), frame)
                covered[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] |= cover > 0
    return covered


def write_truth(burst: SimulatedBurst, names: Sequence[str], folder: Path, *, overwrite: bool = True) -> list[Path]:
    """Write truth.dng, truth.npz (the arrays of `BurstTruth`) and truth.json (its numbers) into `folder`; their paths.

    `names` are those of the frames' files.
    """
    import dataclasses
    import json

    from ..writing.atomic import replacing
    from ..writing.dng import write_dng

    truth = burst.truth
    paths = [folder / f"truth.{suffix}" for suffix in ("dng", "npz", "json")]
    write_dng(burst.clean, paths[0], overwrite=overwrite)
    arrays = {one.name: getattr(truth, one.name) for one in dataclasses.fields(truth) if one.name != "objects"}
    with replacing(paths[1], overwrite=overwrite) as file:
        np.savez_compressed(file, **arrays)
    facts = {
        "reference": names[0],
        "frames": [
            {
                "file": name,
                "homography_to_reference": truth.homographies[index].tolist(),
                "exposure_stops": float(truth.exposure_stops[index]),
                "light_gain": float(truth.light_gains[index]),
            }
            for index, name in enumerate(names)
        ],
        "objects": [dataclasses.asdict(one) for one in truth.objects],
    }
    with replacing(paths[2], overwrite=overwrite) as file:
        file.write((json.dumps(facts, indent=2) + "\n").encode())
    return paths
