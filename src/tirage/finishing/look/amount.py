"""Amount: a look between `faithful` (0) and itself (1).

The pointwise part is blended as it is displayed (`reference.display`), so that any two looks have all between them;
what acts on areas, detail, corners and grain is blended here, parameter by parameter.
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from ...photo.look import Look
from .load import load_look

T = TypeVar("T")


def blended(look: Look, amount: float) -> Look:
    """`look` with its local tone, presence, optics and grain at `amount`, 0 to 1, from those of `faithful`.

    Its pointwise part stays: the table takes the amount.
    """
    plain = load_look("faithful")
    parts = ("local_tone", "presence", "optics")
    between = {part: _between(getattr(plain, part), getattr(look, part), amount) for part in parts}
    film = dataclasses.replace(look.film, granularity=amount * look.film.granularity)
    return dataclasses.replace(look, **between, film=film)


def _between(zero: T, one: T, amount: float) -> T:
    """The dataclass whose numbers lie `amount` on the way from `zero` to `one`: exactly these at the ends."""
    numbers = {
        field.name: getattr(zero, field.name) * (1 - amount) + getattr(one, field.name) * amount
        for field in dataclasses.fields(one)  # type: ignore[arg-type]
    }
    return dataclasses.replace(one, **numbers)  # type: ignore[type-var]
