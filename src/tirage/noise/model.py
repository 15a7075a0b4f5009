"""How noisy a frame is: as it says itself, or measured on its flat parts.

Model: variance = scale * x + offset on 0..1 (Foi et al. 2008, "Practical Poissonian-Gaussian noise modeling and
fitting for single-image raw-data"; DNG 1.7.1, NoiseProfile). Measuring follows Ponomarenko et al. (2007): in blocks
whose low frequencies are the calmest, high frequencies hold nothing but noise. Choosing by other frequencies than
those that are measured keeps the choice from biasing the result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..photo.frame import RawFrame
from ..photo.levels import greatest_black
from ..photo.quantile import median

#: A profile is wrong that says less than a hundredth of a code's rounding, or that twenty electrons reach the clip.
_ABSURD = (1e-2, 0.06)

#: One by which more electrons than this fit into a pixel is that of a merged burst, or wrong where the frame is none.
_MOST_ELECTRONS = 2e5

#: And one that states that many times the variance that is measured, or so much less for one colour than for another.
_OVERSTATED, _UNLIKE = 4.0, 16.0

#: Noise has no more than that much more variance at low frequencies than at high ones; gravel and grass have.
_MOST_LOW = 1.5

#: 18 % grey on the sensor (ISO 12232: 10/78 of the clip), the slope of the sRGB curve there in codes of 255, and the
#: deviation in codes under which denoising gains less than 0.1 dB in sRGB PSNR.
_GREY, _SLOPE_AT_GREY, _VISIBLE = 0.128, 371.0, 1.0
_BLOTCHY = 3.0  #: the same for noise whose means over 16 pixels show as blotches of colour

_NONE = 1e-12  #: the least variance of floats
_BLOCK = 8
_TOGETHER = 256  #: blocks that are transformed at a time, in the cache
_ENOUGH = 100_000  #: pixels of a frame that is measured though it states its noise
QUICK = 500  #: places that are looked at where a rough estimate will do
MOST_BLOCKS = 2500  #: places; more change the estimate by less than two percent
_BINS, _BIN_OF = (4, 16), 125  #: of brightness, fewer than most where they would hold fewer blocks
_MOST_CUT = 0.05  #: share of a block's samples that the least stored value may have cut off
_DOUBT = 16.0  #: how much more than by chance light must vary before the scale is read off it
_READ_NOISE = 6.0  #: variance in electrons, of sensors of the day at middling ISO
_CALMEST = 0.15  #: share of a bin's blocks that is measured
_MEDIAN_OF_SQUARES = 0.4549  #: of a normal variable of variance 1
_FREQUENCY = np.add.outer(np.arange(_BLOCK), np.arange(_BLOCK))
_LOW, _HIGH = (_FREQUENCY > 0) & (_FREQUENCY < 7), _FREQUENCY >= 9


@dataclass(frozen=True)
class Noise:
    """(scale, offset) of red, green and blue, on 0..1; `measured` where they are not the frame's own word."""

    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]
    measured: bool = False

    @property
    def profile(self) -> np.ndarray:
        """As a RawFrame states it, (3, 2) float64."""
        return np.array([self.red, self.green, self.blue])

    def at_sites(self) -> tuple[tuple[float, float], ...]:
        """Of R, G, G, B."""
        return self.red, self.green, self.green, self.blue

    @property
    def noisiest(self) -> tuple[float, float]:
        """The greatest scale and the greatest offset."""
        scales, offsets = zip(self.red, self.green, self.blue, strict=True)
        return max(scales), max(offsets)

    @property
    def is_visible(self) -> bool:
        """Whether a grey of 18 % deviates by as much as an eye could see in the finished picture."""
        return self._deviation_in_codes() > _VISIBLE

    @property
    def is_blotchy(self) -> bool:
        """Whether means over a block are noisy enough to be seen as blotches."""
        return self._deviation_in_codes() > _BLOTCHY

    @property
    def at_grey(self) -> float:
        """The greatest variance of the colours at a grey of 18 %."""
        return max(scale * _GREY + offset for scale, offset in self.at_sites())

    def _deviation_in_codes(self) -> float:
        return _SLOPE_AT_GREY * float(np.sqrt(self.at_grey))


def noise_of(frame: RawFrame, blocks: int = MOST_BLOCKS) -> Noise:
    """The noise of a frame: its NoiseProfile's where that makes sense, else as `measure`d.

    Strong noise is believed only where the picture shows some of it: too much stated would take colour with it. Next to
    none is believed of a merged burst, and of others unless strong noise is seen: gravel that fills the picture nearly
    looks like it.
    """
    stated = _stated(frame)
    if stated is not None and not frame.merged and stated.at_grey < _GREY / _MOST_ELECTRONS:
        measured = measure(frame, blocks=blocks)
        if not measured.is_blotchy or measure(frame, _LOW, blocks).at_grey > _MOST_LOW * measured.at_grey:
            return stated
        return measured
    if stated is not None and (not stated.is_blotchy or frame.width * frame.height < _ENOUGH):
        return stated
    measured = measure(frame, blocks=blocks)
    if stated is None or not stated.at_grey > _OVERSTATED * measured.at_grey:
        return stated or measured
    # Lossy compression empties high frequencies, or calm parts of all: only what others lack too was never there.
    others = measure(frame, _LOW, blocks)
    return measured if others.is_visible and stated.at_grey > _OVERSTATED * others.at_grey else stated


