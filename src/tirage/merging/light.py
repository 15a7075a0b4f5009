"""A frame as the merging kernels take it: whole stored units, one black per site, light in units of the reference."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..kernels.call import Placed
from ..noise.model import noise_of
from ..photo.frame import RawFrame
from ..photo.levels import as_kernels_read


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
        return np.array([*self.black, self.unit], np.float32)

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

    def noisier(self, ratio: float) -> Light:
        """This light with so many times the noise."""
        return replace(self, noise=self.noise * ratio)


def light_of(frame: RawFrame, noise: np.ndarray | None = None) -> Light:
    """A Bayer frame's own light, at least 2 x 2 pixels: 1 where it clips. `noise` (4, 2) unless it is to be found."""
    frame = as_kernels_read(frame)
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
