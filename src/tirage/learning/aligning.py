"""Where each place of one picture lies in another of the same scene, whatever either did to tone and colour.

Method: forms without tone (luma less its surround, over its local contrast); candidates of scale and shift by
cross-correlation, then Lucas & Kanade (1981) from coarse to fine under a polynomial warp, affine to cubic.
Domain: lumas (H, W) of different sizes, one a crop of the other, turned, with another lens correction.
Places are in half long sides from the middle, x to the right and y down. Limits: no parallax.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Pyramid: the least side of its coarsest level.
_LEAST_SIDE = 40
#: Degree of the warp on each level from the coarsest on, and the most steps there.
_STEPS = ((1, 12), (2, 8), (3, 6), (3, 4))
#: A frame that shows this much of the other's forms needs no search.
_CLEAR = 0.75
#: Less is no start worth following, on the second level; this much is the same scene, however it was cropped.
_HOPELESS, _LIKELY = 0.12, 0.5
#: Sizes that a crop of the picture may have been brought to, over the largest that fits.
_SCALES = (1.0, 1.03, 1.06, 1.1, 1.15, 1.2)
_MOST_POINTS = 60_000


@dataclass(frozen=True, eq=False)
class Warp:
    """`terms` (2, p): x and y in the other picture after `turn` quarter turns, as a polynomial of place in this one.

    `score` is the correlation of forms, 1 for the same, about 0 for other scenes. `covered`: the share that both show.
    """

    terms: np.ndarray
    turn: int
    score: float
    covered: float

    def __call__(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The place in the other, turned picture."""
        return _warped(self.terms, x, y)


def aligned(one: np.ndarray, other: np.ndarray) -> Warp:
    """The warp from `one` to `other`, lumas (H, W); its score says whether to believe it."""
    best = _aligned(one, other, 0, _SCALES)
    for turn in (1, 2, 3):
        if best.score >= _LIKELY:
            break
        tried = _aligned(one, np.rot90(other, turn), turn, _SCALES[:1])
        best = tried if tried.score > best.score else best
    return best


def _aligned(one: np.ndarray, other: np.ndarray, turn: int, scales: tuple[float, ...]) -> Warp:
    ones, others = _pyramid(one), _pyramid(other)
    levels = min(len(ones), len(others))
    ones, others = ones[-levels:], others[-levels:]  # the coarsest last: they need not be of one size
    (height, width), (h, w) = one.shape, other.shape
    whole = min(width / w, height / h) * max(h, w) / max(height, width)
    best = _refined(ones, others, np.array([[0, 1 / whole, 0], [0, 0, 1 / whole]]), turn)
    if best.score >= _CLEAR:
        return best
    level = max(levels - 2, 0)
    starts = sorted(_starts(ones[level], others[level], whole, scales), key=lambda start: -start[0])
    for _, terms in starts[:3]:
        tried = _refined(ones, others, terms, turn)
        if tried.score * tried.covered**0.25 > best.score * best.covered**0.25:
            best = tried
    return best


def _pyramid(luma: np.ndarray) -> list[np.ndarray]:
    """Forms of the luma at falling sizes, the finest first."""
    levels: list[np.ndarray] = [luma.astype(np.float32)]
    while min(levels[-1].shape) >= 2 * _LEAST_SIDE:
        image = levels[-1]
        image = image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2]
        levels.append((image[::2, ::2] + image[1::2, ::2] + image[::2, 1::2] + image[1::2, 1::2]) / 4)
    return [_forms(level) for level in levels[1:] or levels]


def _forms(luma: np.ndarray) -> np.ndarray:
    """Luma less its surround, over its local contrast; flat places are about 0."""
    detail = luma - _smooth(luma, 4)
    return detail / np.sqrt(_smooth(detail**2, 6) + 1e-4)


