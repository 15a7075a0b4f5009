"""A mean to a mosaic."""

from __future__ import annotations

import numpy as np

from ...kernels.call import Placed, run
from ...noise.shrinkage import fitted_rule
from ..light import Light
from ..resampling import Resampling

#: How much of the noise of resampled frames counts, by opponent plane. The rule was fitted to white noise; fitted to
#: means of two and six frames.
_COLOURED = np.array([0.8, 0.3, 0.3, 0.3], np.float32)[:, None, None]

#: What shrinking by strengths leaves of the variance of flats of red, green and blue, of means of so many frames, as
#: `benchmarks/burst.py --only residues` prints it. Detail that is given back brings noise along: little strength adds.
_STRENGTHS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.3, 2.0)
_RESIDUES = {
    2: (
        (1.111, 1.076, 0.976, 0.827, 0.647, 0.459, 0.290, 0.163, 0.086, 0.047, 0.029, 0.018, 0.017),
        (1.115, 1.091, 1.021, 0.909, 0.760, 0.582, 0.397, 0.240, 0.132, 0.071, 0.041, 0.018, 0.016),
        (1.114, 1.081, 0.988, 0.847, 0.673, 0.485, 0.310, 0.175, 0.092, 0.049, 0.031, 0.019, 0.018),
    ),
    6: (
        (1.180, 1.149, 1.060, 0.923, 0.749, 0.554, 0.366, 0.219, 0.123, 0.070, 0.044, 0.023, 0.021),
        (1.219, 1.196, 1.127, 1.015, 0.855, 0.653, 0.443, 0.270, 0.155, 0.090, 0.056, 0.023, 0.018),
        (1.197, 1.166, 1.078, 0.941, 0.763, 0.558, 0.359, 0.205, 0.110, 0.061, 0.039, 0.023, 0.022),
    ),
    16: (
        (1.212, 1.184, 1.101, 0.971, 0.801, 0.605, 0.413, 0.261, 0.158, 0.096, 0.062, 0.027, 0.023),
        (1.269, 1.247, 1.180, 1.065, 0.897, 0.682, 0.463, 0.289, 0.177, 0.110, 0.072, 0.027, 0.018),
        (1.240, 1.211, 1.128, 0.996, 0.816, 0.602, 0.395, 0.235, 0.134, 0.079, 0.051, 0.025, 0.021),
    ),
}
#: The share that the reference alone keeps of smooth shades where the weight of all is less than usual: merged and
#: alone are two answers of like quality there, each with its own faults.
_ALONE = 0.6
#: Quads from the edges in which frames may show nothing; the quantile of weights that counts as usual.
_BORDER, _USUAL = 128, 0.9
#: Side in quads of the cells in which the reference alone is shrunk as means are, for the developer's denoiser keeps
#: other faults: those that miss so much of the usual weight in such a share. And how far shrinking reaches.
_CELL, _MISSING, _MUCH, _REACH = 64, 0.15, 0.2, 8
#: A mean from here on counts as clipped.
_FULL = 0.9995


def shrunk(
    state: np.ndarray,
    light: Light,
    resampling: Resampling,
    strength: float,
    levels: tuple[float, float, float],
    most: float,
    clean: Light | None = None,
) -> np.ndarray:
    """The mosaic (rows, columns) uint16 of a mean's `state`; begins with red.

    `levels`: black, stored units of light 1, white; `most` is the light that counts as clipped. `clean` is the
    reference alone, shrunk, with the same black; it keeps a share where little was added.
    """
    usual = _usual(state[5])
    if clean is None:
        mosaic, alone = np.empty((2 * state.shape[1], 2 * state.shape[2]), np.uint16), np.zeros(2, np.float32)
    else:
        like = max(1 - 2 * abs(strength - 1), 0.0)  # `clean` is shrunk by strength 1
        mosaic, alone = clean.mosaic.copy(), np.array([_ALONE * like, levels[1] * clean.unit], np.float32)
        own_levels = np.array([levels[0], 1 / clean.unit, clean.clip, _FULL], np.float32)
        for rows, columns in _doubtful(state[5], *usual) if like else ():
            _shrink_alone(mosaic, rows, columns, light, resampling, own_levels)
    given = np.array([*levels, _FULL * most], np.float32)
    _run(state, light, resampling, strength, given, alone, usual, mosaic)
    return mosaic


