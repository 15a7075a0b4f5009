"""The whole photograph on one page: read -> merge -> develop -> finish -> write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from functools import partial, wraps
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from . import writing
from .developing import development
from .developing.demosaic import demosaic
from .developing.proxy import proxy_of_scene
from .finishing import finish as finishing
from .finishing.finish import Finish, finish
from .kernels.call import Placed, run_in_columns
from .photo.errors import FileError, TirageError, UsageError, nearest
from .photo.frame import RawFrame, Rectangle
from .photo.image import DisplayImage, SceneImage
from .photo.proxy import Proxy, cell_of
from .photo.recipe import PROFILES, Recipe
from .reading import read
from .reading.picture import is_picture, read_picture
from .writing.formats import choose

__all__ = ["develop", "finish", "merge", "photograph", "read", "render", "write"]

#: Rows of the picture that exist as scene light at a time, where no fused graph does the whole. A warped strip needs
#: rows beside it too, developed again for each: fewer, taller strips.
STRIP_ROWS, WARPED_STRIP_ROWS = 256, 512

#: The longer side of the preview that is written into a DNG.
PREVIEW_SIDE_PX = 1024


def photograph(
    path: str | PathLike[str] | RawFrame,
    *,
    output: str | PathLike[str] | None = None,
    recipe: Recipe | None = None,
    format: str | None = None,
    overwrite: bool = True,
    strip_gps: bool = False,
    **choices: Any,
) -> DisplayImage:
    """Read, develop and finish one RAW file and, given `output`, write it: the four verbs in one, in strips.

    `path` may be a frame that is read already, or merged of several. A finished picture (JPEG, PNG, TIFF, WebP) gets
    the look too: it is taken for one under the look "faithful".

    `choices` are fields of `Recipe` and go before those of `recipe`. Pixels equal those of the four calls. An `output`
    that exists is replaced unless `overwrite` is False. Raises UsageError and FileError as the four do.
    """
    known = [field.name for field in fields(Recipe)]
    for name in choices:
        if name not in known:
            raise UsageError(f"unknown choice {name!r}{nearest(name, known)}; it may be {', '.join(known)}")
    if "look" in choices:
        choices["look"] = str(choices["look"])  # a name, or the path of a file
        choices.setdefault("look_digest", None)  # a recipe's is that of its own look
    recipe = replace(recipe or Recipe(), **choices).checked()
    bit_depth = 8
    if output is not None:
        bit_depth = choose(Path(output), format).bits
        if not overwrite and Path(output).exists():
            raise FileError(f"'{output}' exists; allow overwriting (--overwrite) or choose another name")
    if isinstance(path, RawFrame):
        picture = render(path, recipe, bit_depth=bit_depth)
    elif is_picture(Path(path)):
        picture = render_picture(read_picture(Path(path)), recipe, bit_depth=bit_depth)
    else:
        picture = render(read(path, cfa=recipe.cfa), recipe, bit_depth=bit_depth, in_place=True)
    if output is not None:
        write(picture, Path(output), format=format, overwrite=overwrite, strip_gps=strip_gps)
    return picture


@wraps(development.develop)
def develop(raw: RawFrame | DisplayImage, *, profile: str = "none", **choices: Any) -> SceneImage:
    if isinstance(raw, DisplayImage):
        return scene_of_picture(raw, Recipe(profile=profile, **choices).checked())
    return development.develop(with_profile(raw, profile), profile=profile, **choices)


def scene_of_picture(picture: DisplayImage, recipe: Recipe) -> SceneImage:
    """A finished picture as the scene light that the look "faithful" shows as it."""
    from .finishing import unfinish

    remarks = without_a_sensor(recipe)
    return SceneImage(
        pixels=unfinish.scene_light(picture.pixels, picture.colour_space),
        white=unfinish.WHITE,
        capture=picture.capture,
        metadata=picture.metadata,
        source=picture.source,
        recipe=recipe,
        notes=(*picture.notes, *remarks),
        rendered_in=picture.colour_space,
    )


def without_a_sensor(recipe: Recipe) -> tuple[str, ...]:
    """What to say of choices that do nothing to a finished picture; UsageError for those that it leaves no room for."""

    def chosen(*names: str) -> list[str]:
        return ["--" + name.replace("_", "-") for name in names if getattr(recipe, name) != getattr(Recipe(), name)]

    for flag in chosen("white_balance", "profile"):
        raise UsageError(f"{flag} needs a RAW file: a finished picture has its white and its colours already")
    idle = chosen("cfa", "defects", "denoise", "highlights", "lens_correction", "aberration")
    if not idle:
        return ()
    return (
        f"{', '.join(idle)} {'is' if len(idle) == 1 else 'are'} for RAW files; on a finished picture nothing is done",
    )


def with_profile(raw: RawFrame, profile: str) -> RawFrame:
    """`raw` under a camera profile: its own, or that of the .dcp file at the path `profile`."""
    if profile in PROFILES or not isinstance(raw, RawFrame):
        return raw
    Recipe(profile=profile).checked()
    from .reading import dcp

    return dcp.with_profile(raw, profile)


@wraps(writing.write)
def write(photo: DisplayImage | RawFrame, path: str | PathLike[str], **options: Any) -> Path:
    return writing.write(photo, Path(path), **{"preview": preview, **options})


def preview(raw: RawFrame) -> DisplayImage | None:
    """`raw` developed as by default, small and not turned; None where it can't be developed."""
    try:
        return render(replace(raw, orientation=1), Recipe(size=PREVIEW_SIDE_PX))
    except TirageError:
        return None


