"""Tables over hue, saturation and value (DNG 1.7.1, chapter 6, "Applying the Hue/Saturation/Value Mapping Table").

They act on linear ProPhoto RGB D50, 1 = the sensor's white. The specification clips to 0..1; here light keeps its sense
beyond: values above 1 read the table at 1 and keep their factor, colours with a negative channel read it at saturation
1 and only become less saturated, and what has no positive channel stays. `through_table` is the float64 reference,
`kernel_table` and its kin are what the kernel "apply_hue_sat_table" reads.
"""

from __future__ import annotations

import numpy as np

from ..photo.profile import HueSatTable
from .spaces import rgb_to_rgb
from .transfer import srgb_decode, srgb_encode

#: Least value whose hue and saturation count: float32 divides by it without overflow.
LEAST_VALUE = 1e-12

#: Steps of the kernel's tables of the sRGB transfer function: 0..1 encoded from the root, 0..4 decoded.
TRANSFER_STEPS = 2048
MOST_ENCODED = 4.0


def rgb_to_hsv(rgb: np.ndarray) -> np.ndarray:
    """Linear RGB (..., 3) to hue 0..6 (red 0, green 2, blue 4), saturation and value (..., 3); greys have hue 0."""
    red, green, blue = np.moveaxis(np.asarray(rgb, np.float64), -1, 0)
    value = np.maximum(np.maximum(red, green), blue)
    chroma = value - np.minimum(np.minimum(red, green), blue)
    with np.errstate(divide="ignore", invalid="ignore"):
        sectors = [((green - blue) / chroma) % 6, (blue - red) / chroma + 2, (red - green) / chroma + 4]
        hue = np.select([chroma == 0, value == red, value == green], [np.zeros_like(value), *sectors[:2]], sectors[2])
        saturation = np.where(value > 0, chroma / value, 0.0)
    return np.stack([hue % 6, saturation, value], axis=-1)


def hsv_to_rgb(hsv: np.ndarray) -> np.ndarray:
    """The inverse of `rgb_to_hsv`, for any hue."""
    hue, saturation, value = np.moveaxis(hsv, -1, 0)
    channels = []
    for offset in (5, 3, 1):
        place = (hue + offset) % 6
        channels.append(value - value * saturation * np.clip(np.minimum(place, 4 - place), 0, 1))
    return np.stack(channels, axis=-1)


def table_at(table: HueSatTable, hsv: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hue shift in degrees, saturation factor and value factor, each (...,), at `hsv` (..., 3): trilinear.

    A table with two or more value divisions is indexed by the sRGB-encoded value where it says so. Hue wraps around,
    saturation and value are held at the table's ends.
    """
    data = table.data.astype(np.float64)
    values, hues, saturations = data.shape[:3]
    hue, saturation, value = np.moveaxis(np.asarray(hsv, np.float64), -1, 0)
    value = np.clip(value, 0, 1)
    if table.srgb_encoded and values > 1:
        value = srgb_encode(value)
    place = (hue / 6 * hues, np.clip(saturation, 0, 1) * (saturations - 1), value * (values - 1))
    first = [np.floor(place[0]).astype(int)] + [
        np.clip(np.floor(p), 0, max(n - 2, 0)).astype(int) for p, n in ((place[1], saturations), (place[2], values))
    ]
    fraction = [(p - f)[..., None] for p, f in zip(place, first, strict=True)]
    total = np.zeros((*hue.shape, 3))
    for dh in (0, 1):
        for ds in (0, 1):
            for dv in (0, 1):
                weight = 1.0
                for part, step in zip(fraction, (dh, ds, dv), strict=True):
                    weight = weight * (part if step else 1 - part)
                entry = data[np.minimum(first[2] + dv, values - 1), (first[0] + dh) % hues, first[1] + ds]
                total += weight * entry
    return total[..., 0], total[..., 1], total[..., 2]


def through_table(rgb: np.ndarray, table: HueSatTable) -> np.ndarray:
    """Linear ProPhoto RGB (..., 3), 1 = white, after `table`; (..., 3) float64."""
    rgb = np.asarray(rgb, np.float64)
    counts = rgb.max(axis=-1, keepdims=True) >= LEAST_VALUE
    hsv = rgb_to_hsv(np.where(counts, rgb, 1.0))
    shift, factor, gain = table_at(table, hsv)
    hue, saturation, value = np.moveaxis(hsv, -1, 0)
    hue = (hue + shift / 60) % 6
    saturation = np.minimum(saturation * factor, np.maximum(saturation, 1))
    if table.srgb_encoded and table.data.shape[0] > 1:
        value = srgb_decode(srgb_encode(np.minimum(value, 1)) * gain) * np.maximum(value, 1)
    else:
        value = value * gain
    return np.where(counts, hsv_to_rgb(np.stack([hue, saturation, value], axis=-1)), rgb)


def kernel_arguments(table: HueSatTable, white: float) -> list:
    """The arguments of the kernel "apply_hue_sat_table" after its scene: Rec.2020 light in which `white` counts as 1.

    The matrix to ProPhoto and back, the table with its first hue repeated at the end and four numbers to an entry (hue
    shift in sixths of the circle, factors of saturation and value, 0), whether the value is encoded, and sRGB's
    transfer function both ways.
    """
    padded = np.concatenate([table.data, table.data[:, :1]], axis=1)
    entries = np.zeros((*padded.shape[:3], 4), np.float32)
    entries[..., :3] = padded * np.array([1 / 60, 1, 1])
    steps = np.arange(TRANSFER_STEPS + 2)
    return [
        (rgb_to_rgb("rec2020", "prophoto") / white).astype(np.float32),
        (rgb_to_rgb("prophoto", "rec2020") * white).astype(np.float32),
        entries,
        np.int32(table.srgb_encoded and table.data.shape[0] > 1),
        srgb_encode((steps / TRANSFER_STEPS) ** 2).astype(np.float32),
        srgb_decode(steps * (MOST_ENCODED / TRANSFER_STEPS)).astype(np.float32),
    ]
