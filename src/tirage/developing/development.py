"""Developing: decide everything first, then make any part of the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..kernels.call import Placed, run_in_columns
from ..noise.model import MOST_BLOCKS, QUICK, noise_of, with_noise_stated
from ..opcodes.apply import apply_to_balanced
from ..photo.errors import UsageError
from ..photo.frame import RawFrame, Rectangle
from ..photo.image import GREY_OFFSET_STOPS, SceneImage
from ..photo.levels import black_at, greatest_black
from ..photo.proxy import Proxy, cell_of
from ..photo.recipe import Recipe
from . import camera_profile, geometry
from .blur import blur_of
from .camera_colour import camera_to_scene
from .chromatic_aberration import without_lateral
from .colour_noise import NO_COLOUR_NOISE, ColourNoise, colour_noise
from .defects import find, repair
from .defects.files import load_defects
from .defringe import without_fringes
from .demosaic import learned, method_arguments
from .denoise import Strength
from .denoise import denoise as without_noise
from .highlights import BRIGHTEST, find_clipping, rebuild
from .lens_shading import plane_gains
from .linearise import SensorTables, sensor_tables
from .list_3 import LensCorrection, lens_correction
from .opcode_list_2 import with_list_2_applied
from .proxy import luminance_noise, proxy_of_mosaic, proxy_of_scene, warped_proxy
from .white_balance import multipliers, neutral_for

#: The demosaic of each quality level.
METHOD_OF_QUALITY = {"fast": "malvar2004", "balanced": "learned_one_pass", "best": "learned"}
#: How much noise each quality level removes, where the recipe does not say.
DENOISE_OF_QUALITY = {"fast": 0.0, "balanced": 1.0, "best": 1.0}
#: The method that takes out colour noise on the way, where the recipe asks for no denoising of its own.
CLEANED_METHOD = "malvar2004"

_IDENTITY = np.eye(3, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Development:
    """Every decision of developing, made before a pixel is touched; `scene` then makes any part of the picture.

    `crop` is the picture's place in the active area, `width` and `height` its own size; `matrix` (3, 3) float32 takes
    white-balanced camera RGB to scene-linear Rec.2020; `white` is the scene value of the sensor's clip.
    `blur_sigma_px` is what the lens and the pixels have spread light by, None where no edges tell it.
    """

    frame: RawFrame
    method: str
    crop: Rectangle
    gains: np.ndarray
    matrix: np.ndarray
    white: float
    tables: SensorTables | None
    lens: LensCorrection
    profile: camera_profile.ProfilePlan | None
    noise: float
    colour_noise: ColourNoise = NO_COLOUR_NOISE
    blur_sigma_px: float | None = None

    @property
    def width(self) -> int:
        """Columns of the picture."""
        return self.lens.geometry.width if self.lens.geometry else self.crop.width

    @property
    def height(self) -> int:
        """Rows of the picture."""
        return self.lens.geometry.height if self.lens.geometry else self.crop.height

    @property
    def is_one_graph(self) -> bool:
        """Whether a mosaic and `arguments` are all that a kernel needs."""
        return self.tables is not None and self.lens.is_nothing and self.profile is None

    @property
    def arguments(self) -> list:
        """The developing kernels' arguments, in call order; for mosaics only."""
        return [*self._demosaicing, self.matrix]

    @property
    def _demosaicing(self) -> list:
        assert self.tables is not None
        of_colour = self.colour_noise.arguments if self.method == CLEANED_METHOD else []
        return [*self.tables.arguments, *of_colour, *method_arguments(self.method, self.noise)]

    def proxy(self, pixels: np.ndarray | None = None) -> Proxy:
        """The scene made small: of the mosaic where nothing but a warp is between them, else of the scene's `pixels`.

        Without `pixels` they are developed for it. The result is the same.
        """
        if self.tables is not None and self.profile is None and not self.lens.has_pointwise:
            luminance = proxy_of_mosaic(self.tables, self.matrix, self.crop.width, self.crop.height)
            if self.lens.geometry is not None:
                luminance = warped_proxy(luminance, self.lens.geometry, self.crop)
        elif pixels is None:
            luminance = proxy_of_scene(self.scene, self.width, self.height)
        else:
            luminance = proxy_of_scene(lambda area: pixels[:, area.top : area.bottom], self.width, self.height)
        return Proxy(luminance, self.luminance_noise, pixels, cell_of(self.width, self.height))

    @cached_property
    def luminance_noise(self) -> tuple[float, float]:
        """(scale, offset) of the variance of a grey pixel's luminance Y, scale Y + offset."""
        assert self.frame.noise_profile is not None
        return luminance_noise(self.frame.noise_profile, self.gains, self.matrix)

    def scene(self, area: Rectangle) -> np.ndarray:
        """Scene-linear Rec.2020 of `area` of the picture, (3, height, width) float32; equal for any cut into areas."""
        active = Rectangle(area.left + self.crop.left, area.top + self.crop.top, area.width, area.height)
        if self.lens.is_nothing:
            pixels = np.empty((3, area.height, area.width), np.float32)
            self._fill(pixels, active, self.matrix)
        elif self.lens.geometry is None:
            pixels = np.empty((3, area.height, area.width), np.float32)
            self._fill(pixels, active, _IDENTITY)
            self._operate(self.lens.before, pixels, active)
            pixels = mixed(pixels, self.matrix)
        else:
            pixels = self._warped(self.lens.geometry, area, active)
        return camera_profile.apply(self.profile, pixels, area)

    def _warped(self, plan: geometry.GeometryPlan, area: Rectangle, active: Rectangle) -> np.ndarray:
        canvas = geometry.canvas(plan, area)
        self._fill(canvas.pixels, canvas.area, _IDENTITY)
        self._operate(self.lens.before, canvas.pixels, canvas.area)
        if not self.lens.after:
            return geometry.warped(plan, canvas, area, self.matrix)
        pixels = np.ascontiguousarray(geometry.warped(plan, canvas, area))
        self._operate(self.lens.after, pixels, active)
        return mixed(pixels, self.matrix)

    def _operate(self, operations: tuple, pixels: np.ndarray, active: Rectangle) -> None:
        """Let operations of opcode list 3 act on white-balanced camera RGB: they count in units before it."""
        if operations:
            origin, size = (active.top, active.left), (self.frame.height, self.frame.width)
            apply_to_balanced(operations, pixels, origin, size, self.gains)

    def _fill(self, pixels: np.ndarray, active: Rectangle, matrix: np.ndarray) -> None:
        """White-balanced camera RGB of a part of the active area through `matrix`, into `pixels` (3, h, w)."""
        if self.tables is None:
            pixels[:] = mixed(self._balanced_colours(active), matrix)
        else:
            origin = (0, active.top - self.crop.top, active.left - self.crop.left)
            run_in_columns(f"develop_{self.method}", *self._demosaicing, matrix, output=Placed(pixels, origin))

    def _balanced_colours(self, active: Rectangle) -> np.ndarray:
        """White-balanced camera RGB of a frame that already holds three colours per pixel."""
        stored = self.frame.mosaic[:, active.top : active.bottom, active.left : active.right]
        black = black_at(self.frame, active).astype(np.float32)
        balanced = _per_plane(self.gains) * plane_gains(self.frame, active)
        scale = balanced / _per_plane(self.frame.white_level - greatest_black(self.frame))
        with np.errstate(invalid="ignore", over="ignore"):  # what is no number stays none; finish makes it black
            light = (stored.astype(np.float32) - black) * scale
            return light if self.lens.has_pointwise else np.minimum(light, balanced.min(axis=0))