def merge(
    frames: Sequence[RawFrame | str | PathLike[str]],
    reference: str | int = "auto",
    robustness: float = 1.0,
    denoise: float = 1.0,
    scale: float = 1.0,
    progress: Callable[[int, int, str], None] | None = None,
) -> RawFrame:
    """One frame from several of one scene: aligned, averaged where they agree, without the noise that is left.

    `frames` are RawFrames or paths of files, which are read one at a time, twice each unless they are few and only
    averaged. The result has the size, place and metadata of the `reference`: a number (0 is the first), or "auto" for
    the sharpest frame of the middle exposure.
    `robustness` 0 averages whatever moves, 1 as the noise allows, more is stricter; `denoise` 0 only averages, 1 also
    takes away the noise that is left. With `scale` 1.5 or 2 the samples between pixels make the result that much
    larger, three colours a pixel (`cfa` None), unless a note says why not. `progress(done, total, text)` is told how
    far it is.

    The mosaic is uint16 with black at a pedestal; `notes` name every frame that was left out and why. With a frame of a
    shorter exposure the white level holds what that one shows beyond the reference's, and the baseline exposure rises
    to match. One frame alone is returned as it is. Raises UsageError where the request makes no sense, FileError where
    no frame, or not the reference, can be read.
    """
    from .merging import burst  # here: developing one frame need not wait for it

    if isinstance(frames, (str, PathLike, RawFrame)):
        raise UsageError("merging takes a list of frames; put the one you have into a list")
    if not isinstance(frames, Iterable):
        raise UsageError(f"merging takes a list of frames, not a {type(frames).__name__}")
    frames = list(frames)
    for frame in frames:
        if not isinstance(frame, (str, PathLike, RawFrame)):
            raise UsageError(f"a frame is a RawFrame or the path of a file, not a {type(frame).__name__}")
    if not frames:
        raise UsageError("no frames to merge; give at least one")
    for name, value in (("robustness", robustness), ("denoise", denoise), ("scale", scale)):
        if not isinstance(value, Real):
            raise UsageError(f"{name} must be a number, not a {type(value).__name__}")
    for name, value, most in (("robustness", robustness, 100.0), ("denoise", denoise, 4.0)):
        if not 0 <= value <= most:
            raise UsageError(f"{name} = {value:g} is out of range; it may be 0 to {most:g}")
    if scale not in burst.SCALES:
        raise UsageError(f"scale = {scale:g} makes no sense; it may be {', '.join(f'{s:g}' for s in burst.SCALES)}")
    chosen = None
    if str(reference) != "auto":
        if not str(reference).isdecimal() or int(reference) >= len(frames):
            raise UsageError(f"reference {reference!r} is not auto or one of 0 to {len(frames) - 1}")
        chosen = int(reference)

    def source(frame: RawFrame | str | PathLike[str]) -> Callable[[], RawFrame]:
        return (lambda: frame) if isinstance(frame, RawFrame) else (lambda: read(frame))

    def named(index: int, frame: RawFrame | str | PathLike[str]) -> str:
        given = frame.source if isinstance(frame, RawFrame) else frame
        return Path(given).name or f"frame {index}"

    names = [named(index, frame) for index, frame in enumerate(frames)]
    options = burst.Options(robustness, denoise, scale, partial(demosaic, method="learned", linear=True))
    result = burst.merged([source(frame) for frame in frames], names, chosen, options, progress or (lambda *_: None))
    return _told(result, names, {"robustness": robustness, "denoise": denoise, "scale": scale})


def _told(merged: RawFrame, names: list[str], parameters: dict[str, float]) -> RawFrame:
    """`merged` with what it was made of, and with the margin around its picture that interpolating takes."""
    left_out = [name for name in names if any(note.startswith(f"{name} left out") for note in merged.notes)]
    used = [name for name in names if name not in left_out]
    if len(used) < 2:
        return merged
    history = {"frames": used, "left_out": left_out, "reference": Path(merged.source).name, **parameters}
    if merged.cfa is not None:
        history["scale"] = 1.0  # whatever was asked for
    white = np.rint(merged.white_level)  # a file holds whole ones
    return replace(merged, merged=history, default_crop=merged.margined_crop, white_level=white)