def _smooth(image: np.ndarray, radius: int) -> np.ndarray:
    """Two running means of 2 `radius` + 1 pixels along each axis."""
    for _ in range(2):
        for axis in (0, 1):
            wide = np.pad(image, [(radius + 1, radius) if n == axis else (0, 0) for n in (0, 1)], "edge")
            total = np.cumsum(wide, axis, dtype=np.float64)
            size, span = image.shape[axis], 2 * radius + 1
            upper = np.take(total, range(span, span + size), axis)
            image = ((upper - np.take(total, range(size), axis)) / span).astype(np.float32)
    return image


def _starts(
    one: np.ndarray, other: np.ndarray, whole: float, scales: tuple[float, ...]
) -> list[tuple[float, np.ndarray]]:
    """(correlation, affine warp) for the likeliest shift under each scale."""
    height, width = one.shape
    x, y = _places(one.shape)
    rows, columns = 2 * height, 2 * width
    spectrum = np.conj(np.fft.rfft2(one, (rows, columns)))
    same = max(one.shape) / max(other.shape)  # pixels as large as the other's, where both were reduced alike
    found = []
    for scale in dict.fromkeys([*(whole * more for more in scales), *(whole / more for more in scales), 1 / same]):
        drawn, inside = _sampled(other, *_warped(np.array([[0, 1 / scale, 0], [0, 0, 1 / scale]]), x, y))
        surface = np.fft.irfft2(np.fft.rfft2((drawn * inside).reshape(one.shape), (rows, columns)) * spectrum)
        for _ in range(2):
            down, across = (int(v) for v in np.unravel_index(int(np.argmax(surface)), surface.shape))
            surface[np.ix_(np.arange(down - 2, down + 3) % rows, np.arange(across - 2, across + 3) % columns)] = -np.inf
            shift_y, shift_x = (down + height) % rows - height, (across + width) % columns - width
            step = 2 / max(one.shape) / scale
            terms = np.array([[shift_x * step, 1 / scale, 0], [shift_y * step, 0, 1 / scale]])
            score, covered = _score(one, other, terms)
            found.append((score * covered**0.25, terms))
    return found


def _refined(ones: list[np.ndarray], others: list[np.ndarray], terms: np.ndarray, turn: int) -> Warp:
    """Lucas-Kanade from the coarsest level to the finest."""
    for level, ((degree, steps), one, other) in enumerate(zip(_STEPS, reversed(ones), reversed(others), strict=False)):
        terms = _stepped(one, other, terms, degree, steps)
        if level == 1:
            score, covered = _score(one, other, terms)
            if score < _HOPELESS:
                return Warp(terms, turn, score, covered)
    middle = max(len(ones) - 3, 0)
    return Warp(terms, turn, *_score(ones[middle], others[middle], terms))


