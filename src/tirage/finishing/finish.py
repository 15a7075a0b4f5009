"""Finishing: decide everything first, then make any part of the picture."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np

from ..colour.hue_saturation import kernel_arguments
from ..colour.spaces import luminance_weights
from ..kernels.call import Placed, run
from ..photo.errors import UsageError
from ..photo.frame import Rectangle
from ..photo.image import DisplayImage, SceneImage
from ..photo.look import LocalTone, Look
from ..photo.orientation import to_sensor, upright, upright_size
from ..photo.profile import CameraProfile
from ..photo.proxy import Proxy, cell_means, cell_of
from ..photo.recipe import Recipe
from .exposure import clip_white
from .exposure.meter import metered_stops
from .grain import NO_GRAIN, Grain, grain, seed_of
from .lens_character import falloff
from .local_tone import NO_LOCAL_TONE, LocalToneMap, acts, local_tone_map
from .look.amount import blended
from .look.compile import CompiledLook, compile_look
from .look.load import load_look
from .look.profile import PROFILE_WHITE
from .resize import resized
from .sharpen import NO_SHARPENING, REACH, Sharpening, sharpening
from .sharpen.noise import luma_noise
from .texture import NO_TEXTURE, Texture, texture
from .texture import REACH as TEXTURE_REACH

BIT_DEPTHS = (8, 16)

#: Rows that are turned at a time.
TURNED_ROWS = 8

#: Orientations in which rows run backwards.
MIRRORED = (2, 3)


@dataclass(frozen=True, eq=False)
class Finish:
    """Every decision of finishing for a picture of `width` x `height`, made before a pixel is touched.

    `look_table` are the kernel's arguments for the look table of the scene's camera profile, None without one. With
    `blue_first` display values come as B, G, R.
    """

    look: Look
    compiled: CompiledLook
    exposure_gain: float
    width: int
    height: int
    look_table: list | None = None
    local_tone: LocalToneMap = NO_LOCAL_TONE
    sharpening: Sharpening = NO_SHARPENING
    texture: Texture = NO_TEXTURE
    grain: Grain = NO_GRAIN
    blue_first: bool = False

    @property
    def reach(self) -> int:
        """Pixels around an area that decide what it shows."""
        return max(REACH, TEXTURE_REACH if self.texture.strength else 0)

    @property
    def is_one_graph(self) -> bool:
        """Whether `arguments` are all that a kernel needs."""
        return self.look_table is None

    @property
    def arguments(self) -> list:
        """The finishing kernels' arguments, in call order."""
        centre_x, centre_y = (self.width - 1) / 2, (self.height - 1) / 2
        return [
            (self.exposure_gain * self.compiled.primaries).astype(np.float32),
            np.float32(falloff(self.look.optics.corner_shading_stops)),
            np.float32(centre_x),
            np.float32(centre_y),
            np.float32(1 / max(math.hypot(centre_x, centre_y), 0.5)),
            self.compiled.shaper,
            self.compiled.table,
            np.float32(self.compiled.gamut_threshold),
            np.int32(2 if self.blue_first else 0),
            *self.sharpening.arguments,
            np.int32(self.width),
            np.int32(self.height),
            *self.local_tone.arguments,
            *self.texture.arguments,
            *self.grain.arguments,
        ]

    def display(self, scene: Placed, area: Rectangle, bit_depth: int) -> np.ndarray:
        """Display values of `area` of the picture, (height, width, 3), from a scene that goes `reach` beyond it."""
        pixels = empty_display(area, bit_depth)
        if self.look_table is not None:
            through_table = np.empty(scene.array.shape, np.float32)
            run("apply_hue_sat_table", scene, *self.look_table, Placed(through_table, scene.origin))
            scene = Placed(through_table, scene.origin)
        run(f"finish_{bit_depth}_bit", scene, *self.arguments, placed_display(pixels, area))
        return pixels


def empty_display(area: Rectangle, bit_depth: int) -> np.ndarray:
    """An unfilled interleaved picture; UsageError for a bit depth other than 8 or 16."""
    if bit_depth not in BIT_DEPTHS:
        raise UsageError(f"bit_depth must be 8 or 16, not {bit_depth!r}")
    return np.empty((area.height, area.width, 3), np.uint8 if bit_depth == 8 else np.uint16)


def placed_display(pixels: np.ndarray, area: Rectangle) -> Placed:
    """Interleaved `pixels` as the kernels' x, y, c output at `area`."""
    return Placed(pixels.transpose(2, 0, 1), (0, area.top, area.left))


