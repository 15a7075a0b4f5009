"""One call of every graph on small, fixed input; run as a script, prints a digest of each result as JSON."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from tirage.developing.demosaic import METHODS, method_arguments
from tirage.developing.geometry.plan import GeometryPlan, Mesh
from tirage.developing.geometry.tiles import tiles
from tirage.developing.highlights.shares import PLANES
from tirage.developing.linearise import sensor_tables
from tirage.kernels.call import Placed
from tirage.merging.align import BESIDE, SUMS
from tirage.merging.align.mapping import smooth_map
from tirage.merging.fuse import Mixing, gain_table
from tirage.merging.shrink.profile import plane_gain
from tirage.merging.superresolution.shapes import kernel_shapes
from tirage.photo.frame import CameraColour, RawFrame, Rectangle
from tirage.photo.operations import AreaSpec, GainMap

HEIGHT, WIDTH = 70, 118


def _mosaic() -> np.ndarray:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    pattern = (rows * 7919 + columns * 104729 + rows * columns * 31) % 4001
    return (500 + pattern + 9000 * ((columns // 9 + rows // 7) % 2)).astype(np.uint16)


def _gain_maps() -> tuple[GainMap, ...]:
    grid = (1 + np.add.outer(np.linspace(-1, 1, 5) ** 2, np.linspace(-1, 1, 7) ** 2) / 4).astype(np.float32)
    return tuple(
        GainMap(
            AreaSpec(Rectangle(i % 2, i // 2, WIDTH - i % 2, HEIGHT - i // 2), 0, 1, 2, 2),
            *(0.25, 1 / 6, 0, 0, grid[..., None]),
        )
        for i in range(4)
    )


def _shaper() -> np.ndarray:
    """960 pieces of x -> x^0.4 over the shaper's range, as packed by the look."""
    bits = np.arange(962, dtype=np.int64) * 2**17 + int(np.array(2.0**-11, np.float32).view(np.int32))
    light = bits.astype(np.int32).view(np.float32).astype(np.float64) - 2.0**-11
    knots = np.minimum(np.rint(65535 * (light / 16) ** 0.4), 65535).astype(np.uint32)
    return knots[:-1] | (np.diff(knots.astype(np.int64)).astype(np.uint32) << 16)


def _gains(shape: tuple[int, ...]) -> np.ndarray:
    """Factors around 1, each another."""
    index = np.arange(np.prod(shape))
    return (0.8 + (index * 7919 % 97) / np.float32(240)).astype(np.float32).reshape(shape)


def _table() -> np.ndarray:
    """A table in which every entry differs."""
    index = np.arange(33**3, dtype=np.uint64)
    channels = [(index * np.uint64(factor)) % np.uint64(65521) for factor in (1, 7919, 104729)]
    return channels[0] | channels[1] << np.uint64(16) | channels[2] << np.uint64(32)


def _sharpening() -> list[np.ndarray]:
    """A strength, a blur's weights, and a noise that varies with luma."""
    return [np.array([9000, 16000, 5800], np.int16), np.array([30, 480, -1040, 1520, -1960], np.int16)]


