"""SceneImage and DisplayImage: the type says the state of the light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .frame import Capture, Metadata
from .profile import CameraProfile
from .proxy import Proxy
from .recipe import Recipe

#: Stops between the sensor's grey and scene 0.18: ISO 12232 saturation-based speed puts an 18 % grey at 10/78 of
#: the sensor's clip, so white-level 1.0 becomes 0.18 * 7.8 = 1.404.
GREY_OFFSET_STOPS = 0.4895


@dataclass(frozen=True, eq=False)
class SceneImage:
    """Scene-linear Rec.2020 D65, 0.18 = grey, before exposure is chosen.

    `pixels` (3, H, W) float32, unbounded above, small negatives allowed, in the sensor's orientation (`orientation`,
    EXIF 1..8, is applied by finish). Scale: sensor white x 2^(baseline exposure + GREY_OFFSET_STOPS).
    `white` is the scene value at which the sensor clips. `profile` is the camera profile that is to be applied: its
    tables that act before exposure have been, its look table and tone curve belong to finish; None for none.
    `proxy` was made from the sensor's own record; where it is not that of `pixels`, finish makes one of them.
    `rendered_in` is the colour space of the finished picture that the light was taken back from; None for a sensor's.
    `blur_sigma_px` is the deviation of the Gaussian nearest to the blur of lens and pixels; None where it isn't known.
    """

    pixels: np.ndarray = field(repr=False)
    white: float
    orientation: int = 1
    capture: Capture = Capture()
    metadata: Metadata = field(default_factory=Metadata, repr=False)
    source: str = ""
    recipe: Recipe = Recipe()
    notes: tuple[str, ...] = ()
    profile: CameraProfile | None = field(default=None, repr=False)
    proxy: Proxy | None = field(default=None, repr=False)
    merged: Mapping[str, Any] = field(default_factory=dict)
    rendered_in: str | None = None
    blur_sigma_px: float | None = None


@dataclass(frozen=True, eq=False)
class DisplayImage:
    """A finished, upright picture, ready for a display.

    `pixels` (H, W, 3) uint8 or uint16, R'G'B' of `colour_space` ("srgb" or "display-p3"), both with the sRGB transfer
    function, peak at 203 cd/m2 reference white. `recipe` makes it again from its source. `notes` are remarks of the
    reader worth showing; `merged` says of which frames it was merged, as `RawFrame.merged` does.
    """

    pixels: np.ndarray = field(repr=False)
    colour_space: str = "srgb"
    capture: Capture = Capture()
    metadata: Metadata = field(default_factory=Metadata, repr=False)
    source: str = ""
    recipe: Recipe = Recipe()
    notes: tuple[str, ...] = ()
    merged: Mapping[str, Any] = field(default_factory=dict)
