"""The state of a mean: begun with the reference, added to frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...kernels.call import Placed, run
from ...photo.threads import for_each
from ..align import BESIDE
from ..align.mapping import CELL
from ..light import Light
from ..resampling import Resampling, faint
from . import COLOURS, FAINT_NOISE, STATE

#: Rows of quads that are demosaiced at a time; and pixels beside them that the filters and the weights reach for.
STRIP, _MARGIN = 64, 14
#: Columns of quads that have a second hypothesis or not together.
BLOCK = 64
#: Quads from one to the next where a look at some of them will do.
THIN = 4
#: What a clipped sample of the reference weighs where a shorter frame may know better.
FAINT = 1e-3


@dataclass(frozen=True, eq=False)
class Part:
    """A frame as it is added: `mappings` say where it lies, one, and a second hypothesis for the cells that `moved`."""

    frame: Light
    mappings: list[np.ndarray]
    moved: np.ndarray | None
    ignore_clipped: bool

    @cached_property
    def rows(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Of each mapping the first and the last row of the frame's pixels that each row of its cells comes from."""
        return [_rows_of_cells(mapping) for mapping in self.mappings]


class Mean:
    """Sums over the reference's quads, (12, rows, columns) float32; see STATE.

    `restores`: shorter frames may show what is clipped in the reference.
    """

    def __init__(self, reference: Light, resampling: Resampling, restores: bool) -> None:
        self.reference, self.resampling, self.restores = reference, resampling, restores
        self._state: np.ndarray | None = None
        self._thin: np.ndarray | None = None
        self._rooms: list[list[np.ndarray]] = []  # each for a strip of a frame's colours, used again

    @property
    def state(self) -> np.ndarray:
        """The whole; as it begins where nothing was added."""
        if self._state is None:
            self._state = self.begun(0, self.reference.quads[0])
        return self._state

    @property
    def thin(self) -> np.ndarray:
        """Every THIN-th row and column."""
        return self.state[:, ::THIN, ::THIN] if self._thin is None else self._thin

    def begun(self, top: int, bottom: int) -> np.ndarray:
        """The state of these rows if they hold the reference alone."""
        state = np.empty((4 * len(STATE), bottom - top, self.reference.quads[1]), np.float32)
        self._begin(state, top)
        return state

    def add(
        self,
        parts: Sequence[Part],
        guide: Light,
        robustness: float,
        then: Callable[[int, np.ndarray], None] | None = None,
    ) -> None:
        """Frames onto the mean, a strip of rows after the other; `guide` is the clean reference.

        With `then` what was added is not kept: it is told the first row and the state of each strip, in no order.
        """
        rows, columns = self.reference.quads
        whole, begins = self._state, self._state is None
        if then is None and whole is None:
            whole = self._state = np.empty((4 * len(STATE), rows, columns), np.float32)
        if then is not None:
            self._thin = np.empty((4 * len(STATE), -(-rows // THIN), -(-columns // THIN)), np.float32)
        tops = iter(range(0, rows, STRIP))

        def add_strips(_: int) -> None:
            colours = self._room()
            room = np.empty((4 * len(STATE), min(STRIP, rows), columns), np.float32) if whole is None else whole
            for top in tops:
                bottom = min(top + STRIP, rows)
                strip = room[:, : bottom - top] if whole is None else whole[:, top:bottom]
                if begins:
                    self._begin(strip, top)
                for part in parts:
                    self._add_rows(strip, top, part, guide, robustness, colours)
                if then is not None and self._thin is not None:
                    self._thin[:, top // THIN : -(-bottom // THIN)] = strip[:, ::THIN, ::THIN]
                    then(top, strip)
            self._rooms.append(colours)

        for_each(add_strips, 1 if then is None else 2)  # what is kept is added while the next frame is aligned

    def alone(self, top: int, part: Part, guide: Light, robustness: float) -> np.ndarray:
        """The state of the strip of quads at `top` if it held one frame alone; `robustness` 0 believes it all."""
        rows, columns = self.reference.quads
        strip = np.zeros((4 * len(STATE), min(STRIP, rows - top), columns), np.float32)
        colours = self._room()
        self._add_rows(strip, top, part, guide, robustness, colours)
        self._rooms.append(colours)
        return strip

    def _room(self) -> list[np.ndarray]:
        """One that no other thread has; to be put back."""
        try:
            return self._rooms.pop()
        except IndexError:
            return []

    def weights(self, part: Part, guide: Light, robustness: float) -> tuple[np.ndarray, float]:
        """What the quads of a frame weigh at least, (rows, columns) float32, and the most that any sample does."""
        found, most = [], 0.0
        for top in range(0, self.reference.quads[0], STRIP):
            weight = self.alone(top, part, guide, robustness)[4:8]
            found.append(weight.min(0))
            most = max(most, float(weight.max()))
        return np.concatenate(found), most

    def forget(self) -> None:
        """Give the state's memory back; `weights` need none."""
        self._state = None

    def _begin(self, state: np.ndarray, top: int) -> None:
        reference, faint = self.reference, np.float32(FAINT if self.restores else 1.0)
        placed = Placed(state, (0, top, 0))
        run("merge_begin", reference.placed, reference.levels, np.int32(reference.clip), faint, placed)

    def _add_rows(
        self, strip: np.ndarray, top: int, part: Part, guide: Light, robustness: float, room: list[np.ndarray]
    ) -> None:
        """One frame onto a strip; `room` holds an array for its colours, or will."""
        reference, constants = self.reference, self.resampling
        bottom = top + strip.shape[1]
        frame, mappings = part.frame, part.mappings
        clip = np.int32(frame.clip if part.ignore_clipped else 1 << 20)
        noises = [light.noise.astype(np.float32) for light in (reference, frame)]
        runs = _runs(part.moved, top, bottom, strip.shape[2])
        used = part.rows if any(several for _, _, several in runs) else part.rows[:1]
        colours, area = _demosaiced(frame, _rows_needed(used, top, bottom), clip, constants.balance, room)
        if colours is None:
            return
        for left, right, several in runs:
            run(
                "merge_accumulate_objects" if several else "merge_accumulate",
                colours, area, *mappings[: 2 if several else 1], reference.placed, reference.levels, guide.placed,
                guide.levels, *noises, constants.gain_table, constants.plane_gain,
                np.float32(robustness),
                Placed(strip[:, :, left:right], (0, top, left)),
            )  # fmt: skip

    def frames(self) -> float:
        """How many frames' weights most places have."""
        return float(np.median(self.thin[4:8, ::2, ::2]))

    def left(self) -> np.ndarray:
        """What is left of one frame's variance in red, green and blue, at most places: (3,)."""
        weight, noise = self.thin[4:8], self.thin[8:]
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
    several = np.logical_or.reduceat(some, np.arange(0, len(some), BLOCK // CELL))
    starts = np.flatnonzero(np.append(True, several[1:] != several[:-1])).tolist()
    ends = [BLOCK * start for start in starts[1:]] + [width]
    return [(BLOCK * start, end, bool(several[start])) for start, end in zip(starts, ends, strict=True)]


def _rows_of_cells(mapping: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last row of the frame's pixels that each row of a map's cells comes from."""
    cell = 2 * CELL
    start = cell * np.arange(mapping.shape[1])
    down = mapping[4:].astype(np.float64)
    corners = [(j, down[0] + i * down[1] + j * down[2] + i * j * down[3]) for j in (0, cell) for i in (0, cell)]
    least = np.min([start + j + moved.min(1) for j, moved in corners], axis=0)
    most = np.max([start + j + moved.max(1) for j, moved in corners], axis=0)
    return np.floor(least).astype(int), np.ceil(most).astype(int)


def _rows_needed(rows: list[tuple[np.ndarray, np.ndarray]], top: int, bottom: int) -> tuple[int, int]:
    """The first and last row of the frame's pixels that a strip of quads comes from, with a margin.

    `rows` as `Part` has them.
    """
    cell = 2 * CELL
    cells = np.s_[max(0, (2 * top - _MARGIN) // cell) : -(-(2 * bottom + _MARGIN) // cell)]
    return min(int(least[cells].min()) for least, _ in rows) - 1, max(int(most[cells].max()) for _, most in rows) + 1


def _demosaiced(
    frame: Light, needed: tuple[int, int], clip: np.int32, balance: np.ndarray, room: list[np.ndarray]
) -> tuple[Placed | None, np.ndarray]:
    """The colours by quads of these rows of the frame, as far as it has them, and the area of pixels it has there."""
    height, width = frame.mosaic.shape
    top, bottom = max(needed[0], frame.shift_y), min(needed[1] + 1, frame.shift_y + height)
    area = np.array([frame.shift_x, frame.shift_x + width - 1, top, bottom - 1], np.int32)
    if bottom <= top:
        return None, area
    first, rows, columns = top // 2, (bottom + 1) // 2 - top // 2, frame.quads[1]
    if not room or room[0].shape[2] < rows or room[0].shape[3] != columns + 2 * BESIDE:
        shape = (len(set(COLOURS)), len(COLOURS), max(rows, STRIP + _MARGIN), columns + 2 * BESIDE)
        room[:] = [np.empty(shape, np.float32)]
        room[0][..., :BESIDE] = room[0][..., -BESIDE:] = 0
    planes = room[0][:, :, :rows]
    inner = Placed(planes[..., BESIDE:-BESIDE], (0, 0, first, 0))
    run("merge_demosaic", frame.placed, frame.levels, clip, balance, faint(frame), inner)
    return Placed(planes, (0, 0, first, -BESIDE)), area