def _run(
    state: np.ndarray,
    light: Light,
    resampling: Resampling,
    strength: float,
    levels: np.ndarray,
    alone: np.ndarray,
    usual: tuple[np.ndarray, np.ndarray],
    mosaic: np.ndarray,
) -> None:
    tables = resampling.mix, resampling.power * _COLOURED, resampling.carried, fitted_rule(strength, strength, 0.1)
    run("merge_shrink", state, light.noise.astype(np.float32), *tables, levels, alone, *usual, mosaic)


def _doubtful(
    weight: np.ndarray, usual_rows: np.ndarray, usual_columns: np.ndarray
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Runs of cells, (first row, end), (first column, end) in quads, much of which has less weight than usual."""
    missing = 1 - weight[::4, ::4] * np.maximum(usual_rows[::4, None], usual_columns[::4]) > _MISSING
    step = _CELL // 4
    starts = [np.arange(0, side, step) for side in missing.shape]
    counts = np.add.reduceat(np.add.reduceat(missing, starts[0], 0, np.int32), starts[1], 1)
    down, across = (np.minimum(step, side - start) for start, side in zip(starts, missing.shape, strict=True))
    found = []
    for row, line in enumerate(counts > _MUCH * np.outer(down, across)):
        edges = np.flatnonzero(np.diff(np.pad(line.astype(np.int8), 1)))
        rows = _CELL * row, min(_CELL * (row + 1), weight.shape[0])
        found += [(rows, (_CELL * a, min(_CELL * b, weight.shape[1]))) for a, b in edges.reshape(-1, 2).tolist()]
    return found


def _shrink_alone(
    mosaic: np.ndarray,
    rows: tuple[int, int],
    columns: tuple[int, int],
    reference: Light,
    resampling: Resampling,
    levels: np.ndarray,
) -> None:
    """The reference alone, shrunk as means are, into these quads of a mosaic that begins with red."""
    first = [max(0, side[0] - _REACH) for side in (rows, columns)]
    last = [min(side[1] + _REACH, whole) for side, whole in zip((rows, columns), reference.quads, strict=True)]
    state = np.empty((12, last[0] - first[0], last[1] - first[1]), np.float32)
    placed = Placed(state, (0, *first))
    run("merge_begin", reference.placed, reference.levels, np.int32(reference.clip), np.float32(1), placed)
    part = np.empty((2 * state.shape[1], 2 * state.shape[2]), np.uint16)
    usual = np.ones(state.shape[1], np.float32), np.ones(state.shape[2], np.float32)
    _run(state, reference, resampling, 1.0, levels, np.zeros(2, np.float32), usual, part)
    inner = tuple(
        np.s_[2 * (a - start) : 2 * (b - start)] for (a, b), start in zip((rows, columns), first, strict=True)
    )
    mosaic[2 * rows[0] : 2 * rows[1], 2 * columns[0] : 2 * columns[1]] = part[inner]


def _usual(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One by the `weight` (rows, columns) that is usual in rows and in columns: less at edges that few frames reach."""
    whole = float(np.quantile(weight[::8, ::8], _USUAL))
    found = []
    for lines in (weight[:, ::8], weight[::8].T):
        usual = np.full(len(lines), whole, np.float32)
        border = min(_BORDER, len(lines) // 2)
        for part in (np.s_[:border], np.s_[len(lines) - border :]):
            usual[part] = np.minimum(np.quantile(lines[part], _USUAL, axis=1), whole)
        found.append(1 / np.maximum(usual, 1))
    return found[0].astype(np.float32), found[1].astype(np.float32)


def unshrunk(mosaic: np.ndarray, levels: tuple[float, float, float], most: float, top: int, state: np.ndarray) -> None:
    """A mean as it is: its `state` from the row `top` on into a mosaic like that of `shrunk`."""
    black, unit, white = (np.float32(level) for level in levels)
    for site in range(4):
        light = state[site] / state[site + 4]
        stored = np.clip(np.rint(light * unit + black), 0, white)
        stored[light >= np.float32(_FULL * most)] = white
        mosaic[2 * top + site // 2 : 2 * (top + len(light)) : 2, site % 2 :: 2] = stored


def residue(strength: float, frames: float) -> np.ndarray:
    """The shares of the noise's variance that shrinking leaves on flats of red, green and blue, (3,).

    Of a mean of so many frames.
    """
    if strength == 0:
        return np.ones(3)
    left = [[np.interp(strength, _STRENGTHS, np.log(row)) for row in rows] for rows in _RESIDUES.values()]
    counts = np.log([*_RESIDUES])
    return np.exp([np.interp(np.log(frames), counts, column) for column in np.array(left).T])
