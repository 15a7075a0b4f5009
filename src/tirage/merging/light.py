"""A frame as the merging kernels take it: whole stored units, one black per site, light in units of the reference."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..kernels.call import Placed
from ..noise.model import noise_of
from ..photo.frame import RawFrame

#: Where a mosaic that is not of whole units, or has an uneven black, goes in 16 bits.
_BLACK, _WHITE = 4096, 65535


@dataclass(frozen=True, eq=False)
class Light:
    """A frame's mosaic and what its stored values mean.

    Coordinates place red at even columns of even rows: the mosaic begins at `shift_x`, `shift_y` (0 or 1). A site's
    light is (stored - black) * unit, 1 where the reference clips; `noise` (4, 2) is (scale, offset) of that light.
    """

    mosaic: np.ndarray
    black: np.ndarray
    unit: float
    clip: int
    noise: np.ndarray
    shift_x: int
    shift_y: int
    gain: float = 1.0  #: from the frame's own light (1 where it clips) to that of the reference

    @property
    def placed(self) -> Placed:
        return Placed(self.mosaic, (self.shift_y, self.shift_x))

    @property
    def levels(self) -> np.ndarray:
        """As the kernels take them: black of R, G, G, B, then the light of one stored unit; (5,) float32."""
        return np.append(self.black, self.unit).astype(np.float32)

    @property
    def quads(self) -> tuple[int, int]:
        """Rows and columns of quads that hold the mosaic."""
        height, width = self.mosaic.shape
        return (height + self.shift_y + 1) // 2, (width + self.shift_x + 1) // 2

    @property
    def grey_noise(self) -> np.ndarray:
        """(scale, offset) of the mean of a quad, float32; the scale never so little that the root loses precision."""
        scale, offset = self.noise.mean(0) / 4
        return np.array([max(scale, 1e-3 * np.sqrt(offset), 1e-9), offset], np.float32)

    def brighter(self, gain: float) -> Light:
        """This light times `gain`."""
        noise = self.noise * np.array([gain, gain * gain])
        return replace(self, unit=self.unit * gain, noise=noise, gain=self.gain * gain)


def light_of(frame: RawFrame, noise: np.ndarray | None = None) -> Light:
    """A Bayer frame's own light, at least 2 x 2 pixels: 1 where it clips. `noise` (4, 2) unless it is to be found."""
    frame = plain(frame)
    assert frame.cfa is not None
    red_row, red_column = divmod(frame.cfa.index("R"), 2)
    black = np.broadcast_to(frame.black_level.reshape(*frame.black_level.shape[:2], -1)[:, :, 0], (2, 2))
    sites = [black[(red_row + s // 2) % 2, (red_column + s % 2) % 2] for s in range(4)]
    white = float(frame.white_level[0])
    return Light(
        mosaic=frame.mosaic,
        black=np.array(sites),
        unit=1 / (white - float(black.max())),
        clip=int(np.ceil(min(white, 65535))),
        noise=np.array(noise_of(frame).at_sites()) if noise is None else noise,
        shift_x=red_column,
        shift_y=red_row,
    )


def plain(frame: RawFrame) -> RawFrame:
    """The frame with a uint16 mosaic and black that repeats within 2x2; itself where it has them."""
    mosaic, black = frame.mosaic, np.asarray(frame.black_level, np.float64)
    deltas = [d for d in (frame.black_level_delta_h, frame.black_level_delta_v) if d is not None]
    if mosaic.dtype == np.uint16 and not deltas and max(black.shape[:2]) <= 2:
        ready = mosaic.strides[1] == mosaic.itemsize and mosaic.flags.aligned and mosaic.dtype.isnative
        return frame if ready else replace(frame, mosaic=np.ascontiguousarray(mosaic, np.uint16))
    white = float(frame.white_level[0])
    pattern = black.reshape(*black.shape[:2], -1)[:, :, 0]
    height, width = mosaic.shape
    level = np.tile(pattern, (-(-height // pattern.shape[0]), -(-width // pattern.shape[1])))[:height, :width]
    if frame.black_level_delta_h is not None:
        level = level + frame.black_level_delta_h
    if frame.black_level_delta_v is not None:
        level = level + frame.black_level_delta_v[:, None]
    greatest = float(pattern.max()) + sum(float(delta.max()) for delta in deltas)
    stored = np.clip(np.nan_to_num(mosaic.astype(np.float32), nan=0.0), -white, white)
    codes = np.rint((stored - level) / np.float32(white - greatest) * (_WHITE - _BLACK) + _BLACK)
    return replace(
        frame,
        mosaic=np.where(stored >= white, _WHITE, np.clip(codes, 0, _WHITE - 1)).astype(np.uint16),
        black_level=np.full((1, 1), float(_BLACK)),
        black_level_delta_h=None,
        black_level_delta_v=None,
        white_level=np.array([float(_WHITE)]),
    )
