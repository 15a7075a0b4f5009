"""Flags derived from the declarations in `photo.recipe`, and the recipe that a command line asks for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ..photo.recipe import Recipe

C = TypeVar("C", bound=Callable[..., Any])


class Crop(click.ParamType):
    """Left, top, width and height in pixels, separated by commas."""

    name = "L,T,W,H"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """A tuple of int."""
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(int(part) for part in str(value).split(","))
        except ValueError:
            numbers = ()
        if len(numbers) != 4:
            self.fail(f"{value!r} is not four whole numbers like 100,50,3000,2000 ({self.name}).", param, ctx)
        return numbers


class LookName(click.ParamType):
    """The name of a look or the path of a look file; completes the shipped names."""

    name = "NAME|PATH"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """The shipped looks that begin with `incomplete`; files when none does."""
        from click.shell_completion import CompletionItem

        from ..finishing.look.load import shipped_looks

        names = [name for name in shipped_looks() if name.startswith(incomplete)]
        return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


#: Fields of Recipe whose flag takes more than a number or a choice.
_SPECIAL: dict[str, click.ParamType] = {"look": LookName(), "crop": Crop()}


#: Fields of Recipe that a picture records and nobody asks for.
_RECORDED = frozenset({"look_digest"})


def recipe_options(command: C) -> C:
    """Give `command` a flag for every field of Recipe to ask for; each is None where the user does not give it."""
    for field in reversed(dataclasses.fields(Recipe)):
        if field.name in _RECORDED:
            continue
        meta = field.metadata
        default = "" if field.default is None else f"  [default: {_plain(field.default)}]"
        command = click.option(
            flag(field), field.name, type=_click_type(field), metavar=_metavar(field), help=meta["text"] + default
        )(command)
    return command


def flag(field: dataclasses.Field[Any]) -> str:
    """--exposure for the field exposure_stops, whose unit is stops: the flag's metavar names the unit."""
    return "--" + field.name.removesuffix(f"_{field.metadata['unit']}").replace("_", "-")


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _click_type(field: dataclasses.Field[Any]) -> click.ParamType:
    """The click type that a field's declaration amounts to."""
    meta, annotation = field.metadata, str(field.type)
    if field.name in _SPECIAL:
        return _SPECIAL[field.name]
    if meta["choices"]:
        return click.Choice(meta["choices"])
    if annotation.startswith("int"):
        return click.IntRange(meta["low"], meta["high"])
    if annotation.startswith("float"):
        return click.FloatRange(meta["low"], meta["high"])
    return click.STRING


def _metavar(field: dataclasses.Field[Any]) -> str | None:
    """How the help shows the value: its form, else its unit; choices speak for themselves."""
    special = _SPECIAL.get(field.name)
    if field.name == "white_balance":
        return "MODE"
    return special.name if special else field.metadata["unit"].upper() or None


def chosen_recipe(recipe_file: Path | None, choices: dict[str, Any]) -> Recipe:
    """The recipe in `recipe_file` (default: the defaults) with the `choices` that are not None put over it, checked."""
    base = Recipe()
    if recipe_file is not None:
        from ..writing.provenance import recipe_of

        base = recipe_of(recipe_file)
    recipe = dataclasses.replace(base, **{name: value for name, value in choices.items() if value is not None})
    if choices.get("look") is not None:
        recipe = dataclasses.replace(recipe, look_digest=None)  # that of the look it takes the place of
    recipe.checked()
    from ..developing.white_balance import parse
    from ..finishing.look.load import load_look

    parse(recipe.white_balance)
    load_look(recipe.look)
    return recipe


def as_toml(recipe: Recipe) -> str:
    """`recipe` as TOML, which `--recipe` reads again. JSON strings, numbers and lists are TOML too."""
    import json

    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in recipe.to_mapping().items())