def _stepped(one: np.ndarray, other: np.ndarray, terms: np.ndarray, degree: int, steps: int) -> np.ndarray:
    """`terms` bettered on one level."""
    x, y = _places(one.shape)
    stride = -(-x.size // _MOST_POINTS)
    x, y, target = x[::stride], y[::stride], one.ravel()[::stride]
    basis = _monomials(x, y, degree)
    count = basis.shape[1]
    terms = np.pad(terms, ((0, 0), (0, max(count - terms.shape[1], 0))))
    count = terms.shape[1]
    basis = _monomials(x, y, {3: 1, 6: 2, 10: 3}[count])
    slope = [np.gradient(other, axis=axis) * (max(other.shape) / 2) for axis in (1, 0)]
    steady = np.tile(np.repeat([1e-6, 1e-3], [3, count - 3]), 2)
    for _ in range(steps):
        place = _warped(terms, x, y)
        shown, inside = _sampled(other, *place)
        off = target - shown
        weight = inside / (1 + (off / 0.7) ** 2) ** 2
        by_x, by_y = (_sampled(part, *place)[0] for part in slope)
        design = np.concatenate([basis * by_x[:, None], basis * by_y[:, None]], axis=1)
        normal = design.T @ (design * weight[:, None])
        normal += np.diag(steady * np.trace(normal) / len(normal) + 1e-9)
        change = np.linalg.solve(normal, design.T @ (weight * off)).reshape(2, count)
        most = np.abs(change).sum(axis=1).max()
        terms = terms + change * min(1.0, 0.1 / max(most, 1e-12))
        if most * max(one.shape) / 2 < 0.02:
            break
    return terms


def _score(one: np.ndarray, other: np.ndarray, terms: np.ndarray) -> tuple[float, float]:
    """Correlation of the forms where both are seen, and the share of `one` where they are."""
    x, y = _places(one.shape)
    shown, inside = _sampled(other, *_warped(terms, x, y))
    covered = float(inside.mean())
    if covered < 0.2:
        return 0.0, covered
    a, b = one.ravel()[inside], shown[inside]
    return float((a @ b) / np.sqrt(max((a @ a) * (b @ b), 1e-12))), covered


def _places(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """x and y of every pixel, raveled, in half long sides from the middle."""
    height, width = shape
    half = max(shape) / 2
    y, x = np.meshgrid((np.arange(height) + 0.5 - height / 2) / half, (np.arange(width) + 0.5 - width / 2) / half,
                       indexing="ij")  # fmt: skip
    return x.ravel(), y.ravel()


def _monomials(x: np.ndarray, y: np.ndarray, degree: int) -> np.ndarray:
    """(n, p): 1, x, y, then those of the second and of the third degree."""
    one = np.ones_like(x)
    parts = [one, x, y]
    if degree >= 2:
        parts += [x * x, x * y, y * y]
    if degree >= 3:
        parts += [x**3, x * x * y, x * y * y, y**3]
    return np.stack(parts, -1)


def _warped(terms: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    across, down = (_polynomial([float(term) for term in row], x, y) for row in terms)
    return across, down


def _polynomial(row: list[float], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`_monomials` times `row`, by Horner's rule."""
    by_x: np.ndarray | float = row[1]
    by_y: np.ndarray | float = row[2]
    if len(row) > 3:
        by_x = by_x + row[3] * x + row[4] * y
        by_y = by_y + row[5] * y
    if len(row) > 6:
        by_x = by_x + x * (row[6] * x + row[7] * y)
        by_y = by_y + y * (row[8] * x + row[9] * y)
    return row[0] + by_x * x + by_y * y


def _sampled(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`image` (H, W) or (H, W, c) at places, linearly between pixels; and whether they lie inside."""
    height, width = image.shape[:2]
    half = max(height, width) / 2
    column, row = x * half + width / 2 - 0.5, y * half + height / 2 - 0.5
    inside = (column >= 0) & (column <= width - 1) & (row >= 0) & (row <= height - 1)
    column = np.nan_to_num(np.clip(column, 0, width - 1))
    row = np.nan_to_num(np.clip(row, 0, height - 1))
    left = np.minimum(column.astype(np.int64), max(width - 2, 0))
    top = np.minimum(row.astype(np.int64), max(height - 2, 0))
    right, below = np.minimum(left + 1, width - 1) - left, (np.minimum(top + 1, height - 1) - top) * width
    across, down = (column - left).astype(np.float32), (row - top).astype(np.float32)
    if image.ndim == 3:
        across, down = across[:, None], down[:, None]
    flat = image.reshape(height * width, *image.shape[2:])
    first = top * width + left
    upper = flat[first] * (1 - across) + flat[first + right] * across
    lower = flat[first + below] * (1 - across) + flat[first + below + right] * across
    return upper * (1 - down) + lower * down, inside


def drawn(picture: np.ndarray, warp: Warp, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """`picture` (h, w, 3) in the frame of the one that `warp` starts from, (H, W, 3), and where it is (H, W)."""
    picture = np.ascontiguousarray(np.rot90(picture, warp.turn))
    shown, inside = _sampled(picture, *warp(*_places(shape)))
    return shown.reshape(*shape, 3), inside.reshape(shape)