def with_noise_stated(frame: RawFrame, noise: Noise) -> RawFrame:
    """The frame with `noise` as its profile, and a note where that is an estimate."""
    if not noise.measured:
        return replace(frame, noise_profile=noise.profile)
    why = "it has no noise profile" if frame.noise_profile is None else "its noise profile makes no sense"
    return replace(frame, noise_profile=noise.profile, notes=(*frame.notes, f"{why}: its noise is estimated"))


def rounding(frame: RawFrame) -> float:
    """The variance of rounding to whole stored units, on 0..1; of floats next to none."""
    span = float(frame.white_level[0] - np.max(frame.black_level))
    return 1 / 12 / span**2 if frame.mosaic.dtype.kind == "u" else _NONE


def _stated(frame: RawFrame) -> Noise | None:
    if frame.noise_profile is None:
        return None
    pairs = np.atleast_2d(np.asarray(frame.noise_profile, np.float64))
    if pairs.shape not in ((1, 2), (3, 2)) or not np.isfinite(pairs).all() or (pairs < 0).any():
        return None
    at_clip = pairs.sum(1)
    if (at_clip < _ABSURD[0] * rounding(frame)).any() or (at_clip > _ABSURD[1]).any():
        return None
    at_grey = pairs @ np.array([_GREY, 1.0])
    pairs = np.where((at_grey * _UNLIKE < at_grey.max())[:, None], pairs[at_grey.argmax()] / _UNLIKE, pairs)
    red, green, blue = (
        (float(pair[0]), max(float(pair[1]), rounding(frame))) for pair in np.broadcast_to(pairs, (3, 2))
    )
    return Noise(red, green, blue)


def measure(frame: RawFrame, band: np.ndarray = _HIGH, blocks: int = MOST_BLOCKS) -> Noise:
    """The noise of a frame, one pair for its three colours, from the calmest blocks of every brightness.

    `band` (8, 8) bool are the frequencies that are measured; the low ones by a third too low, having been chosen calm.
    At most `blocks` places are looked at. Of a frame that holds three colours per pixel the green is measured, of
    which every other row and column.

    On simulated photographs of 3 megapixels and more, ISO 100 to 6400, the variance is right within 10 %. Small
    frames full of texture at low ISO are thought noisier than they are, by up to half.
    """
    light, usable = _blocks(frame, blocks)
    points = []
    for letter in "RGB" if frame.cfa else "G":
        sites = [site for site in range(4) if (frame.cfa or "GGGG")[site] == letter]
        chosen = light[:, :, sites][:, :, usable[sites]]
        spectra = _transformed(chosen)
        calm = np.einsum("kn,kn->n", spectra[_LOW], spectra[_LOW], optimize=False)
        points.append(_levels(chosen.mean((0, 1), dtype=np.float64), calm, spectra[band]))
    pair = _fitted(np.concatenate(points), rounding(frame))
    return Noise(pair, pair, pair, measured=True)