def _coefficients(shape: tuple[int, int]) -> np.ndarray:
    """Planes a and b of local tone for lifts and falls of up to a stop."""
    row, column = np.mgrid[: shape[0], : shape[1]]
    return np.stack([np.sin(row + 2 * column) / 4, np.cos(2 * row - column) / 2]).astype(np.float32)


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
        opcode_list_2=_gain_maps(),
    )
    matrix = np.array([[1.7, -0.5, -0.1], [-0.2, 1.5, -0.3], [0.05, -0.4, 1.4]], np.float32)
    developing = [*sensor_tables(frame, np.array([1.9, 1.0, 1.6]), crop, headroom=8, steepness=2.3).arguments, matrix]
    finishing: list[Any] = [1.3 * matrix]
    finishing += [np.float32(value) for value in (0.12, (crop.width - 1) / 2, (crop.height - 1) / 2, 0.0157)]
    finishing += [_shaper(), _table(), np.float32(0.95), np.int32(0), *_sharpening()]
    finishing += [np.int32(crop.width), np.int32(crop.height)]
    levels = np.linspace(-0.6, 0.6, 129, dtype=np.float32), np.linspace(0, 0.5, 32, dtype=np.float32)
    small = (-(-crop.height // 8), -(-crop.width // 8))
    finishing += [_coefficients(small), levels[0], np.array([0.3, 0.6, 0.1], np.float32), np.float32(0.4), np.int32(1)]
    finishing += [np.int16(15000), np.int32(2), _sharpening()[1]]  # texture
    finishing += [np.array([200, 900, -1500, 300, 40], np.int16), np.int32(5003), np.uint32(0x9ABCDEF1)]  # grain
    light = frame.mosaic.astype(np.float32) / np.float32(7000) - np.float32(0.1)
    scene = np.stack([light, light[::-1], light[:, ::-1]])[:, : crop.height, : crop.width].copy()
    mosaic = [light, np.int32(1), np.int32(0)]

    def planar() -> np.ndarray:
        return np.zeros((3, crop.height, crop.width), np.float32)

    def interleaved(dtype: type) -> np.ndarray:
        return np.zeros((crop.height, crop.width, 3), dtype).transpose(2, 0, 1)

    result: dict[str, tuple[list[Any], np.ndarray]] = {}
    for method in METHODS:
        extra = method_arguments(method, noise=0.01)
        cleaned = [np.array([0.2, 9, 0.3, 12, 0.1, 15], np.float32), np.int32(1)] if method == "malvar2004" else []
        sensor = [*developing[:-1], *cleaned, *extra, matrix]
        if method != "menon2007":  # no quality level develops by it
            result[f"photograph_{method}"] = ([*sensor, *finishing], interleaved(np.uint8))
            result[f"develop_{method}"] = (sensor, planar())
        result[f"demosaic_{method}"] = ([*mosaic, *extra], np.zeros((3, HEIGHT, WIDTH), np.float32))
    entries = np.stack([np.roll(_gains((6, 13, 4)), k) for k in range(4)], -1) * np.array([0.1, 1, 1, 0], np.float32)
    prophoto = np.array([[0.5, 0.2, 0.1], [0.1, 0.6, 0.05], [0.02, 0.08, 0.6]], np.float32)
    transfer = np.linspace(0, 4, 2050, dtype=np.float32)
    table = [prophoto, matrix, entries, np.int32(1), np.sqrt(transfer), transfer**2]
    result["apply_hue_sat_table"] = ([Placed(scene, (0, 0, 0)), *table], planar())
    weights, line = np.array([0.3, 0.4, 0.1, 0.1, 0.1], np.float32), np.array([0.03, 0.4], np.float32)
    gains = [prophoto, weights, line, line, np.sqrt(transfer / 4), np.int32(1), _gains((3, 4, 9))]
    result["apply_gain_table_map"] = ([Placed(scene, (0, 0, 0)), *gains], planar())
    sites = np.array([0.3, 0.4, 0.5, 0.1], np.float32) / 16
    result["proxy"] = ([*developing[:-1], sites, np.int32(8)], np.zeros(small, np.float32))
    corners = np.array([[0, 0], [32, 16]], np.int32)
    numbers = (np.float32(1 / 9), np.float32(2), np.uint16(2))
    clips = [np.array([9000, 8000, 8200, 7000], np.uint16), _gains((PLANES, 4, 5)) / 8, *numbers, corners]
    sensor = [frame.mosaic[: HEIGHT // 2 * 2, : WIDTH // 2 * 2], *developing[1:-1]]
    result["highlights"] = ([*sensor, *clips], np.zeros((2, 16, 32), np.uint16))
    luminance = np.abs(light[::8, ::8])
    result["local_tone"] = (
        [luminance, np.float32(1.2), *levels, np.int32(1)],
        np.zeros((2, *luminance.shape), np.float32),
    )
    noise = [np.float32(value) for value in (500, 0.2, 5, 4, 0.01)]
    result["find_outliers"] = ([frame.mosaic, *noise, np.uint16(50)], np.zeros((-(-HEIGHT // 8), WIDTH), np.uint8))
    law = np.array([[0.02, 1e-6], [-0.03, -2e-6]], np.float32)
    middle = [np.float32(WIDTH / 2), np.float32(HEIGHT / 2)]
    moving = [Placed(frame.mosaic, (1, 0)), *middle, law, np.int32(3), sites[:2] * np.float32(16), np.uint16(13000)]
    result["correct_lateral"] = (moving, np.zeros((HEIGHT + 1, WIDTH), np.uint16))
    per_site = [sites * np.float32(0) + np.float32(500), np.array([1.6, 1, 1, 2], np.float32) / np.float32(12500)]
    fringed = [Placed(frame.mosaic, (1, 0)), *per_site, np.float32(0.8)]
    result["defringe"] = (fringed, np.zeros((HEIGHT + 1, WIDTH), np.uint16))
    roots = np.stack([np.sqrt(np.arange(13001, dtype=np.float32)) * np.float32(k) for k in (1, 1.5, 1.5, 2)])
    orthonormal = np.array([[1, 1, 1, 1], [1, -1, -1, 1], [1, 1, -1, -1], [1, -1, 1, -1]], np.float32) / 2
    opponent = [frame.mosaic, roots, orthonormal]
    constants = np.array([[0.1, 0.1, 0.1, 0.05, 1.5, 0.1, *np.linspace(2, 1, 15)]] * 4).astype(np.float32)
    back = np.stack([np.arange(16384, dtype=np.uint16) * k for k in (1, 2, 3, 4)])
    coarse = _gains((2, 4, HEIGHT // 8, WIDTH // 8))
    levels = [np.uint16(9000), back, np.float32(60), constants, coarse]
    for name in ("denoise_one_phase", "denoise_two_phases"):
        result[name] = ([*opponent, *levels], np.zeros((HEIGHT, WIDTH), np.uint16))
    rough = [opponent[1], frame.mosaic, *levels[:2], np.float32(60), constants[:1], np.float32(0.6)]
    result["denoise_brightness"] = ([frame.mosaic, *rough], np.zeros((HEIGHT, WIDTH), np.uint16))
    found = [roots, frame.mosaic, orthonormal, *levels[:2], np.float32(60), np.float32(0.5)]
    result["denoise_spots"] = ([frame.mosaic, *found], np.zeros((HEIGHT, WIDTH), np.uint16))
    result["denoise_cells"] = (opponent, np.zeros((2, 4, 9, 15), np.float32))
    toned = np.clip(np.abs(scene) / 2, 0, 1).astype(np.float32)
    result["unfinish"] = ([toned, np.array([0.72, 2.1, 0.8], np.float32), matrix], planar())
    result["finish_8_bit"] = ([Placed(scene, (0, 0, 0)), *finishing], interleaved(np.uint8))
    result["finish_16_bit"] = ([Placed(scene, (0, 0, 0)), *finishing], interleaved(np.uint16))
    whole, picture = Rectangle(0, 0, WIDTH, HEIGHT), Rectangle(0, 0, crop.width, crop.height)
    map_of_lens = [np.stack([part * k for k in (1, 1.01, 0.99)]).astype(np.float32) for part in _displacements()]
    for name, planes in (("warp", 3), ("warp_shared", 1)):
        meshes = [Mesh(part[:planes], (-2, -2)) for part in map_of_lens]
        parts = tiles(GeometryPlan(crop.width, crop.height, whole, *meshes), picture)
        placed = [Placed(mesh.values, (0, *mesh.origin)) for mesh in meshes]
        most_rows = int((parts[..., 1] - parts[..., 0]).max()) + 1
        place = (np.int32(n) for n in (0, 0, WIDTH - 1, HEIGHT - 1, most_rows))
        padded = np.pad(np.stack([light, light[::-1], light[:, ::-1]]), [(0, 0), (0, 0), (32, 32)], mode="edge")
        wide = np.zeros((3, crop.height, -(-crop.width // 16) * 16), np.float32)
        result[name] = ([Placed(padded, (0, 0, -32)), *placed, parts, matrix, *place], wide)
    return result | _merging(frame.mosaic)


def _merging(mosaic: np.ndarray) -> dict[str, tuple[list[Any], np.ndarray]]:
    """The cases of bursts: a frame onto another that lies a little aside."""
    result: dict[str, tuple[list[Any], np.ndarray]] = {}
    black = np.array([500, 501, 502, 503, 1 / 12500], np.float32)
    reference, levels = Placed(mosaic, (1, 0)), [black]
    rows, columns = HEIGHT // 2 + 1, WIDTH // 2
    noise, clip = np.array([2e-3, 2e-5], np.float32), np.int32(13000)
    result["merge_grey"] = ([reference, *levels, noise, np.float32(0.9)], np.zeros((rows, columns), np.float32))
    grey = np.sqrt(mosaic[: rows - 1, :columns].astype(np.float32))
    aside = np.ascontiguousarray(np.roll(grey, 1, axis=1))
    result["merge_halve"] = ([grey], np.zeros((-(-grey.shape[0] // 2), -(-columns // 2)), np.float32))
    entries = np.zeros((8, -(-grey.shape[0] // 8), -(-columns // 8)), np.float32)
    entries[0], entries[1], entries[4], entries[6] = 0.7, 0.002, -1.4, 0.003
    wide = Placed(np.pad(aside, [(0, 0), (BESIDE, BESIDE)]), (0, -BESIDE))
    result["merge_warp_grey"] = ([wide, entries], np.zeros_like(grey))
    sums = [grey, wide, entries, np.float32(1.02), np.float32(0.05)]
    result["merge_lucas_kanade"] = (sums, np.zeros((len(SUMS), *entries.shape[1:]), np.float32))
    here = Placed(np.pad(grey, [(0, 0), (BESIDE, BESIDE)]), (0, -BESIDE))
    places = np.array([[0, 0, 1, 0], [16, 12, -2, 1]], np.int32)
    tiles = [here, wide, places, np.int32(8), np.int32(5), np.float32(0.1)]
    result["merge_tile_costs"] = (tiles, np.zeros((2, 11, 11), np.float32))
    balance = np.array([1.9, 1, 1.6], np.float32)
    planes = np.zeros((3, 4, HEIGHT // 2, WIDTH // 2), np.float32)
    result["merge_demosaic"] = ([mosaic, *levels, clip, balance, np.float32(1e-3)], planes)
    state = np.zeros((12, rows, columns), np.float32)
    result["merge_begin"] = ([reference, *levels, clip, np.float32(0.001)], state)
    light = (mosaic.astype(np.float32) - 500) / np.float32(12500)
    light = light[: HEIGHT // 2 * 2, : WIDTH // 2 * 2]
    sites = np.stack([light[s // 2 :: 2, s % 2 :: 2] for s in range(4)])
    quads = np.stack([sites, sites * np.float32(0.9), sites])
    given = Placed(np.pad(quads, [(0, 0)] * 3 + [(BESIDE, BESIDE)]), (0, 0, 0, -BESIDE))
    area = np.array([0, WIDTH - 1, 0, HEIGHT - 1], np.int32)
    noises = [np.tile(noise * k, (4, 1)).astype(np.float32) for k in (1, 2)]
    coarse = [100 * pair for pair in noises]  # so that some of it agrees
    others = [
        reference,
        *levels,
        reference,
        *levels,
        *coarse,
        gain_table(Mixing()),
        plane_gain(Mixing()),
        np.float32(0.8),
    ]
    for name, maps in (("merge_accumulate", [entries]), ("merge_accumulate_objects", [entries, entries / 8])):
        added = [given, area, *maps, *others]
        result[name] = (added, np.zeros((12, rows, columns), np.float32))
    mean = np.concatenate([np.abs(_gains((4, rows, columns)) - 1), np.ones((8, rows, columns), np.float32)])
    orthonormal = np.array([[1, 1, 1, 1], [1, -1, -1, 1], [1, 1, -1, -1], [1, -1, 1, -1]], np.float32) / 2
    constants = np.array([[0.1, 0.1, 0.1, 0.05, 1.5, 0.1, *np.linspace(2, 1, 15)]] * 4).astype(np.float32)
    stored = np.array([4096, 50000, 65535, 0.999], np.float32)
    shows = np.minimum(_gains((4, 8, 8)) / 2, 1)
    alone, usual = np.array([0.3, 0.5], np.float32), [np.full(side, 0.8, np.float32) for side in (rows, columns)]
    shrinking = [mean, noises[0], orthonormal, _gains((4, 8, 8)), shows, constants, stored, alone, *usual]
    windows = np.zeros((2, rows // 2 - 3, columns // 2 - 3), np.float32)
    result["merge_contradiction"] = ([mean, reference, *levels, noises[0]], windows)
    result["merge_shrink"] = (shrinking, np.zeros((2 * rows, 2 * columns), np.uint16))
    return result | _finer(mosaic, black)


def _finer(mosaic: np.ndarray, black: np.ndarray) -> dict[str, tuple[list[Any], np.ndarray]]:
    """The cases of super-resolution, twice as fine."""
    place = smooth_map(np.array([[1.002, 0.01, 0.7], [-0.008, 0.999, -1.3], [1e-6, 0, 1]]), None, mosaic.shape, 16)
    light = (mosaic.astype(np.float32) - 500) / np.float32(12500)
    planes = np.stack([light, light * np.float32(0.9), light])
    shares = np.abs(_gains((HEIGHT // 2, WIDTH // 2)) - 1)
    grid = [np.float32(one) for one in (0.5, -0.25, -0.25)]
    fine = 2 * HEIGHT, 2 * WIDTH
    state = np.abs(_gains((9, *fine)) - 1)
    noise = np.array([[1e-3, 1e-5], [2e-3, 1e-5], [1e-3, 3e-5]], np.float32)
    rule = np.array([4096, 55000, 65535, 1.05, 1], np.float32)
    added = [light, place, shares, kernel_shapes(20 * shares), np.float32(1.3), *grid]
    residual = [Placed(mosaic, (0, 0)), black, np.int32(13000), place, planes]
    return {
        "merge_residual": (residual, np.zeros(mosaic.shape, np.float32)),
        "merge_add_samples": (added, np.zeros((9, *fine), np.float32)),
        "merge_finish_samples": ([state, planes, noise, rule, *grid], np.zeros((3, *fine), np.uint16)),
    }


def _displacements() -> tuple[np.ndarray, np.ndarray]:
    """Of a barrel, across and down, at every 16th pixel from -32 on."""
    row, column = np.mgrid[-2 : HEIGHT // 16 + 4, -2 : WIDTH // 16 + 4] * 16.0
    x, y = column - WIDTH / 2, row - HEIGHT / 2
    inwards = -0.08 * (x * x + y * y) / (WIDTH**2 + HEIGHT**2) - 0.01
    return x * inwards, y * inwards


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
