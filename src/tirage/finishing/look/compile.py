"""A look compiled to the kernels' tables. PROVISIONAL."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...colour.perception import from_oklab, oklab
from ...colour.spaces import rgb_to_rgb, transformed
from ...colour.transfer import srgb_encode
from ...photo.look import Look


@dataclass(frozen=True, eq=False)
class CompiledLook:
    shaper: np.ndarray
    table: np.ndarray


def _sigmoid(contrast, white):
    def params(n):
        w = 0.18 / (1 - contrast / n)
        return w, 0.18**n * (w / 0.18 - 1)

    lo, hi = contrast * (1 + 1e-9), contrast * 50
    for _ in range(100):
        m = (lo + hi) / 2
        w, k = params(m)
        if w / (1 + k * white**-m) > 1:
            lo = m
        else:
            hi = m
    w, k = params(lo)
    return lambda x: np.minimum(w * x**lo / (x**lo + k), 1)


def _curve(look, white):
    t = look.tone
    if t.curve == "linear":
        a = 0.18 * 2**t.shoulder_stops
        q = 1 / (1 - a) - 1 / (white - a)
        base = lambda x: np.minimum(np.where(x > a, a + (x - a) / (1 + np.maximum(x - a, 0) * q), x), 1)
    else:
        base = _sigmoid(t.contrast, white * 2**t.exposure_stops)

    def f(x):
        x = np.maximum(x, 0) * 2.0**t.exposure_stops
        if t.shadows_stops:
            lift = t.shadows_stops / (1 + (x / 0.045) ** 1.0)
            x = x * 2.0**lift
        return base(x)

    return f


@lru_cache(maxsize=32)
def compile_look(look: Look, white: float, colour_space: str) -> CompiledLook:
    curve = _curve(look, white)
    bits = np.arange(962, dtype=np.int64) * 2**17 + int(np.array(2.0**-11, np.float32).view(np.int32))
    light = bits.astype(np.int32).view(np.float32).astype(np.float64) - 2.0**-11
    shape = 0.8 * srgb_encode(curve(light)) + 0.2 * np.log2(1 + light / 0.02) / np.log2(1 + 16 / 0.02)
    shape = shape / shape[960]
    knots = np.clip(np.rint(shape * 65535), 0, 65535).astype(np.int64)
    knots[960:] = 65535
    shaper = (knots[:-1] | (np.diff(knots) << 16)).astype(np.uint32)
    node = np.interp(np.minimum(np.arange(33) * 2048, 65535), knots[:961], light[:961])
    b, g, r = np.meshgrid(node, node, node, indexing="ij")
    x = np.stack([r, g, b], -1).reshape(-1, 3)
    t = look.tone
    x = (1 - t.inset) * x + t.inset * x.mean(-1, keepdims=True)
    y = curve(x)
    i = np.argsort(x, -1)
    s, o = np.take_along_axis(x, i, -1), np.take_along_axis(y, i, -1)
    f = (s[:, 1] - s[:, 0]) / np.maximum(s[:, 2] - s[:, 0], 1e-9)
    o[:, 1] += t.hue_hold * (o[:, 0] + (o[:, 2] - o[:, 0]) * f - o[:, 1])
    np.put_along_axis(y, i, o, -1)
    lab = oklab(y, "rec2020")
    lab[:, 1:] *= look.colour.saturation * 1.06
    out = transformed(from_oklab(lab, "rec2020"), rgb_to_rgb("rec2020", colour_space))
    a = np.maximum(out.max(-1, keepdims=True), 1e-9)
    u = a - out
    e = np.maximum(u - 0.85 * a, 0)
    out = np.where(u > 0.85 * a, a - (0.85 * a + e * 0.15 * a / (0.15 * a + e)), out)
    out = out / np.maximum(out.max(-1, keepdims=True), 1)
    code = np.rint(srgb_encode(np.clip(out, 0, 1)) * 65535).astype(np.uint64)
    return CompiledLook(shaper, code[:, 0] | code[:, 1] << np.uint64(16) | code[:, 2] << np.uint64(32))
