"""SensorProfile: a measured sensor, as its maker describes it, and the reader of sensor files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .errors import FileError, UsageError, nearest
from .frame import BAYER_PATTERNS, CameraColour, Illuminant

SCHEMA = 1

#: The sensors that come with tirage.
SENSORS_FOLDER = Path(__file__).resolve().parent.parent / "sensors"


@dataclass(frozen=True, eq=False)
class SensorProfile:
    """A sensor's colour, levels and noise.

    `black_level` and `white_level` are stored units, `white_level` being the highest code.
    `noise_per_iso` are (iso, scale, offset) rows, ascending: variance = scale * x + offset on 0..1 of the linearised
    range, before quantisation. `shading_stops` (red, green, blue) is the light lost at the corner, used when a
    photograph is simulated. `daylight_neutral` (3,) is the response to daylight, its highest channel 1.
    """

    name: str
    version: str
    author: str
    licence: str
    cfa: str
    black_level: float
    white_level: float
    colour: CameraColour
    noise_per_iso: tuple[tuple[float, float, float], ...] = ()
    shading_stops: tuple[float, float, float] = (0.0, 0.0, 0.0)
    daylight_neutral: np.ndarray = field(default_factory=lambda: np.ones(3))
    description: str = ""


def sensor_names() -> list[str]:
    """The names of the sensors that come with tirage."""
    return sorted(path.stem for path in SENSORS_FOLDER.glob("*.toml"))


def load_sensor(sensor: str | Path) -> SensorProfile:
    """The sensor of this name, or of the file at this path (anything with a folder or ending in .toml).

    Raises UsageError for an unknown name or a file that breaks the schema, FileError for one that can't be read.
    """
    import tomllib

    text = str(sensor)
    path = Path(sensor)
    if path.suffix != ".toml" and path.name == text:
        if text not in sensor_names():
            known = sensor_names()
            raise UsageError(f"unknown sensor {text!r}{nearest(text, known)}; known: {', '.join(known)}")
        path = SENSORS_FOLDER / f"{text}.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"can't read sensor file {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"sensor file {path} isn't valid TOML: {error}") from error
    return sensor_from_mapping(table, f"sensor file {path}")


def sensor_from_mapping(table: Mapping[str, Any], where: str = "sensor") -> SensorProfile:
    """The sensor that `table` states; raises UsageError beginning with `where` when it breaks the schema."""
    known = ["schema", "illuminant", *(f for f in SensorProfile.__dataclass_fields__ if f != "colour")]
    for key in table:
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}{nearest(key, known)}")
    if table.get("schema") != SCHEMA:
        raise UsageError(f"{where}: schema must be {SCHEMA}, not {table.get('schema')!r}")
    texts = {key: table.get(key, "") for key in ("name", "version", "author", "licence", "description")}
    for key, value in texts.items():
        if not isinstance(value, str) or (not value and key != "description"):
            raise UsageError(f"{where}: {key} must be a text")
    cfa = table.get("cfa")
    if cfa not in BAYER_PATTERNS:
        raise UsageError(f"{where}: cfa must be one of {', '.join(BAYER_PATTERNS)}, not {cfa!r}")
    black, white = (float(_numbers(table.get(key), (), f"{where}: {key}")) for key in ("black_level", "white_level"))
    if not (0 <= black < white <= 65535 and white == int(white)):
        raise UsageError(f"{where}: 0 <= black_level < white_level <= 65535 must hold, white_level whole")
    noise = _numbers(table.get("noise_per_iso", []), (None, 3), f"{where}: noise_per_iso", low=0.0)
    if (np.diff(noise[:, 0], prepend=0.0) <= 0).any():
        raise UsageError(f"{where}: noise_per_iso must be in ascending order of ISO")
    shading = _numbers(table.get("shading_stops", [0, 0, 0]), (3,), f"{where}: shading_stops", low=0.0, high=4.0)
    return SensorProfile(
        **texts,
        cfa=cfa,
        black_level=black,
        white_level=white,
        colour=CameraColour(_illuminants(table.get("illuminant"), where)),
        noise_per_iso=tuple((float(iso), float(scale), float(offset)) for iso, scale, offset in noise),
        shading_stops=(float(shading[0]), float(shading[1]), float(shading[2])),
        daylight_neutral=_numbers(
            table.get("daylight_neutral"), (3,), f"{where}: daylight_neutral", low=1e-3, high=1.0
        ),
    )


def _illuminants(tables: Any, where: str) -> tuple[Illuminant, ...]:
    if not isinstance(tables, list) or not 1 <= len(tables) <= 3:
        raise UsageError(f"{where}: one to three [[illuminant]] tables are needed")
    illuminants = []
    for number, table in enumerate(tables, 1):
        here = f"{where}, illuminant {number}"
        known = ["cct_kelvin", "color_matrix", "forward_matrix"]
        for key in table:
            if key not in known:
                raise UsageError(f"{here}: unknown key {key!r}{nearest(key, known)}")
        cct_kelvin = float(_numbers(table.get("cct_kelvin"), (), f"{here}: cct_kelvin", low=1000.0, high=25000.0))
        color_matrix = _numbers(table.get("color_matrix"), (3, 3), f"{here}: color_matrix")
        if abs(np.linalg.det(color_matrix)) < 1e-6:
            raise UsageError(f"{here}: color_matrix can't be inverted")
        forward = table.get("forward_matrix")
        if forward is not None:
            forward = _numbers(forward, (3, 3), f"{here}: forward_matrix")
        illuminants.append(Illuminant(cct_kelvin, color_matrix, forward))
    return tuple(illuminants)


def _numbers(
    value: Any, shape: tuple[int | None, ...], where: str, low: float = -math.inf, high: float = math.inf
) -> np.ndarray:
    """`value` as finite float64 of `shape` (None matches any length), each in low..high, or UsageError."""
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.full((), math.nan)
    if array.size == 0 and shape[:1] == (None,):
        return array.reshape([length or 0 for length in shape])
    fits = array.ndim == len(shape) and all(want in (None, have) for want, have in zip(shape, array.shape, strict=True))
    if not fits or not np.isfinite(array).all():
        size = " x ".join(str(length or "n") for length in shape)
        raise UsageError(f"{where} must be {f'{size} finite numbers' if shape else 'a finite number'}")
    if (array < low).any() or (array > high).any():
        raise UsageError(f"{where} is out of range; it may be {low:g}..{high:g}")
    return array