def grown(area: Rectangle, width: int, height: int, reach: int = REACH) -> Rectangle:
    """`area` and the `reach` pixels around it that sharpening and texture look at, within the picture."""
    left, top = max(area.left - reach, 0), max(area.top - reach, 0)
    return Rectangle(left, top, min(area.right + reach, width) - left, min(area.bottom + reach, height) - top)


def prepare(
    recipe: Recipe,
    white: float,
    width: int,
    height: int,
    profile: CameraProfile | None = None,
    proxy: Callable[[], Proxy] | None = None,
    rendered_in: str | None = None,
    noise: tuple[float, float] = (0.0, 0.0),
    seed: int = 0,
    blur_sigma_px: float | None = None,
) -> Finish:
    """Decide how a scene that clips at `white` is finished, under a camera profile; UsageError for an unknown look.

    `proxy` makes the scene's proxy; it is asked only where metering or the look's local tone needs it. A profile's own
    tone curve takes the place of all of the look's tone; quality "fast" does without local tone. `rendered_in` is the
    colour space of the finished picture that the scene was taken back from, None for a sensor's. `noise` is that of
    the proxy: what sharpening leaves alone. `seed` is the photograph's own, for its grain. `blur_sigma_px` is the
    scene's, what sharpening takes back; None where that isn't known.
    """
    look = load_look(recipe.look)
    if recipe.amount < 1:
        look = blended(look, recipe.amount)
    if rendered_in is not None:
        look = beyond_faithful(look)
    curve = profile.tone_curve if profile and look.name == "faithful" else None
    clarity = look.presence.clarity
    by_area = proxy is not None and curve is None and recipe.quality != "fast" and acts(look.local_tone, clarity)
    small = proxy() if proxy is not None and (by_area or recipe.metering == "auto") else None
    metered = metered_stops(small.at_one_eighth()) if small is not None and recipe.metering == "auto" else 0.0
    exposure_gain = 2.0 ** (recipe.exposure_stops + metered)
    compiled = compile_look(look, clip_white(white, exposure_gain), recipe.colour_space, curve, recipe.amount)
    if rendered_in in ("srgb", recipe.colour_space):
        compiled = replace(compiled, gamut_threshold=1.0)  # its colours lie inside: none has to make room
    look_table = None
    if profile and profile.look_table:
        look_table = kernel_arguments(profile.look_table, PROFILE_WHITE / exposure_gain)
    local_tone = NO_LOCAL_TONE
    if by_area and small:
        local_tone = local_tone_map(look.local_tone, small, exposure_gain, white, clarity)
    of_luma = luma_noise(noise, exposure_gain, local_tone.area_factor, compiled.grey)
    sharpen = sharpening(look.presence.sharpening, *of_luma, blur_sigma_px)
    fine = texture(look.presence.texture, *of_luma), grain(look.film, max(width, height), seed)
    return Finish(look, compiled, exposure_gain, width, height, look_table, local_tone, sharpen, *fine)


def recorded(recipe: Recipe, look: Look) -> tuple[Recipe, tuple[str, ...]]:
    """`recipe` with the digest of its look's file; what to say where that is not the file the recipe was made with."""
    known = recipe.look_digest
    if known == (look.digest or None):
        return recipe, ()
    changed = known is not None
    words = f"the look '{recipe.look}' is not the file that this recipe was made with: it has changed since"
    return replace(recipe, look_digest=look.digest or None), (words,) if changed else ()


def beyond_faithful(look: Look) -> Look:
    """What `look` asks for that a finished picture, taken for one under "faithful", does not show yet."""
    faithful = load_look("faithful")
    local_tone = {
        field.name: getattr(look.local_tone, field.name) - getattr(faithful.local_tone, field.name)
        for field in fields(look.local_tone)
    }
    sharpening = max(look.presence.sharpening - faithful.presence.sharpening, 0.0)
    return replace(look, local_tone=LocalTone(**local_tone), presence=replace(look.presence, sharpening=sharpening))


def _proxy_of(scene: SceneImage) -> Proxy:
    """The scene's own proxy where it describes its pixels, else one made of them; what noise there was stays."""
    known = scene.proxy
    if known is not None and known.of is scene.pixels:
        return known
    cell = cell_of(*scene.pixels.shape[:0:-1])
    small = cell_means(scene.pixels, luminance_weights("rec2020"), cell)
    return Proxy(small, known.noise if known else (0.0, 0.0), cell=cell)


