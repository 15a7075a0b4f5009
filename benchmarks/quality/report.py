"""Tables of figures beside their reach and aim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """Figures of one contender; None where there is none. `reach` and `aim` bound the first columns."""

    name: str
    values: Sequence[float | None]
    reach: Sequence[float] | None = None
    aim: Sequence[float] | None = None


@dataclass(frozen=True)
class Table:
    """Rows under a title; `digits` after the point; `less_is_better` for times and errors."""

    title: str
    columns: Sequence[str]
    rows: list[Row]
    digits: int = 2
    less_is_better: bool = False
    notes: list[str] = field(default_factory=list)

    def verdict(self, row: Row, column: int) -> str:
        """Whether a figure meets its bounds, and by how much it misses reach where it doesn't."""
        value = row.values[column]
        if value is None or row.reach is None or row.aim is None or column >= len(row.reach):
            return ""
        sign = -1 if self.less_is_better else 1
        for name, bound in (("aim", row.aim[column]), ("reach", row.reach[column])):
            if sign * (round(value, self.digits) - bound) >= 0:
                return name
        return f"short by {sign * (row.reach[column] - value):.{self.digits}f}"

    def show(self) -> None:
        """Print it."""
        width = max(30, *(len(row.name) + 2 for row in self.rows))
        print(f"\n{self.title}\n{'':{width}}" + "".join(f"{column:>12}" for column in self.columns))
        for row in self.rows:
            cells = "".join(f"{'-' if value is None else f'{value:.{self.digits}f}':>12}" for value in row.values)
            print(f"{row.name:{width}}{cells}{self._bounds(row)}")
        for note in self.notes:
            print(f"  {note}")

    def _bounds(self, row: Row) -> str:
        if row.reach is None or row.aim is None:
            return ""
        reach, aim = (" / ".join(f"{bound:g}" for bound in bounds) for bounds in (row.reach, row.aim))
        verdicts = ", ".join(self.verdict(row, column) or "-" for column in range(len(row.reach)))
        return f"   reach {reach}, aim {aim}: {verdicts}"

    def record(self) -> dict[str, list[float | None]]:
        """Name -> figures, for the history."""
        return {
            row.name: [None if value is None else round(value, self.digits + 1) for value in row.values]
            for row in self.rows
        }


def over_best_peer(name: str, means: dict[str, list[float]]) -> Row:
    """By how much a contender beats the best that is not tirage's, column by column; below 0 where it doesn't."""
    peers = [values for peer, values in means.items() if not peer.startswith("tirage")]
    gains = [value - max(column) for value, column in zip(means[name], zip(*peers, strict=True), strict=True)]
    return Row(f"{name} over the best peer", gains)
