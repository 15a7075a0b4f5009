"""Shrinking in NumPy float64, a block after the other."""

from __future__ import annotations

import numpy as np

from ...noise.shrinkage import BLOCK, STEP
from ..fuse import FAINT_NOISE
from . import FEWER, SMOOTH


def shrunk(
    state: np.ndarray, noise: np.ndarray, mix: np.ndarray, power: np.ndarray, carried: np.ndarray, rule: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The light (4, rows, columns) of a mean's state (12, rows, columns), and how smooth it is, 0..1 (rows, columns).

    Rows and columns are multiples of STEP.

    Arguments as the kernel "merge_shrink" takes them.
    """
    total, others = state[4:8].astype(np.float64), state[8:].astype(np.float64)
    light = state[:4] / total
    scale = noise[:, 0, None, None].astype(np.float64)
    floor = 0.375 * scale**2 + noise[:, 1, None, None]
    up = np.maximum(light, 0)
    even = 2 / scale * (np.sqrt(scale * up + floor) - np.sqrt(floor)) + np.minimum(light, 0) / np.sqrt(floor)
    faint = others < FAINT_NOISE / 2
    white = np.where(faint, 0, 1 / total**2)
    coloured = np.where(faint, others - FAINT_NOISE, others) / total**2

    pad = [(0, 0), (STEP, STEP), (STEP, STEP)]
    planes = np.tensordot(mix, np.pad(even, pad, mode="symmetric"), 1)
    noises = [np.tensordot(mix.astype(np.float64) ** 2, np.pad(n, pad, mode="symmetric"), 1) for n in (white, coloured)]
    k, n = np.arange(BLOCK)[:, None], np.arange(BLOCK)
    basis = np.sqrt(2 / BLOCK) * np.cos(np.pi * (2 * n + 1) * k / (2 * BLOCK))
    basis[0] /= np.sqrt(2)
    window = np.sin(np.pi * (n + 0.5) / BLOCK) ** 2
    values, weights, left_there = np.zeros_like(planes), np.zeros_like(planes), np.zeros(planes.shape[1:])
    for top in range(0, planes.shape[1] - BLOCK + 1, STEP):
        for left in range(0, planes.shape[2] - BLOCK + 1, STEP):
            block = np.s_[:, top : top + BLOCK, left : left + BLOCK]
            flat, rough = (part[block].mean((1, 2))[:, None, None] for part in noises)
            cells = (noises[0] + noises[1])[block].reshape(4, 2, STEP, 2, STEP).mean((2, 4))
            uneven = np.sqrt((cells**2).mean((1, 2)))[:, None, None] / np.maximum(flat + rough, 1e-9)
            deviation = np.sqrt(np.maximum(uneven * (flat + rough * power), 1e-6))
            spectrum = basis @ planes[block] @ basis.T
            gain = _gains(spectrum / deviation, rule.astype(np.float64))
            seen = 1 - (1 - carried) * (1 - np.sqrt(np.minimum(flat, 1)))
            gain = gain + gain**3 * (1 / seen - 1)
            weight = 1 / ((gain * deviation) ** 2).sum((1, 2), keepdims=True) * np.outer(window, window)
            left_there[block[1:]] += ((gain[0] * deviation[0]) ** 2).mean() / (uneven * (flat + rough))[0] / 4
            values[block] += weight * (basis.T @ (gain * spectrum) @ basis)
            weights[block] += weight
    inside = np.s_[:, STEP:-STEP, STEP:-STEP]
    clean = np.tensordot(mix.T, values[inside] / weights[inside], 1)
    up = np.maximum(clean, 0)
    curved = up * np.sqrt(floor) + up**2 * scale / 4 + np.minimum(clean, 0) * np.sqrt(floor)
    smooth = np.clip((SMOOTH[1] - left_there[inside[1:]]) / (SMOOTH[1] - SMOOTH[0]), 0, 1)
    return curved + scale / 4 * (white + coloured), smooth


def share(
    weight: np.ndarray, usual_rows: np.ndarray, usual_columns: np.ndarray, smooth: np.ndarray, most: float
) -> np.ndarray:
    """Of the result, what the reference alone keeps: at `most` so much, where it is smooth and `weight` is missing."""
    missing = 1 - weight * np.maximum(usual_rows[:, None], usual_columns)
    return most * smooth * np.clip((missing - FEWER[0]) / (FEWER[1] - FEWER[0]), 0, 1)


def _gains(down: np.ndarray, rule: np.ndarray) -> np.ndarray:
    """Of coefficients (4, 8, 8) in unit noise: by the energies around each against a threshold."""
    energy = down**2
    energy[:, 0, 0] = energy[:, 1, 0]  # the mean is no evidence
    around = np.pad(energy, [(0, 0), (1, 1), (1, 1)], mode="reflect")
    side, corner, own, brightness, softness, kept = rule[:, :6].T[..., None, None]
    beside = around[:, :-2, 1:-1] + around[:, 2:, 1:-1] + around[:, 1:-1, :-2] + around[:, 1:-1, 2:]
    across = around[:, :-2, :-2] + around[:, :-2, 2:] + around[:, 2:, :-2] + around[:, 2:, 2:]
    evidence = side * beside + corner * across + own * energy + brightness * down[0] ** 2
    frequency = np.add.outer(np.arange(BLOCK), np.arange(BLOCK))
    excess = np.maximum(evidence - rule[:, 6:][:, frequency], 0)
    gain = (excess + kept) / (excess + softness)
    gain[:, 0, 0] = 1
    return gain