def area_of(recipe: Recipe, width: int, height: int, orientation: int) -> Rectangle:
    """The part of a `width` x `height` picture, in the sensor's orientation, that the recipe's crop keeps."""
    if recipe.crop is None:
        return Rectangle(0, 0, width, height)
    crop = Rectangle(*recipe.crop)
    upright_width, upright_height = upright_size((width, height), orientation)
    inside = crop.left >= 0 and crop.top >= 0 and crop.right <= upright_width and crop.bottom <= upright_height
    if not inside or crop.width < 1 or crop.height < 1:
        raise UsageError(
            f"the crop {','.join(map(str, recipe.crop))} (left, top, width, height) does not lie "
            f"inside the picture of {upright_width} x {upright_height}"
        )
    return to_sensor(crop, (width, height), orientation)


def displayed(pixels: np.ndarray, recipe: Recipe, orientation: int, blue_first: bool = False) -> np.ndarray:
    """`pixels` (H, W, 3), which may be overwritten, turned upright and brought to the recipe's size, contiguous.

    `blue_first` is for uint8 pixels that come as B, G, R and whose `orientation` is one of MIRRORED.
    """
    return resized(_turned(pixels, orientation, blue_first), recipe.size)


def _turned(pixels: np.ndarray, orientation: int, blue_first: bool) -> np.ndarray:
    """`pixels` (H, W, 3) upright and contiguous; a pixel is moved whole, twice as fast as channel by channel."""
    if orientation == 1:
        return pixels
    if blue_first:  # bytes in reverse are R, G, B, and eight are reversed at once
        rows = pixels.reshape(len(pixels), -1)
        whole, copied = rows.view(np.uint64 if rows.shape[1] % 8 == 0 else np.uint8), np.ndarray.byteswap
    else:
        whole, copied = pixels.view(np.dtype((np.void, 3 * pixels.itemsize)))[..., 0], np.ndarray.copy
    turned = upright(whole, orientation)
    if orientation > 4:  # a quarter turn
        return np.ascontiguousarray(turned).view(pixels.dtype).reshape(*turned.shape, 3)
    # In place, bands at the top with those at the bottom: a second picture's memory costs more than turning it.
    height = len(whole)
    half = (height + 1) // 2
    for top in range(0, half, TURNED_ROWS):
        bottom = min(top + TURNED_ROWS, half)
        upper, lower = copied(turned[top:bottom]), copied(turned[height - bottom : height - top])
        whole[top:bottom], whole[height - bottom : height - top] = upper, lower
    return pixels


def finish(
    scene: SceneImage,
    *,
    look: str = "faithful",
    amount: float = 1.0,
    exposure_stops: float = 0.0,
    metering: str = "off",
    colour_space: str = "srgb",
    bit_depth: int = 8,
    crop: tuple[int, int, int, int] | None = None,
    size: int | None = None,
) -> DisplayImage:
    """Give a scene its look: display-referred, upright, uint8 or uint16 `(H, W, 3)`.

    `look` names a look or the path of a look file, `amount` is its share over "faithful". `metering` "auto" adds what
    the scene asks for, a stop at most, to `exposure_stops`. `colour_space` is "srgb" or "display-p3". `crop` is left,
    top, width, height of the upright picture, `size` its longer side after cropping (never enlarged). Raises UsageError
    for an unknown look or a choice out of range, and where the pixels are not (3, H, W) float32.
    """
    recipe = replace(
        scene.recipe,
        look=str(look),
        amount=amount,
        look_digest=None,
        exposure_stops=exposure_stops,
        metering=metering,
        colour_space=colour_space,
        crop=crop,
        size=size,
    ).checked()
    pixels = scene.pixels
    if pixels.ndim != 3 or pixels.shape[0] != 3 or pixels.dtype != np.float32 or pixels.size == 0:
        raise UsageError(f"a scene's pixels are (3, H, W) float32, not {pixels.dtype} {pixels.shape}")
    height, width = pixels.shape[1:]
    area = area_of(recipe, width, height, scene.orientation)
    noise = scene.proxy.noise if scene.proxy else (0.0, 0.0)
    sensed = (lambda: _proxy_of(scene), scene.rendered_in, noise, seed_of(scene.capture, scene.metadata))
    plan = prepare(recipe, scene.white, width, height, scene.profile, *sensed, scene.blur_sigma_px)
    display = plan.display(Placed(np.ascontiguousarray(pixels), (0, 0, 0)), area, bit_depth)
    recipe, remarks = recorded(recipe, plan.look)
    return DisplayImage(
        pixels=displayed(display, recipe, scene.orientation),
        colour_space=recipe.colour_space,
        capture=scene.capture,
        metadata=scene.metadata,
        source=scene.source,
        recipe=recipe,
        notes=scene.notes + remarks,
        merged=scene.merged,
    )
