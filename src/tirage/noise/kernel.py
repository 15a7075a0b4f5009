"""The 8-point DCT as expressions, by its even and odd parts; the gain of coefficients; sums in a fixed order."""

from __future__ import annotations

import math
from collections.abc import Sequence

import halide as hl

from .shrinkage import BLOCK, RULE

Values = list[hl.Expr]

b, row, c, phase = hl.Var("b"), hl.Var("row"), hl.Var("c"), hl.Var("phase")
k, l = hl.Var("k"), hl.Var("l")  # noqa: E741  frequencies across and down


def dct(v: Values) -> Values:
    """The orthonormal DCT-II of 8 values, even and odd parts apart."""
    total, difference = [v[n] + v[7 - n] for n in range(4)], [v[n] - v[7 - n] for n in range(4)]
    near, far = total[1] + total[2], total[0] + total[3]
    u, w = total[0] - total[3], total[1] - total[2]
    even = [
        (far + near) * _cosine(4),
        u * _cosine(2) + w * _cosine(6),
        (far - near) * _cosine(4),
        u * _cosine(6) - w * _cosine(2),
    ]
    odd = [ordered_sum([difference[n] * _basis(2 * m + 1, n) for n in range(4)]) for m in range(4)]
    return [half[m] for m in range(4) for half in (even, odd)]


def inverse_dct(v: Values) -> Values:
    """Its inverse."""
    far, near = (v[0] + v[4]) * _cosine(4), (v[0] - v[4]) * _cosine(4)
    u, w = v[2] * _cosine(2) + v[6] * _cosine(6), v[2] * _cosine(6) - v[6] * _cosine(2)
    even = [far + u, near + w, near - w, far - u]
    odd = [ordered_sum([v[2 * m + 1] * _basis(2 * m + 1, n) for m in range(4)]) for n in range(4)]
    return [even[n] + odd[n] for n in range(4)] + [even[n] - odd[n] for n in (3, 2, 1, 0)]


def _cosine(sixteenths: int) -> hl.Expr:
    return hl.f32(math.cos(math.pi * sixteenths / 16) / 2)


def _basis(frequency: int, place: int) -> hl.Expr:
    return hl.f32(math.cos(math.pi * (2 * place + 1) * frequency / 16) / 2)


def ordered_sum(terms: Sequence[hl.Expr]) -> hl.Expr:
    """The sum in pairs: the same order for every machine, and short chains."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return ordered_sum(terms[:half]) + ordered_sum(terms[half:])


def gains(down: hl.Func, rule: hl.ImageParam, last: float = 1.0) -> tuple[hl.Func, hl.Func]:
    """The energy of each coefficient, and its gain: the energies around it against a threshold.

    That of the last frequency across or down is `last` times the rule's.
    """

    def entry(name: str) -> hl.Expr:
        return rule[RULE.index(name), c]

    energy, gain = hl.Func("energy"), hl.Func("gain")
    # The mean is no evidence for detail: its neighbour stands in.
    other = hl.select((l == 0) & (k == 0), 1, _reflected(l))
    found = down[b, other, _reflected(k), row, c, phase]
    energy[b, l, k, row, c, phase] = found * found

    def around(dl: int, dk: int) -> hl.Expr:
        """The energy that many frequencies on."""
        return energy[b, l + dl, k + dk, row, c, phase]

    side = (around(-1, 0) + around(1, 0)) + (around(0, -1) + around(0, 1))
    corner = (around(-1, -1) + around(1, -1)) + (around(-1, 1) + around(1, 1))
    brightness = down[b, l, k, row, 0, phase]
    evidence = (side * entry("side") + corner * entry("corner")) + (
        around(0, 0) * entry("own") + brightness * brightness * entry("brightness")
    )
    threshold = rule[RULE.index("threshold 0") + k + l, c]
    if last != 1:
        threshold *= hl.select((k == BLOCK - 1) | (l == BLOCK - 1), hl.f32(last), 1)
    excess = hl.max(evidence - threshold, 0)
    wiener = (excess + entry("kept")) / (excess + entry("softness"))
    gain[b, l, k, row, c, phase] = hl.select(k + l == 0, 1, wiener)
    return energy, gain


def _reflected(frequency: hl.Expr) -> hl.Expr:
    """-1 becomes 1, BLOCK becomes BLOCK - 2."""
    return hl.clamp(hl.select(frequency < 0, 1, frequency >= BLOCK, BLOCK - 2, frequency), 0, BLOCK - 1)
