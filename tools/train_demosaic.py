"""Train the learned demosaic: `python tools/train_demosaic.py PICTURES... -o weights.npz`.

PICTURES are photographs in sRGB (JPEG, PNG, WebP, TIFF) and RAW files. A photograph is reduced by a whole factor in
linear light, so that its pixels hold detail of their own and no trace of JPEG or of another demosaic; a RAW frame's
2x2 cells are binned to true colours. Every picture may be used that a licence lets you learn from and ship the result;
the card in src/tirage/developing/demosaic/learned/README.md lists those of the shipped weights. The same pictures in
the same order give the same file.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tirage import TirageError
from tirage.developing.demosaic.learned import FEATURES, LEVELS, ONE, TOE, VERSION, reference

#: Deviations of the encoded noise that weights are made for: phones at base, middle and high ISO.
NOISE = (0.0, 0.018, 0.054)
PASSES = 2

TILE = 384
TILES = 10  #: of each size of a picture, those with the most detail
MARGIN = 32
#: Saturation and exposure of the tiles in turn: camera colours are paler than a display's.
SATURATION = (0.75, 1.0, 1.3, 1.8)
EXPOSURE = (1.0, 1.0, 0.5)
#: Curvature over gradient energy of the sizes that are looked for; photographs at their sharpest have 3 to 6.
SHARPNESS = (3.0, 5.0)
FACTORS = (2, 3, 4, 6)

RIDGE = 0.03
BINS = 12
SAMPLES = 1800  #: per tile and kind of site, for choosing the tests
NEAR = [
    (3 * (5 * (down + 2) + right + 2) + channel)
    for down in range(-2, 3)
    for right in range(-2, 3)
    for channel in range(3)
    if abs(down) + abs(right) <= 2 and (down, right, channel) != (0, 0, 1)
]
ALL = [tap for tap in range(75) if tap != 37]  #: all but the centre's own green, which is 0


@dataclass(eq=False)
class Tile:
    """A piece of a picture, encoded, with a mirrored margin: `truth` and `estimate` (3, H, W) float32."""

    truth: np.ndarray
    estimate: np.ndarray
    weight: np.float32
    features: dict = field(default_factory=dict)


def light_of(path: Path) -> Iterator[np.ndarray]:
    """The picture in linear light, `(3, H, W)` float32 in 0..1, at one or two sizes."""
    if path.suffix.lower() == ".dng":
        yield _binned(path)
        return
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as file:
        code = np.asarray(file.convert("RGB"), np.float32).transpose(2, 0, 1) / 255
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4).astype(np.float32)
    sizes = {f: reduced(light, f) for f in FACTORS if f == 2 or min(light.shape[1:]) >= TILE * f}
    sharpness = {f: _sharpness(size) for f, size in sizes.items()}
    for factor in sorted({min(sizes, key=lambda f: abs(sharpness[f] - wanted)) for wanted in SHARPNESS}):
        yield sizes[factor]


def _binned(path: Path) -> np.ndarray:
    """True colours of a RAW frame at half its size, white-balanced."""
    import tirage

    frame = tirage.read(path)
    assert isinstance(frame, tirage.RawFrame) and frame.cfa is not None
    black = np.float32(np.mean(frame.black_level))
    light = (frame.mosaic.astype(np.float32) - black) / (np.float32(frame.white_level[0]) - black)
    planes: dict[str, list[np.ndarray]] = {colour: [] for colour in "RGB"}
    for index, colour in enumerate(frame.cfa):
        rows, columns = (side // 2 * 2 for side in light.shape)
        planes[colour].append(light[index // 2 : rows : 2, index % 2 : columns : 2])
    neutral = np.ones(3) if frame.as_shot_neutral is None else frame.as_shot_neutral
    gains = np.max(neutral) / neutral
    return np.stack(
        [
            np.clip(np.mean(planes[colour], axis=0, dtype=np.float32) * np.float32(gain), 0, 1)
            for colour, gain in zip("RGB", gains, strict=True)
        ]
    )


def reduced(light: np.ndarray, factor: int) -> np.ndarray:
    """The mean over squares of `factor` pixels."""
    rows, columns = (side // factor for side in light.shape[1:])
    cut = light[:, : rows * factor, : columns * factor]
    return cut.reshape(3, rows, factor, columns, factor).mean((2, 4), dtype=np.float32)


def _sharpness(light: np.ndarray) -> float:
    green = display(light)[1]
    gx, gy = reference.gradient(green)
    return float(np.mean(reference.laplacian(green) ** 2) / (np.mean(gx**2 + gy**2) + 1e-7))


def display(light: np.ndarray) -> np.ndarray:
    """sRGB's encoding."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