def _blocks(frame: RawFrame, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The light of 8x8 samples of the four sites at some places, (8, 8, 4, places) float32; whether each is unclipped.

    The latter is (4, places) bool.
    """
    plane = 0 if frame.cfa else 1
    mosaic = frame.mosaic if frame.cfa else frame.mosaic[plane]
    side = 2 * _BLOCK
    down, across = mosaic.shape[0] // side, mosaic.shape[1] // side
    places = np.arange(down * across)[:: max(1, -(-down * across // most))]
    tiles = mosaic[: down * side, : across * side].reshape(down, side, across, side)
    top, left = np.divmod(places, max(across, 1))

    def by_site(values: np.ndarray) -> np.ndarray:
        """(places, 16, 16) as (8, 8, 4, places)."""
        apart = values.reshape(-1, _BLOCK, 2, _BLOCK, 2).transpose(1, 3, 2, 4, 0)
        return np.ascontiguousarray(apart).reshape(_BLOCK, _BLOCK, 4, -1)

    stored = by_site(tiles[top, :, left]).astype(np.float32)
    black, white = (float(level[min(plane, level.size - 1)]) for level in (greatest_black(frame), frame.white_level))
    level = _black_of_blocks(frame, plane, top * side, left * side).astype(np.float32)
    level = level if level.size == 1 else by_site(np.broadcast_to(level, (len(places), side, side)))
    with np.errstate(invalid="ignore", over="ignore"):
        light = (stored - level) * np.float32(1 / (white - black))
        # A few samples at 0 hardly lessen a block's variance, and leaving out all that have one would choose the calm.
        usable = (stored <= 0).sum((0, 1)) < _MOST_CUT * _BLOCK**2
        return light, usable & (stored.max((0, 1)) < white) & np.isfinite(light.sum((0, 1)))


def _black_of_blocks(frame: RawFrame, plane: int, top: np.ndarray, left: np.ndarray) -> np.ndarray:
    """The black level of every sample of the blocks that begin there, to be broadcast to (places, 16, 16)."""
    pattern = np.asarray(frame.black_level, np.float64).reshape(*frame.black_level.shape[:2], -1)
    pattern = pattern[:, :, min(plane, pattern.shape[2] - 1)]
    deltas = (frame.black_level_delta_v, frame.black_level_delta_h)
    if pattern.size == 1 and all(delta is None for delta in deltas):
        return pattern[None]
    span = np.arange(2 * _BLOCK)
    rows, columns = (top[:, None] + span)[:, :, None], (left[:, None] + span)[:, None]
    level = pattern[rows % pattern.shape[0], columns % pattern.shape[1]]
    for delta, index in zip(deltas, (rows, columns), strict=True):
        level = level if delta is None else level + delta[index]
    return level


def _transformed(blocks: np.ndarray) -> np.ndarray:
    """The orthonormal 8x8 DCT of (8, 8, n) blocks, in sums of a fixed order."""
    k, n = np.arange(_BLOCK)[:, None], np.arange(_BLOCK)
    basis = np.sqrt(2 / _BLOCK) * np.cos(np.pi * (2 * n + 1) * k / (2 * _BLOCK))
    basis[0] /= np.sqrt(2)
    basis = basis[:, : _BLOCK // 2, None, None].astype(np.float32)

    def down(values: np.ndarray) -> np.ndarray:
        """Along the first axis: what lies alike and unlike about the middle apart, which halves the work."""
        result = np.empty_like(values)
        for parity, other in enumerate((values[:3:-1], -values[:3:-1])):
            half = values[: _BLOCK // 2] + other
            result[parity::2] = half[0] * basis[parity::2, 0]
            for index in range(1, len(half)):
                result[parity::2] += half[index] * basis[parity::2, index]
        return result

    result = np.empty_like(blocks)
    for start in range(0, blocks.shape[2], _TOGETHER):
        some = np.s_[:, :, start : start + _TOGETHER]
        result[some] = down(down(blocks[some]).swapaxes(0, 1)).swapaxes(0, 1)
    return result


def _levels(means: np.ndarray, calm: np.ndarray, amplitudes: np.ndarray) -> np.ndarray:
    """(light, variance, blocks) of bins of equal population, (bins, 3)."""
    points = []
    order = np.argsort(means, kind="stable")
    for part in np.array_split(order, min(max(means.size // _BIN_OF, _BINS[0]), _BINS[1])):
        if part.size < 8:
            continue
        chosen = part[np.argsort(calm[part], kind="stable")[: max(4, int(_CALMEST * part.size))]]
        variance = float(median(np.abs(amplitudes[:, chosen]).ravel())) ** 2 / _MEDIAN_OF_SQUARES
        points.append((means[chosen].mean(), variance, chosen.size))
    return np.array(points).reshape(-1, 3)


def _fitted(points: np.ndarray, least: float) -> tuple[float, float]:
    """(scale, offset) that fit the variances best by relative error; the scale at least 0, the offset `least`.

    Light that varies no more than its own noise says nothing of the scale, which is then what is usual.
    """
    if not len(points):
        return 0.0, least
    light, variance, blocks = points.T
    variance = np.maximum(variance, least)
    chance = 1.65 / np.sqrt(_HIGH.sum() * blocks)  # relative error of a median of squares
    weight = 1 / variance**2
    scale = offset = 0.0
    for _ in range(8):
        mean_x, mean_y = (float(np.sum(weight * v) / np.sum(weight)) for v in (light, variance))
        by_chance = np.sum(weight * variance) / _BLOCK**2  # how far the noise of blocks' means spreads them
        together = np.sum(weight * (light - mean_x) * (variance - mean_y)) + _DOUBT * by_chance * _usual(mean_x, mean_y)
        spread = np.sum(weight * (light - mean_x) ** 2) + _DOUBT * by_chance
        scale = max(float(together / spread), 0.0)
        offset = mean_y - scale * mean_x
        if offset < least:
            offset = least
            scale = max(float(np.sum(weight * light * (variance - least)) / np.sum(weight * light**2)), 0.0)
        model = np.maximum(scale * light + offset, least)
        excess = np.maximum(variance / model - 1, 0)  # texture only adds: what lies above counts less
        weight = 1 / model**2 / (1 + (excess / (0.01 + 0.7 * chance)) ** 2)
    return scale, offset


def _usual(light: float, variance: float) -> float:
    """The scale of a sensor with that variance at that light, whose offset is its read noise: some electrons."""
    light = max(light, 0.0)
    return float((np.sqrt(light**2 + 4 * _READ_NOISE * variance) - light) / (2 * _READ_NOISE))
