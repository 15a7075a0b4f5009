"""One call of every graph on small, fixed input; run as a script, prints a digest of each result as JSON."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from tirage.developing.linearise import sensor_tables
from tirage.kernels.call import Placed
from tirage.photo.frame import CameraColour, GainMap, RawFrame, Rectangle

HEIGHT, WIDTH = 70, 118


def _mosaic() -> np.ndarray:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    pattern = (rows * 7919 + columns * 104729 + rows * columns * 31) % 4001
    return (500 + pattern + 9000 * ((columns // 9 + rows // 7) % 2)).astype(np.uint16)


def _gain_maps() -> tuple[GainMap, ...]:
    grid = (1 + np.add.outer(np.linspace(-1, 1, 5) ** 2, np.linspace(-1, 1, 7) ** 2) / 4).astype(np.float32)
    return tuple(
        GainMap(
            Rectangle(i % 2, i // 2, WIDTH - i % 2, HEIGHT - i // 2), 0, 1, 2, 2, 0.25, 1 / 6, 0, 0, grid[..., None]
        )
        for i in range(4)
    )


def _shaper() -> np.ndarray:
    """960 pieces of x -> x^0.4 over the shaper's range, as packed by the look."""
    bits = np.arange(962, dtype=np.int64) * 2**17 + int(np.array(2.0**-11, np.float32).view(np.int32))
    light = bits.astype(np.int32).view(np.float32).astype(np.float64) - 2.0**-11
    knots = np.minimum(np.rint(65535 * (light / 16) ** 0.4), 65535).astype(np.uint32)
    return knots[:-1] | (np.diff(knots.astype(np.int64)).astype(np.uint32) << 16)


def _table() -> np.ndarray:
    """A table in which every entry differs."""
    index = np.arange(33**3, dtype=np.uint64)
    channels = [(index * np.uint64(factor)) % np.uint64(65521) for factor in (1, 7919, 104729)]
    return channels[0] | channels[1] << np.uint64(16) | channels[2] << np.uint64(32)


def cases() -> dict[str, tuple[list[Any], np.ndarray]]:
    """Graph name -> its arguments without the output, and the output array to fill (as the kernel sees it)."""
    crop = Rectangle(3, 2, WIDTH - 8, HEIGHT - 5)
    frame = RawFrame(
        mosaic=_mosaic(),
        cfa="GRBG",
        black_level=np.array([[500.0, 501.0], [502.0, 503.0]]),
        white_level=np.array([13000.0]),
        default_crop=crop,
        colour=CameraColour(()),
        lens_shading=_gain_maps(),
    )
    matrix = np.array([[1.7, -0.5, -0.1], [-0.2, 1.5, -0.3], [0.05, -0.4, 1.4]], np.float32)
    developing = [*sensor_tables(frame, np.array([1.9, 1.0, 1.6]), crop).arguments, matrix]
    finishing: list[Any] = [1.3 * matrix]
    finishing += [np.float32(value) for value in (0.12, (crop.width - 1) / 2, (crop.height - 1) / 2, 0.0157)]
    finishing += [_shaper(), _table(), np.int32(90), np.int32(crop.width), np.int32(crop.height)]
    light = frame.mosaic.astype(np.float32) / np.float32(7000) - np.float32(0.1)
    scene = np.stack([light, light[::-1], light[:, ::-1]])[:, : crop.height, : crop.width].copy()
    mosaic = [light, np.int32(1), np.int32(0)]

    def planar() -> np.ndarray:
        return np.zeros((3, crop.height, crop.width), np.float32)

    def interleaved(dtype: type) -> np.ndarray:
        return np.zeros((crop.height, crop.width, 3), dtype).transpose(2, 0, 1)

    result: dict[str, tuple[list[Any], np.ndarray]] = {}
    for method in ("malvar2004", "menon2007"):
        result[f"photograph_{method}"] = ([*developing, *finishing], interleaved(np.uint8))
        result[f"develop_{method}"] = (developing, planar())
        result[f"demosaic_{method}"] = (mosaic, np.zeros((3, HEIGHT, WIDTH), np.float32))
    result["finish_8_bit"] = ([Placed(scene, (0, 0, 0)), *finishing], interleaved(np.uint8))
    result["finish_16_bit"] = ([Placed(scene, (0, 0, 0)), *finishing], interleaved(np.uint16))
    return result


def digest(array: np.ndarray) -> str:
    """A fingerprint of values, whatever their layout."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


def main() -> None:
    """Run every graph with the library's own dispatch (TIRAGE_ISA may force it) and print the digests."""
    from tirage.kernels.call import library, run

    digests = {}
    for name, (arguments, output) in cases().items():
        run(name, *arguments, output)
        digests[name] = digest(output)
    print(json.dumps({"isa": library().isa, "graphs": sorted(library().names), "digests": digests}))


if __name__ == "__main__":
    main()
