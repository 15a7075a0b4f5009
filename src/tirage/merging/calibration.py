"""How noisy a burst is by its frames' differences, which texture hardly touches: what files state may be off.

Over tiles the squared difference of a frame, resampled, and the reference is compared with what the noise of both says.
In the calmest tiles nothing moves, nothing folds and the filters of the demosaic carry all there is.
"""

from __future__ import annotations

import numpy as np

from .fuse.mean import STRIP, Mean, Part
from .light import Light

#: Quads along the side of a tile; the share of tiles that are calm, and what they have of pure noise's mean square.
_TILE, _CALM, _CALM_NOISE = 8, 0.1, 0.89
#: Strips of rows that are looked at, tiles that say enough, and light from which clipping may show.
_STRIPS, _ENOUGH, _BRIGHT = 3, 100, 0.85
#: Light that is less of its noise's deviations above the least that can be stored is cut off there, and calmer for it.
_WHOLE = 3.0
#: Ratios within are taken for 1; none is believed beyond.
_RIGHT, _MOST = (0.9, 1.12), (0.3, 4.0)


def noise_ratio(mean: Mean, frame: Light, guide: Light, mapping: np.ndarray, ignore_clipped: bool) -> float:
    """The variance of the frames' noise in parts of what they state, by one of them and the reference."""
    rows, part = mean.reference.quads[0], Part(frame, [mapping], None, ignore_clipped)
    least = np.maximum(*(-light.black * light.unit for light in (mean.reference, frame)))
    found = []
    for top in range(0, rows, STRIP * max(1, rows // (STRIP * _STRIPS))):
        other = mean.alone(top, part, guide, 0.0)
        found.append(_tiles(mean, mean.begun(top, min(top + STRIP, rows)), other, least))
    ratios = np.concatenate(found)
    if ratios.size < _ENOUGH:
        return 1.0
    ratio = float(np.quantile(ratios, _CALM)) / _CALM_NOISE
    return 1.0 if _RIGHT[0] < ratio < _RIGHT[1] else float(np.clip(ratio, *_MOST))


def _tiles(mean: Mean, own_state: np.ndarray, other_state: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Mean square differences of tiles, in parts of what is stated; of the states of the reference and a frame.

    `least` (4,) is the least light that both can hold.
    """
    own, own_weight = own_state[:4], own_state[4:8]
    light, share, noise = (other_state[n : n + 4] for n in (0, 4, 8))
    height, width = (side // _TILE * _TILE for side in light.shape[1:])

    def tiled(values: np.ndarray) -> np.ndarray:
        cut = values[:, :height, :width]
        rows = cut.reshape(4, height // _TILE, _TILE, width).sum(2, dtype=np.float32)
        return rows.reshape(4, height // _TILE, width // _TILE, _TILE).sum(3) / np.float32(_TILE**2)

    usable = (tiled((share > 0) & (own_weight == 1)) == 1).all(0)
    safe = np.where(share > 0, share, 1)
    own_light, other_light = tiled(own), tiled(light / safe)
    shown = np.clip((own_light + other_light) / 2, 0, None)
    stated = mean.reference.noise[:, :1, None] * shown + mean.reference.noise[:, 1:, None]
    gain = tiled(noise / safe**2) * mean.resampling.plane_gain[:, None, None]
    ratios = (tiled((light / safe - own) ** 2) / (stated * (1 + gain))).mean(0)
    whole = (shown - least[:, None, None] > _WHOLE * np.sqrt(stated)).all(0)
    return ratios[usable & whole & (shown.max(0) < _BRIGHT)]
