"""Local tone against its full-resolution reference and beside an edge; where metering takes three scenes.

The scenes are the tests' own, so the figures are the same everywhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tirage.colour.transfer import srgb_decode, srgb_encode
from tirage.finishing.local_tone import reference
from tirage.finishing.local_tone.curve import area_curve
from tirage.photo.look import LocalTone
from tirage.photo.proxy import cell_of
from tirage.simulating import ground_truth
from tirage.simulating.scene import demo_scene

from .peers import installed
from .pictures import pictures
from .report import Row, Table

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from finishing import test_local_tone as tones  # noqa: E402
from finishing import test_meter as meter  # noqa: E402

FULL_REACH, FULL_AIM = 48.0, 52.0
EDGE_REACH, EDGE_AIM = 0.05, 0.03
EDGE_STOPS = 5.0
MIDDLES = (-3.0, -2.0, -1.0, 0.0)  #: stops of the edge's middle from grey
COLUMNS = (256, 259, 261)  #: of the edge: on the border of a cell of the proxy and inside one
SLANTS = ((0.9, 0.3), (0.3, 0.9))  #: normals (across, down) of edges that part a whole picture
SLANTED_SHAPE, BESIDE_PX = (600, 800), 6.0
FULL_LEVELS = 9

#: Exposures that fusion takes, in stops, as phones do from one frame.
FUSED_STOPS = (-1.5, 0.0, 1.5, 3.0)


def _against_full(light: np.ndarray, amounts: LocalTone) -> float:
    """PSNR of display values with gains carried up from the proxy against those by the reference at full resolution."""
    level = reference.level_of(light)
    full = reference.bounded_gain(reference.local_laplacian(level, area_curve(amounts), FULL_LEVELS), level, 10.0)
    cell = cell_of(light.shape[1], light.shape[0])
    carried = reference.pixel_gain(light, tones._cells(light, cell), area_curve(amounts), 10.0, 8 // cell)
    shown, wanted = (srgb_encode(np.minimum(light * 2.0**gain, 1)) for gain in (carried, full))
    return float(-10 * np.log10(np.mean((shown - wanted) ** 2)))


def _scenes(count: int | None) -> dict[str, list[np.ndarray]]:
    """Luminance (H, W) of light: the drawn landscape, and photographs as they are."""
    drawn = np.tensordot(tones.WEIGHTS, ground_truth(demo_scene(480, 640)).pixels.astype(float), 1)
    photographs = [np.tensordot(tones.WEIGHTS, srgb_decode(one), 1) for one in pictures("kodak", count)]
    return {"drawn": [np.maximum(drawn, 0)], "kodak": photographs}


def _variation(gain: np.ndarray, column: int) -> float:
    """Stops by which the gain of either side of an edge varies."""
    mean = gain.mean(axis=0)
    return float(max(np.ptp(mean[40:column]), np.ptp(mean[column:-40])))


def _worst_edge(amounts: LocalTone) -> float:
    edges = [(tones._edge(EDGE_STOPS, middle, column), column) for middle in MIDDLES for column in COLUMNS]
    return max(
        _variation(tones._gain(light, tones._grey_map(light, amounts, cell=cell)), column)
        for light, column in edges
        for cell in (8, 4, 2)
    )


def _worst_slanted(amounts: LocalTone) -> float:
    """The same where an edge parts a picture, from `BESIDE_PX` off the edge to the farthest corners."""
    down, across = (np.arange(side)[:, None] - side / 2 for side in SLANTED_SHAPE)
    worst = 0.0
    for normal in SLANTS:
        distance = (normal[0] * across.T + normal[1] * down) / np.hypot(*normal)
        for middle in MIDDLES:
            light = 0.18 * 2.0 ** (middle + np.sign(distance) * EDGE_STOPS / 2)
            gain = tones._gain(light, tones._grey_map(light, amounts))
            worst = max(worst, *(float(np.ptp(gain[part])) for part in (distance < -BESIDE_PX, distance > BESIDE_PX)))
    return worst


def _mertens(light: np.ndarray) -> np.ndarray:
    """Stops of gain by OpenCV's exposure fusion of exposures made from one frame."""
    import cv2

    exposures = [np.repeat(srgb_encode(np.minimum(light * 2.0**stops, 1))[..., None], 3, 2) for stops in FUSED_STOPS]
    fused = cv2.createMergeMertens().process([(255 * one).astype(np.float32) for one in exposures])[..., 1]
    return np.log2(np.maximum(srgb_decode(np.clip(fused, 1e-3, 1)), 1e-6) / light)


def tables(count: int | None) -> list[Table]:
    """Table 5."""
    scenes = _scenes(count)
    rows, edges, edge_bounds = [], [], ([EDGE_REACH] * 2, [EDGE_AIM] * 2)
    for name, amounts in {**tones.LOOKS, "strong (0.8, -0.5, 0.2)": tones.STRONG}.items():
        values = [float(np.mean([_against_full(light, amounts) for light in members])) for members in scenes.values()]
        bounds = ([bound] * len(scenes) for bound in (FULL_REACH, FULL_AIM))
        rows.append(Row(f"tirage {name}", values, *(bounds if name in tones.LOOKS else (None, None))))
        edges.append(Row(f"tirage {name}", [_worst_edge(amounts), _worst_slanted(amounts)], *edge_bounds))
    if installed("cv2"):
        fused = [_variation(_mertens(tones._edge(EDGE_STOPS, middle)), COLUMNS[0]) for middle in MIDDLES]
        edges.append(Row("Mertens fusion (OpenCV)", [max(fused)]))
    return [
        Table("Local tone from the proxy against full resolution, sRGB PSNR in dB", list(scenes), rows, digits=1),
        Table(
            "Gain beside an edge of 5 stops, its variation in stops, worst of four brightnesses",
            ["straight", "slanted"],
            edges,
            digits=3,
            less_is_better=True,
        ),
    ]


def metering() -> Table:
    """Table 6: stops of the median light from grey, and how far ten frames of the scene differ."""
    rows = []
    scenes = (("night", meter._street_at_night(), -4.0), ("mean", meter._landscape(), 0.0))
    for name, light, stated in (*scenes, ("snow", meter._snow_in_sun(), 0.65)):
        before = float(np.median(np.log2(np.maximum(light, 1e-6) / 0.18)))
        landed = before + meter._gain_stops(meter._scene(light, seed=1), metering="auto")
        gains = []
        for seed in range(10):
            frame = np.roll(light, 2 * seed, axis=1)
            frame[100:200, 20 * seed : 20 * seed + 12] = 0.02
            gains.append(meter._gain_stops(meter._scene(frame, seed), metering="auto"))
        rows.append(Row(name, [abs(landed - stated), float(np.ptp(gains)), landed, stated], [0.3, 0.1], [0.3, 0.1]))
    columns = ["off by", "10 frames", "landed", "stated"]
    return Table("Metering of three scenes, stops from grey", columns, rows, less_is_better=True)
