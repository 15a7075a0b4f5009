"""The state of a mean: begun with the reference, added to frame by frame."""

from __future__ import annotations

import numpy as np

from ...kernels.call import Placed, run
from ..align import BESIDE
from ..align.mapping import CELL
from ..light import Light
from ..resampling import Resampling, faint
from . import COLOURS, FAINT_NOISE, STATE

#: Rows of quads that are demosaiced at a time; and pixels beside them that the filters and the weights reach for.
STRIP, _MARGIN = 64, 14
#: Columns of quads that have a second hypothesis or not together.
BLOCK = 64
#: What a clipped sample of the reference weighs where a shorter frame may know better.
FAINT = 1e-3


class Mean:
    """`state` (12, rows, columns) float32 over the reference's quads; see STATE.

    `restores`: shorter frames may show what is clipped in the reference.
    """

    def __init__(self, reference: Light, resampling: Resampling, restores: bool) -> None:
        self.reference, self.resampling, self.restores = reference, resampling, restores
        rows, columns = reference.quads
        self._planes = np.zeros((3, 4, 0, 0), np.float32)  # one frame's colours, a strip at a time, in the same memory
        self.state = np.empty((4 * len(STATE), rows, columns), np.float32)
        faint = np.float32(FAINT if restores else 1.0)
        run("merge_begin", reference.placed, reference.levels, np.int32(reference.clip), faint, self.state)

    def add(
        self,
        frame: Light,
        guide: Light,
        mappings: list[np.ndarray],
        moved: np.ndarray | None,
        robustness: float,
        ignore_clipped: bool,
    ) -> None:
        """`frame` onto the mean, where `mappings` say: one, and a second hypothesis for the cells that `moved`.

        `guide` is the clean reference.
        """
        for top in range(0, self.state.shape[1], STRIP):
            strip = self.state[:, top : top + STRIP]
            self._add_rows(strip, top, frame, guide, mappings, moved, robustness, ignore_clipped)

    def alone(
        self, top: int, frame: Light, guide: Light, mapping: np.ndarray, robustness: float, ignore_clipped: bool
    ) -> np.ndarray:
        """The state of the strip of quads at `top` if it held `frame` alone; `robustness` 0 believes it everywhere."""
        rows, columns = self.reference.quads
        strip = np.zeros((len(self.state), min(STRIP, rows - top), columns), np.float32)
        self._add_rows(strip, top, frame, guide, [mapping], None, robustness, ignore_clipped)
        return strip

    def weights(
        self, frame: Light, guide: Light, mapping: np.ndarray, robustness: float, ignore_clipped: bool
    ) -> tuple[np.ndarray, float]:
        """What the quads of `frame` weigh at least, (rows, columns) float32, and the most that any sample does."""
        found, most = [], 0.0
        for top in range(0, self.reference.quads[0], STRIP):
            weight = self.alone(top, frame, guide, mapping, robustness, ignore_clipped)[4:8]
            found.append(weight.min(0))
            most = max(most, float(weight.max()))
        return np.concatenate(found), most

    def forget(self) -> None:
        """Give the state's memory back; `weights` need none."""
        self.state = np.empty((len(self.state), 0, 0), np.float32)

    def _add_rows(
        self,
        strip: np.ndarray,
        top: int,
        frame: Light,
        guide: Light,
        mappings: list[np.ndarray],
        moved: np.ndarray | None,
        robustness: float,
        ignore_clipped: bool,
    ) -> None:
        reference, constants = self.reference, self.resampling
        bottom = top + strip.shape[1]
        clip = np.int32(frame.clip if ignore_clipped else 1 << 20)
        noises = [light.noise.astype(np.float32) for light in (reference, frame)]
        runs = _runs(moved, top, bottom, strip.shape[2])
        used = mappings if any(several for _, _, several in runs) else mappings[:1]
        planes, area = _demosaiced(frame, _rows_needed(used, top, bottom), clip, constants.balance, self._planes)
        if planes is None:
            return
        for left, right, several in runs:
            run(
                "merge_accumulate_objects" if several else "merge_accumulate",
                planes, area, *mappings[: 2 if several else 1], reference.placed, reference.levels, guide.placed,
                guide.levels, *noises, constants.gain_table, constants.plane_gain,
                np.float32(robustness),
                Placed(strip[:, :, left:right], (0, top, left)),
            )  # fmt: skip

    def frames(self) -> float:
        """How many frames' weights most places have."""
        return float(np.median(self.state[4:8, ::8, ::8]))

    def left(self) -> np.ndarray:
        """What is left of one frame's variance in red, green and blue, at most places: (3,)."""
        weight, noise = self.state[4:8, ::4, ::4], self.state[8:, ::4, ::4]
        own = np.float32(FAINT_NOISE / 2) < noise
        noise = np.where(own, noise, noise - np.float32(FAINT_NOISE))
        left = (own + noise * self.resampling.plane_gain[:, None, None]) / weight**2
        red, green_r, green_b, blue = np.median(left, axis=(1, 2))
        return np.array([red, (green_r + green_b) / 2, blue], np.float64)