def tiles_of(light: np.ndarray) -> list[np.ndarray]:
    """The pieces with the most detail."""
    green = display(light)[1]
    detail = np.abs(reference.laplacian(green))
    _, height, width = light.shape
    found = []
    for top in range(0, max(1, height - TILE + 1), TILE):
        for left in range(0, max(1, width - TILE + 1), TILE):
            bottom, right = min(top + TILE, height // 2 * 2), min(left + TILE, width // 2 * 2)
            score = float(detail[top:bottom, left:right].mean(dtype=np.float64))
            found.append((-score, top, left, light[:, top:bottom, left:right]))
    return [piece for *_, piece in sorted(found, key=lambda entry: entry[:3])[:TILES]]


def varied(light: np.ndarray, number: int) -> np.ndarray:
    """Tile `number` with its turn's saturation, exposure and encoding, encoded."""
    luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    light = luminance + np.float32(SATURATION[number % len(SATURATION)]) * (light - luminance)
    light = np.clip(light * np.float32(EXPOSURE[number % len(EXPOSURE)]), 0, 1)
    return display(light) if number % 2 else reference.encode(light, TOE).astype(np.float32)


def noisy(mosaic: np.ndarray, level: float, number: int) -> np.ndarray:
    """`mosaic` with noise about `level` strong: even in half of the tiles, growing with the value in the others."""
    if level == 0:
        return mosaic
    random = np.random.default_rng(number)
    deviation = level * 3 ** (((number * 0.618) % 1) - 0.5)
    shape = np.sqrt(0.25 + 1.5 * mosaic) if number // 2 % 2 else np.ones_like(mosaic)
    return mosaic + np.float32(deviation) * shape * random.standard_normal(mosaic.shape, np.float32)


def prepared(code: np.ndarray, level: float, number: int) -> Tile:
    """The encoded picture as a tile: mosaicked, noise added, started."""
    truth = np.pad(code, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)), mode="reflect")
    mosaic = truth[1].copy()
    mosaic[0::2, 0::2], mosaic[1::2, 1::2] = truth[0, 0::2, 0::2], truth[2, 1::2, 1::2]
    estimate = reference.start(noisy(mosaic, level, number))
    inside = (slice(None), slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    error = np.mean((truth - estimate)[inside] ** 2, dtype=np.float64) / reference.STEP**2
    return Tile(truth, estimate, np.float32(np.sqrt(20 / (error + 3))))


def inner(image: np.ndarray, margin: int) -> np.ndarray:
    return image[..., margin:-margin, margin:-margin]


def equations(tile: Tile, site: int) -> np.ndarray:
    """Taps and wanted corrections of every quad inside the margin, weighted: (75 + 2, quads)."""
    row, column = reference.SITES[site]
    shape = (75, *tile.truth[0, row::2, column::2].shape)
    taps = inner(reference.patches(tile.estimate, site).reshape(shape), MARGIN // 2)
    wanted = inner((tile.truth - tile.estimate)[:, row::2, column::2], MARGIN // 2)
    both = np.concatenate([taps, wanted[list(reference.MISSING[site])]])
    return both.reshape(77, -1) * tile.weight


def asked(tile: Tile, name: str, site: int) -> np.ndarray:
    """A feature's quotient at every quad inside the margin."""
    numerator, denominator = (inner(part, MARGIN // 2).ravel() for part in tile.features[name])
    sign = -1 if site == 2 and name in reference.ANTISYMMETRIC else 1
    return sign * numerator / denominator


def products(rows: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """The sums of outer products of the columns of each group: (groups, n, n) float64."""
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(groups + 1))
    ordered = np.ascontiguousarray(rows[:, order])
    result = np.zeros((groups, len(rows), len(rows)))
    for index in range(groups):
        columns = ordered[:, ends[index] : ends[index + 1]]
        result[index] = columns @ columns.T
    return result


def solved(sums: np.ndarray, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    """Filters (..., taps, 2) and the squared error that they leave."""
    left, right, energy = sums[..., :-2, :-2], sums[..., :-2, -2:], sums[..., -2:, -2:]
    filters = np.linalg.solve(left + ridge * np.eye(left.shape[-1]), right)
    error = np.einsum("...ii->...", energy) - 2 * np.einsum("...fk,...fk->...", filters, right)
    return filters, error + np.einsum("...fk,...fg,...gk->...", filters, left, filters)


def grown(tiles: Sequence[Tile], sites: Sequence[int]) -> reference.Tree:
    """The tree of one kind of site: at each level the test after which filters fit best, then all the filters."""
    edges = {}
    for name in FEATURES:
        values = np.concatenate([asked(tile, name, sites[0])[::37] for tile in tiles])
        edges[name] = np.quantile(values, np.arange(1, BINS) / BINS)
    rows, bins, count = [], [], 0
    near = [*NEAR, 75, 76]
    for number, tile in enumerate(tiles):
        for site in sites:
            whole = equations(tile, site)
            chosen = np.sort(np.random.default_rng(number).permutation(whole.shape[1])[: SAMPLES // len(sites)])
            rows.append(whole[near][:, chosen])
            bins.append([np.searchsorted(edges[name], asked(tile, name, site)[chosen]) for name in FEATURES])
            count += whole.shape[1]
    sample, bin_of = np.concatenate(rows, 1), np.concatenate(bins, 1)
    ridge = RIDGE * sample.shape[1] / count
    leaf, tests = np.zeros(sample.shape[1], np.int64), []
    for level in range(LEVELS):
        best = (np.inf, 0, 0)
        for index in range(len(FEATURES)):
            sums = products(sample, leaf * BINS + bin_of[index], BINS << level)
            below = np.cumsum(sums.reshape(1 << level, BINS, *sums.shape[1:]), 1)
            cuts = slice(1, BINS - 1, 2)
            error = solved(below[:, cuts], ridge)[1] + solved(below[:, -1:] - below[:, cuts], ridge)[1]
            cut = int(np.argmin(error.sum(0)))
            best = min(best, (float(error.sum(0)[cut]), index, 1 + 2 * cut))
        _, index, cut = best
        tests.append((FEATURES[index], float(np.float32(edges[FEATURES[index]][cut]))))
        leaf = 2 * leaf + (bin_of[index] > cut)
    sums = np.zeros((1 << LEVELS, 76, 76))
    for tile in tiles:
        for site in sites:
            values = {name: (inner(a, MARGIN // 2), inner(b, MARGIN // 2)) for name, (a, b) in tile.features.items()}
            leaves = reference.leaves(tuple(tests), values, site).ravel()
            sums += products(equations(tile, site)[[*ALL, 75, 76]], leaves, 1 << LEVELS)
    filters = np.zeros((1 << LEVELS, 2, 75))
    filters[..., ALL] = solved(sums, RIDGE)[0].swapaxes(1, 2)
    whole = np.clip(np.rint(filters * ONE), -32768, 32767)
    return reference.Tree(tuple(tests), (whole / ONE).reshape(-1, 2, 5, 5, 3))


def trained(codes: Sequence[np.ndarray], level: float) -> list[reference.Pass]:
    """The passes for one noise level."""
    tiles = [prepared(code, level, number) for number, code in enumerate(codes)]
    passes = []
    for index in range(PASSES):
        for tile in tiles:
            tile.features = reference.features(tile.estimate)
        trees = (grown(tiles, (0,)), grown(tiles, (1, 2)), grown(tiles, (3,)))
        for tile in tiles:
            tile.estimate = inner(reference.corrected(tile.estimate, trees), MARGIN)
            tile.estimate = np.pad(tile.estimate, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)), mode="reflect")
        passes.append(trees)
        for kind, tree in zip(("red", "green", "blue"), trees, strict=True):
            print(f"noise {level} pass {index + 1} {kind}: " + ", ".join(f"{n} > {t:.3g}" for n, t in tree.tests))
    return passes


def saved(path: Path, levels: Sequence[list[reference.Pass]]) -> None:
    """Write the weights."""

    def table(value) -> np.ndarray:
        return np.array([[[value(tree) for tree in trees] for trees in passes] for passes in levels])

    np.savez_compressed(
        path,
        version=np.int32(VERSION),
        noise=np.array(NOISE[: len(levels)], np.float32),
        tests=table(lambda tree: [FEATURES.index(name) for name, _ in tree.tests]).astype(np.int8),
        thresholds=table(lambda tree: [threshold for _, threshold in tree.tests]).astype(np.float32),
        filters=table(lambda tree: np.rint(tree.filters * ONE)).astype(np.int16),
    )


def main() -> None:
    """Read, train, write."""
    parser = argparse.ArgumentParser(description="Train the learned demosaic; the card tells what on.")
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--levels", type=int, default=len(NOISE), help="train only the first noise levels")
    parser.add_argument("--no-scene", action="store_true", help="leave the simulated scene out")
    options = parser.parse_args()
    if missing := [str(path) for path in options.pictures if not path.is_file()]:
        parser.error(f"no such file: {', '.join(missing)}")
    lights: list[np.ndarray] = []
    for path in options.pictures:
        try:
            pieces = [piece for light in light_of(path) for piece in tiles_of(light)]
        except (OSError, TirageError) as error:
            parser.error(f"{path} can't be learned from: {error}")
        print(
            f"{path.name}: {len(pieces)} tiles, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}", flush=True
        )
        lights += pieces
    if not options.no_scene:
        from tirage.simulating.scene import demo_scene

        pixels = demo_scene(1152, 1536).pixels
        lights += tiles_of(np.clip(pixels / np.float32(0.8), 0, 1))
    codes = [varied(light, number) for number, light in enumerate(lights)]
    codes += [varied(light[:, :, ::-1], number + 5) for number, light in enumerate(lights)]  # mirrored, varied anew
    print(f"{len(codes)} tiles, {sum(code[0].size for code in codes) / 1e6:.1f} MP", flush=True)
    levels = []
    for level in NOISE[: options.levels]:
        levels.append(trained(codes, level))
        saved(options.output, levels)


if __name__ == "__main__":
    main()