def mixed(colours: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """`matrix` @ `colours` (3, h, w) float32, without BLAS: its order of additions differs between machines."""
    if matrix is _IDENTITY:
        return colours
    scene = np.empty(colours.shape, np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        for channel, weights in enumerate(matrix):
            scene[channel] = colours[0] * weights[0] + colours[1] * weights[1] + colours[2] * weights[2]
    return scene


def _per_plane(values: np.ndarray) -> np.ndarray:
    """One float32 per colour plane, (3, 1, 1), from one value or three."""
    return np.broadcast_to(np.asarray(values, np.float64).ravel(), (3,)).astype(np.float32).reshape(3, 1, 1)


def prepare(frame: RawFrame, recipe: Recipe, *, in_place: bool = False) -> Development:
    """Decide how `frame` is developed by the choices of a checked `recipe`; `in_place` may overwrite its mosaic."""
    strength = DENOISE_OF_QUALITY[recipe.quality] if recipe.denoise is None else recipe.denoise
    noise = noise_of(frame, MOST_BLOCKS if strength or recipe.quality != "fast" else QUICK)
    frame = with_noise_stated(frame, noise)
    stated_blur = None
    if recipe.defects != "none":
        found = find(frame, noise)
        if recipe.defects != "auto":
            known, stated_blur = load_defects(recipe.defects, frame)
            found = found.joined(known)
        frame = repair(frame, found, in_place=in_place)
    frame = with_list_2_applied(frame, vignette=recipe.lens_correction != "none")
    crop = frame.picture
    lens, notes = lens_correction(frame, crop, recipe.lens_correction)
    neutral = neutral_for(frame, recipe.white_balance, lens.geometry)
    gains = multipliers(neutral)
    # Operations that go with the warp end light at white themselves.
    highlights = recipe.highlights or "rebuild"
    limited = not lens.has_pointwise
    # What spreads less than noise is taken for saturation: an estimate may miss noise that the camera has smeared.
    judged = replace(frame, noise_profile=None) if noise.measured else frame
    clipping = find_clipping(judged, gains) if limited else None
    recorded = frame
    measures = stated_blur is None and recipe.quality != "fast"
    blur = blur_of(frame, noise) if measures else stated_blur
    finely = 0 if recipe.quality != "best" else 2 if noise.is_blotchy else 1
    frame = without_noise(frame, Strength(brightness=strength, colour=strength), noise, neutral, finely=finely)
    if recipe.aberration != "none" and recipe.quality != "fast":
        if lens.geometry is None or lens.geometry.shared:
            moved = without_lateral(frame, neutral, recorded)
            clipping = clipping.widened() if clipping and moved is not frame else clipping
            frame = moved
        frame = without_fringes(frame, neutral, not np.may_share_memory(frame.mosaic, recorded.mosaic))
    is_own = in_place or not np.may_share_memory(frame.mosaic, recorded.mosaic)
    rebuilding = clipping is not None and highlights == "rebuild"
    rebuilt = rebuild(frame, gains, clipping, is_own) if clipping and rebuilding else None
    frame = rebuilt.frame if rebuilt else frame
    first = clipping.first(gains) if clipping and not rebuilt else 1.0
    scale = 2.0 ** (frame.baseline_exposure_stops + GREY_OFFSET_STOPS)
    brighter = BRIGHTEST if rebuilding and not rebuilt else 1.0
    matrix = (camera_to_scene(frame.colour, neutral) * (scale * brighter)).astype(np.float32)
    room = BRIGHTEST if rebuilt else first
    steepness = rebuilt.steepness if rebuilt else 1.0
    levels = {"limited": limited, "headroom": room, "steepness": steepness}
    tables = sensor_tables(frame, gains, crop, **levels) if frame.cfa else None
    notes += camera_profile.remarks(frame.profile, recipe.profile)
    asked = frame.profile if recipe.profile != "none" else None
    size = (lens.geometry.width, lens.geometry.height) if lens.geometry else None
    profile = camera_profile.plan(asked, frame, neutral, crop, size)
    white = scale * (profile.white_gain if profile else 1.0) * (rebuilt.white if rebuilt else first)
    frame = replace(frame, notes=tuple(dict.fromkeys((*frame.notes, *notes))))
    method = METHOD_OF_QUALITY[recipe.quality]
    assert frame.noise_profile is not None
    left = learned.frame_noise(frame.noise_profile, gains) if frame.cfa else 0.0
    cleans = method == CLEANED_METHOD and recipe.denoise is None
    of_colour = colour_noise(frame, gains, noise) if cleans else NO_COLOUR_NOISE
    return Development(frame, method, crop, gains, matrix, white, tables, lens, profile, left, of_colour, blur)


def develop(
    raw: RawFrame,
    *,
    quality: str = "balanced",
    white_balance: str = "as-shot",
    defects: str = "auto",
    denoise: float | None = None,
    highlights: str | None = None,
    lens_correction: str = "embedded",
    aberration: str = "auto",
    profile: str = "none",
) -> SceneImage:
    """Turn a sensor's record into light: the picture of `raw` as scene-linear Rec.2020 D65, 0.18 = grey.

    `quality` "fast" demosaics with Malvar 2004, "balanced" and "best" with learned filters in one pass and in two.
    `white_balance` is "as-shot", "daylight", a temperature in kelvin ("5200"), or "pick:x,y", a grey spot of the
    upright picture. `defects` "auto" repairs hot and dead pixels, the path of a defects file names more of them (and
    may state the blur that sharpening takes back), "none" leaves them. `denoise` is the strength of noise reduction, 0
    for none; by default 1, and for "fast" no more than colour noise is taken out.
    `highlights` "rebuild", which None is too, puts back what clipped, "limit" ends light where the first colour clips.
    `lens_correction` is "embedded" (opcode list 3), "lensfun" (its database, where the file has no warp) or "none".
    `aberration` "auto" removes the colour fringes of the lens that are sure to be seen, but for quality "fast"; "none"
    leaves them. `profile` "embedded" applies the camera profile that `raw` holds; it may be the path of a .dcp file
    instead. The result's pixels are (3, H, W) float32 in the sensor's orientation. Raises UsageError for an unknown
    choice, FileError where the frame's matrices or operations, the defects file or the profile can't be used.
    """
    recipe = Recipe(
        quality=quality,
        white_balance=white_balance,
        defects=defects,
        denoise=denoise,
        highlights=highlights,
        lens_correction=lens_correction,
        aberration=aberration,
        profile=profile,
    ).checked()
    if not isinstance(raw, RawFrame):
        raise UsageError(f"a {type(raw).__name__} can't be developed; read a RAW file first")
    development = prepare(raw, recipe)
    pixels = development.scene(Rectangle(0, 0, development.width, development.height))
    return SceneImage(
        pixels=pixels,
        white=development.white,
        orientation=raw.orientation,
        capture=raw.capture,
        metadata=raw.metadata,
        source=raw.source,
        notes=development.frame.notes,
        merged=raw.merged,
        recipe=recipe,
        profile=raw.profile if recipe.profile != "none" else None,
        proxy=development.proxy(pixels),
        blur_sigma_px=development.blur_sigma_px,
    )