def _runs(moved: np.ndarray | None, top: int, bottom: int, width: int) -> list[tuple[int, int, bool]]:
    """A strip of quads as runs of columns (left, right) with and without cells that moved."""
    if moved is None:
        return [(0, width, False)]
    some = np.any(moved[top // CELL : -(-bottom // CELL)], axis=0)
    blocks = range(0, width, BLOCK)
    runs: list[tuple[int, int, bool]] = []
    for left in blocks:
        right = min(left + BLOCK, width)
        several = bool(some[left // CELL : -(-right // CELL)].any())
        if runs and runs[-1][2] == several:
            left = runs.pop()[0]
        runs.append((left, right, several))
    return runs


def _rows_needed(mappings: list[np.ndarray], top: int, bottom: int) -> tuple[int, int]:
    """The first and last row of the frame's pixels that a strip of quads comes from, with a margin."""
    cell = 2 * CELL
    least, most = 1 << 30, -(1 << 30)
    for mapping in mappings:
        first, last = max(0, (2 * top - _MARGIN) // cell), min(mapping.shape[1], -(-(2 * bottom + _MARGIN) // cell))
        start = cell * np.arange(first, last)[:, None]
        down = mapping[4:, first:last].astype(np.float64)
        corners = [
            start + j + down[0] + i * down[1] + j * down[2] + i * j * down[3] for j in (0, cell) for i in (0, cell)
        ]
        least = min(least, int(np.floor(np.min(corners))))
        most = max(most, int(np.ceil(np.max(corners))))
    return least - 1, most + 1


def _demosaiced(
    frame: Light, needed: tuple[int, int], clip: np.int32, balance: np.ndarray, buffer: np.ndarray
) -> tuple[Placed | None, np.ndarray]:
    """The colours by quads of these rows of the frame, as far as it has them, and the area of pixels it has there."""
    height, width = frame.mosaic.shape
    top, bottom = max(needed[0], frame.shift_y), min(needed[1] + 1, frame.shift_y + height)
    area = np.array([frame.shift_x, frame.shift_x + width - 1, top, bottom - 1], np.int32)
    if bottom <= top:
        return None, area
    first, rows, columns = top // 2, (bottom + 1) // 2 - top // 2, frame.quads[1]
    if buffer.shape[2] < rows or buffer.shape[3] != columns + 2 * BESIDE:
        buffer.resize((len(set(COLOURS)), len(COLOURS), rows + STRIP, columns + 2 * BESIDE), refcheck=False)
    planes = buffer[:, :, :rows]
    inner = Placed(planes[..., BESIDE:-BESIDE], (0, 0, first, 0))
    run("merge_demosaic", frame.placed, frame.levels, clip, balance, faint(frame), inner)
    return Placed(planes, (0, 0, first, -BESIDE)), area
