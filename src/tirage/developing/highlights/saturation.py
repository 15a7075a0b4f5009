"""Where the colours of a sensor saturate: at the white level, or under it where stored values pile up there.

Many sensors saturate a little under the white level that their files state, each colour elsewhere, some pixels sooner
than others. Light of one brightness piles up too. A pile is taken for saturation where it ends the histogram, is
narrower than noise would let it, and what the others say contradicts light: they change while it stays (the light
grows), or all stay at about the same stored value where white light's would differ (white that has clipped).
Limits: saturation under LOWEST of white isn't looked for, nor where fewer than FEWEST samples show it.
"""

from __future__ import annotations

import numpy as np

from ...photo.quantile import median, quantiles

#: The share of the clip, under it, in which samples are believed less and less: the last steps are not straight.
NEAR = 0.05
#: The part of white that is looked at, in steps of which.
LOWEST, STEP = 0.85, 0.005
STEPS = round((1 - LOWEST) / STEP) + 1
FEWEST = 24
#: How much higher a pile is than what is usual under it.
HEIGHT = 8.0
#: Steps from a pile's middle beyond which the histogram ends.
END = 4
#: Spreads are from the first tenth to the last, relative: another colour's in light that grows, at least.
GROWS, TIMES = 0.07, 5.0
#: Of the noise's deviation, the most that a pile's is.
STILL = 0.6
#: How near each other, relatively, colours saturate; how unlike each other gains must be to tell white by it.
ALIKE, UNLIKE = 0.12, 1.3


def levels(light: list[np.ndarray], gains: np.ndarray, noise: np.ndarray | None = None) -> np.ndarray:
    """Where red, green and blue saturate, (3,), 1 being white: the foot of the pile that ends their histogram.

    `light` are quads' red, greens and blue (n,), black off, white at 1; `gains` (3,) the white balance; `noise` (1 or
    3, 2) scale and offset of the variance.
    """
    colours = [light[0], (light[1] + light[2]) * np.float32(0.5), light[3]]
    piles = [_pile(one) for one in (light[0], np.concatenate(light[1:3]), light[3])]
    profile = None if noise is None else np.broadcast_to(np.asarray(noise, np.float64), (3, 2))
    found = np.ones(3)
    held = [one >= (1.0 if pile is None else pile) for one, pile in zip(colours, piles, strict=True)]
    seen: list[int] = []
    for colour, pile in enumerate(piles):
        if pile is None or held[colour].sum() < FEWEST // 2:
            continue
        own = colours[colour][held[colour]]
        middle, spread = _spread(own)
        is_at_white = middle >= 1 - 2 * STEP
        if not is_at_white and profile is not None and np.isfinite(profile[colour]).all():
            deviation = np.sqrt(max(profile[colour] @ (middle, 1), 0))
            if spread * middle / 2.56 > STILL * deviation > 0:
                continue
        others = [other for other in range(3) if other != colour]
        grows = max(_spread(colours[other][held[colour]])[1] for other in others) > max(GROWS, TIMES * spread)
        if is_at_white or grows:
            found[colour] = pile
            seen.append(colour)
    for colour, pile in enumerate(piles):  # what is clipped in all colours shows by its lack of white balance
        if pile is None or colour in seen or held[colour].sum() < FEWEST // 2:
            continue
        middles = [_spread(one[held[colour]])[0] for one in colours]
        if max(middles) < (1 + ALIKE) * min(middles) and float(np.max(gains)) > UNLIKE * float(np.min(gains)):
            found[colour] = pile
    return found


def _pile(light: np.ndarray) -> float | None:
    """The foot of the pile that ends the histogram of `light`, or None where it has none."""
    bright = light[light >= LOWEST]
    counts = np.bincount(np.minimum((bright - LOWEST) / STEP + 1e-4, STEPS - 1).astype(np.intp), minlength=STEPS)
    peak = int(np.argmax(counts))
    mass = int(counts[max(peak - 2, 0) : peak + 3].sum())
    usual = float(median(counts[: max(peak - 3, 1)]))
    if peak < END or mass < FEWEST or counts[peak + END :].sum() > mass / 4 or counts[peak] < HEIGHT * usual:
        return None
    foot = peak
    while foot > max(peak - 6, 1) and counts[foot - 1] > max(1.5 * usual, 0.02 * counts[peak]):
        foot -= 1
    return min(LOWEST + max(foot - 1, 0) * STEP, 1.0) if foot < STEPS - 1 else 1.0


def _spread(light: np.ndarray) -> tuple[float, float]:
    """The median, and the distance of the first tenth from the last in units of it."""
    if not len(light):
        return 0.0, 0.0
    low, middle, high = quantiles(light, (0.1, 0.5, 0.9))
    return float(middle), float(high - low) / max(float(middle), 1e-6)
