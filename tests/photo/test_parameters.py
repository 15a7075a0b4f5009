"""Declared parameters: kinds, ranges, choices, and what is said when they are not kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.photo.errors import UsageError
from tirage.photo.parameters import from_mapping, parameter, validate
from tirage.photo.recipe import Recipe


@dataclass(frozen=True)
class Lamp:
    """One field of every kind."""

    power: float = parameter(1.0, "light given off", unit="watts", low=0.5, high=20.0)
    drift: float = parameter(0.0, "unbounded")
    count: int | None = parameter(None, "how many", low=1, high=9)
    shade: str = parameter("paper", "what it shines through", choices=("paper", "cloth"))
    label: str = parameter("", "free text")
    lit: bool = parameter(True, "whether it is on")
    undeclared: Any = None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([10**400, -(10**400)]) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"power": 0.5},
        {"power": 20},
        {"drift": -1e300},
        {"count": 9},
        {"count": None},
        {"shade": "cloth", "label": "", "lit": False},
        {"undeclared": object()},
    ],
)
def test_what_is_in_range_is_taken(values: dict[str, Any]) -> None:
    assert from_mapping(Lamp, values, "lamp") == Lamp(**values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"power": 0.4999}, "lamp: power = 0.4999 is out of range; it may be 0.5..20 watts"),
        ({"power": 20.001}, "lamp: power = 20.001 is out of range; it may be 0.5..20 watts"),
        ({"count": 0}, "lamp: count = 0 is out of range; it may be 1..9"),
        ({"power": True}, "lamp: power must be a finite number, not True"),
        ({"power": None}, "lamp: power must be a finite number, not None"),
        ({"power": "2"}, "lamp: power must be a finite number, not '2'"),
        ({"drift": float("nan")}, "lamp: drift must be a finite number, not nan"),
        ({"drift": float("inf")}, "lamp: drift must be a finite number, not inf"),
        ({"drift": 10**400}, "lamp: drift must be a finite number, not 1000"),
        ({"count": "big"}, "lamp: count must be a finite number, not 'big'"),
        ({"count": -(10**400)}, "lamp: count must be a finite number, not -1000"),
        ({"shade": "cloht"}, "lamp: shade must be one of paper, cloth, not 'cloht'; did you mean 'cloth'?"),
        ({"shade": ["cloth"]}, "lamp: shade must be a text, not ['cloth']"),
        ({"label": 5}, "lamp: label must be a text, not 5"),
        ({"lit": 1}, "lamp: lit must be true or false, not 1"),
        ({"powr": 1.0}, "lamp: unknown key 'powr'; did you mean 'power'?"),
        ({"zzz": 1.0}, "lamp: unknown key 'zzz'"),
    ],
)
def test_what_is_not_is_said(values: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_mapping(Lamp, values, "lamp")
    assert str(caught.value).startswith(words)
    assert len(str(caught.value)) < 120


def test_without_a_place_the_field_begins_the_sentence() -> None:
    with pytest.raises(UsageError, match=r"^power = 99 is out of range"):
        validate(Lamp(power=99))


@given(values=st.dictionaries(st.sampled_from(list(Lamp.__dataclass_fields__)), ANYTHING))
def test_a_strangers_table_is_taken_or_refused_in_a_sentence(values: dict[str, Any]) -> None:
    try:
        lamp = from_mapping(Lamp, values, "lamp")
    except UsageError:
        return
    assert 0.5 <= lamp.power <= 20 and lamp.shade in ("paper", "cloth") and lamp.lit in (True, False)


@given(values=st.dictionaries(st.sampled_from(list(Recipe.__dataclass_fields__)), ANYTHING))
def test_a_strangers_recipe_is_taken_or_refused_in_a_sentence(values: dict[str, Any]) -> None:
    try:
        recipe = Recipe.from_mapping(values)
    except UsageError:
        return
    assert Recipe.from_mapping(recipe.to_mapping()) == recipe
    assert isinstance(recipe.look, str) and -10 <= recipe.exposure_stops <= 10
    assert recipe.size is None or 1 <= recipe.size <= 65500
