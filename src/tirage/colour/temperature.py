"""Correlated colour temperature: from chromaticity (Robertson 1968, as DNG uses it) and back."""

from __future__ import annotations

import numpy as np

#: Isotemperature lines of Wyszecki & Stiles, "Color Science", 2nd edition, table 1(3.11): mired, and
#: u, v, slope in CIE 1960.
#: Of 325 mired the book misprints u as 0.24702.
ISOTEMPERATURE = np.array(
    [
        [0, 0.18006, 0.26352, -0.24341],
        [10, 0.18066, 0.26589, -0.25479],
        [20, 0.18133, 0.26846, -0.26876],
        [30, 0.18208, 0.27119, -0.28539],
        [40, 0.18293, 0.27407, -0.30470],
        [50, 0.18388, 0.27709, -0.32675],
        [60, 0.18494, 0.28021, -0.35156],
        [70, 0.18611, 0.28342, -0.37915],
        [80, 0.18740, 0.28668, -0.40955],
        [90, 0.18880, 0.28997, -0.44278],
        [100, 0.19032, 0.29326, -0.47888],
        [125, 0.19462, 0.30141, -0.58204],
        [150, 0.19962, 0.30921, -0.70471],
        [175, 0.20525, 0.31647, -0.84901],
        [200, 0.21142, 0.32312, -1.0182],
        [225, 0.21807, 0.32909, -1.2168],
        [250, 0.22511, 0.33439, -1.4512],
        [275, 0.23247, 0.33904, -1.7298],
        [300, 0.24010, 0.34308, -2.0637],
        [325, 0.24792, 0.34655, -2.4681],
        [350, 0.25591, 0.34951, -2.9641],
        [375, 0.26400, 0.35200, -3.5814],
        [400, 0.27218, 0.35407, -4.3633],
        [425, 0.28039, 0.35577, -5.3762],
        [450, 0.28863, 0.35714, -6.7262],
        [475, 0.29685, 0.35823, -8.5955],
        [500, 0.30505, 0.35907, -11.324],
        [525, 0.31320, 0.35968, -15.628],
        [550, 0.32129, 0.36011, -23.325],
        [575, 0.32931, 0.36038, -40.770],
        [600, 0.33724, 0.36051, -116.45],
    ]
)

#: Tint units per unit of distance from the line of black bodies in CIE 1960 uv, as raw converters count.
TINT_PER_DUV = 3000.0


def cct_kelvin(xy: np.ndarray | tuple[float, float]) -> float:
    """Correlated colour temperature of chromaticity `xy`, 1667 K to 100000 K (Robertson 1968)."""
    return 1e6 / max(_robertson(_xy_to_uv(xy))[0], 10.0)


def mired_and_tint(xy: np.ndarray | tuple[float, float]) -> tuple[float, float]:
    """Reciprocal temperature of `xy` in mired, 0 to 600, and its distance from black bodies in units of tint."""
    mired, distance = _robertson(_xy_to_uv(xy))
    return mired, TINT_PER_DUV * distance


def planckian_xy(kelvin: float) -> np.ndarray:
    """Chromaticity (2,) of a black body at `kelvin`, 1667 to 100000, on Robertson's table."""
    return _uv_to_xy(_line_at(1e6 / kelvin)[0])


def daylight_xy(kelvin: float) -> np.ndarray:
    """Chromaticity (2,) of CIE daylight at `kelvin`, 4000 to 25000 (CIE 15:2018, 4.1.2)."""
    t = 1e3 / kelvin
    if kelvin <= 7000:
        x = 0.244063 + 0.09911 * t + 2.9678 * t**2 - 4.6070 * t**3
    else:
        x = 0.237040 + 0.24748 * t + 1.9018 * t**2 - 2.0064 * t**3
    return np.array([x, -3.000 * x**2 + 2.870 * x - 0.275])


def light_xy(kelvin: float, tint: float = 0.0) -> np.ndarray:
    """What photographers mean by a temperature: daylight above 5000 K, a black body below 4000 K, both between.

    `tint` moves along the isotemperature line, in 1/3000 of CIE 1960 uv: positive for a light greener than that, so
    that the picture is drawn towards magenta.
    """
    share = float(np.clip((1e6 / 4000 - 1e6 / kelvin) / (1e6 / 4000 - 1e6 / 5000), 0, 1))
    xy = planckian_xy(kelvin)
    if share > 0:
        xy = share * daylight_xy(kelvin) + (1 - share) * xy
    if tint == 0:
        return xy
    return _uv_to_xy(_xy_to_uv(xy) + tint / TINT_PER_DUV * _line_at(1e6 / kelvin)[1])


def temperature_and_tint(xy: np.ndarray | tuple[float, float]) -> tuple[float, float]:
    """The kelvin and tint whose `light_xy` is `xy`, to a few kelvin and a tenth of tint."""
    kelvin = cct_kelvin(xy)
    distances = (_robertson(_xy_to_uv(point))[1] for point in (xy, light_xy(kelvin)))
    return kelvin, TINT_PER_DUV * (next(distances) - next(distances))


def _robertson(uv: np.ndarray) -> tuple[float, float]:
    """Mired of the isotemperature line through `uv`, 0 to 600, and distance from black bodies; positive is greener."""
    mired, line_u, line_v, slope = ISOTEMPERATURE.T
    distance = ((uv[1] - line_v) - slope * (uv[0] - line_u)) / np.sqrt(1 + slope**2)
    crossed = np.flatnonzero(distance[1:] <= 0)
    after = int(crossed[0]) + 1 if crossed.size else len(mired) - 1
    before = after - 1
    ahead, behind = max(float(distance[before]), 0.0), max(-float(distance[after]), 0.0)
    share = ahead / (ahead + behind) if ahead + behind > 0 else 1.0
    found = float(mired[before] + share * (mired[after] - mired[before]))
    point, greener = _line_at(found)
    return found, float((uv[0] - point[0]) * greener[0] + (uv[1] - point[1]) * greener[1])


def _line_at(mired: float) -> tuple[np.ndarray, np.ndarray]:
    """Where the isotemperature line of `mired` crosses black bodies, uv (2,), and its direction (2,) towards green."""
    reciprocal, line_u, line_v, slope = ISOTEMPERATURE.T
    length = np.sqrt(1 + slope**2)
    towards_green = [-1 / length, -slope / length]
    point, direction = (
        np.array([np.interp(mired, reciprocal, column) for column in columns])
        for columns in ((line_u, line_v), towards_green)
    )
    return point, direction / np.sqrt(direction[0] ** 2 + direction[1] ** 2)


def _xy_to_uv(xy: np.ndarray | tuple[float, float]) -> np.ndarray:
    """CIE 1931 xy to CIE 1960 uv."""
    x, y = float(xy[0]), float(xy[1])
    return np.array([2 * x, 3 * y]) / (1.5 - x + 6 * y)


def _uv_to_xy(uv: np.ndarray) -> np.ndarray:
    """CIE 1960 uv to CIE 1931 xy."""
    u, v = float(uv[0]), float(uv[1])
    return np.array([1.5 * u, v]) / (u - 4 * v + 2)
