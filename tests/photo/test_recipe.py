"""What a recipe may hold."""

from __future__ import annotations

import pytest

from tirage.photo.errors import UsageError
from tirage.photo.recipe import Recipe


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"white_balance": 5200}, "white_balance must be a text"),
        ({"look": None}, "look must be a text"),
        ({"quality": ["fast"]}, "quality"),
        ({"colour_space": None}, "colour_space"),
        ({"exposure_stops": "1"}, "exposure_stops"),
        ({"exposure_stops": None}, "exposure_stops"),
        ({"exposure_stops": float("nan")}, "exposure_stops"),
        ({"size": "800"}, "size"),
        ({"size": 12.5}, "size"),
        ({"size": True}, "size"),
        ({"size": 0}, "size"),
        ({"crop": 5}, "crop"),
        ({"crop": "1234"}, "crop"),
        ({"crop": [1, 2, 3]}, "crop"),
        ({"crop": [1, 2, 3, 4.5]}, "crop"),
    ],
)
def test_a_choice_of_another_kind_is_refused(choice: dict, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Recipe.from_mapping(choice)


def test_a_recipe_comes_back_from_its_table() -> None:
    recipe = Recipe(
        look="lively",
        quality="fast",
        exposure_stops=-1,
        white_balance="5200,+10",
        colour_space="display-p3",
        crop=(1, 2, 3, 4),
        size=800,
    )
    assert Recipe.from_mapping(recipe.to_mapping()) == recipe