def render(raw: RawFrame, recipe: Recipe, *, bit_depth: int = 8, in_place: bool = False) -> DisplayImage:
    """Develop and finish `raw` without ever holding its whole scene; `in_place` may overwrite its mosaic."""
    raw = with_profile(raw, recipe.profile)
    develop_plan = development.prepare(raw, recipe, in_place=in_place)
    width, height = develop_plan.width, develop_plan.height
    profile = raw.profile if recipe.profile != "none" else None
    finish_plan = finishing.prepare(
        recipe,
        develop_plan.white,
        width,
        height,
        profile,
        develop_plan.proxy,
        noise=develop_plan.luminance_noise,
        seed=finishing.seed_of(raw.capture, raw.metadata),
        blur_sigma_px=develop_plan.blur_sigma_px,
    )
    # What is mirrored is made with its channels the other way round: then bytes are reversed, not pixels.
    finish_plan = replace(finish_plan, blue_first=raw.orientation in finishing.MIRRORED and bit_depth == 8)
    pixels = rendered(develop_plan, finish_plan, finishing.area_of(recipe, width, height, raw.orientation), bit_depth)
    recipe, remarks = finishing.recorded(recipe, finish_plan.look)
    return DisplayImage(
        pixels=finishing.displayed(pixels, recipe, raw.orientation, finish_plan.blue_first),
        colour_space=recipe.colour_space,
        capture=raw.capture,
        metadata=raw.metadata,
        source=raw.source,
        recipe=recipe,
        notes=develop_plan.frame.notes + remarks,
        merged=raw.merged,
    )


def rendered(
    develop_plan: development.Development, finish_plan: Finish, area: Rectangle, bit_depth: int = 8
) -> np.ndarray:
    """The display values of `area`, (height, width, 3), by what is decided; the plans can be used again."""
    pixels = finishing.empty_display(area, bit_depth)
    if develop_plan.is_one_graph and finish_plan.is_one_graph and bit_depth == 8:
        run_in_columns(
            f"photograph_{develop_plan.method}",
            *develop_plan.arguments,
            *finish_plan.arguments,
            output=finishing.placed_display(pixels, area),
        )
    else:
        rows = WARPED_STRIP_ROWS if develop_plan.lens.geometry else STRIP_ROWS
        _in_strips(develop_plan.scene, rows, finish_plan, area, pixels)
    return pixels


def render_picture(picture: DisplayImage, recipe: Recipe, *, bit_depth: int = 8) -> DisplayImage:
    """Give a finished picture the recipe's look without ever holding its whole scene."""
    from .finishing import unfinish

    idle = without_a_sensor(recipe)
    height, width = picture.pixels.shape[:2]

    def scene(area: Rectangle) -> np.ndarray:
        part = picture.pixels[area.top : area.bottom, area.left : area.right]
        return unfinish.scene_light(part, picture.colour_space)

    plan = finishing.prepare(
        recipe,
        unfinish.WHITE,
        width,
        height,
        proxy=lambda: Proxy(proxy_of_scene(scene, width, height), cell=cell_of(width, height)),
        rendered_in=picture.colour_space,
        seed=finishing.seed_of(picture.capture, picture.metadata),
    )
    area = finishing.area_of(recipe, width, height, 1)
    pixels = finishing.empty_display(area, bit_depth)
    _in_strips(scene, STRIP_ROWS, plan, area, pixels)
    recipe, remarks = finishing.recorded(recipe, plan.look)
    return replace(
        picture,
        pixels=finishing.displayed(pixels, recipe, 1),
        colour_space=recipe.colour_space,
        recipe=recipe,
        notes=(*picture.notes, *idle, *remarks),
    )


def _in_strips(
    scene_of: Callable[[Rectangle], np.ndarray], rows: int, finish_plan: Finish, area: Rectangle, pixels: np.ndarray
) -> None:
    """Fill `pixels`, the picture's `area`, from `rows` of scene light at a time."""
    bit_depth = 8 * pixels.dtype.itemsize
    for top in range(area.top, area.bottom, rows):
        strip = Rectangle(area.left, top, area.width, min(rows, area.bottom - top))
        around = finishing.grown(strip, finish_plan.width, finish_plan.height, finish_plan.reach)
        scene = Placed(scene_of(around), (0, around.top, around.left))
        pixels[strip.top - area.top : strip.bottom - area.top] = finish_plan.display(scene, strip, bit_depth)
