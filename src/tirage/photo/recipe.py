"""Recipe: every choice that turns a RAW file into a photograph, so that it can be made again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .cfa import CFA_CHOICES
from .errors import UsageError
from .parameters import from_mapping, parameter, validate

QUALITIES = ("fast", "balanced", "best")
COLOUR_SPACES = ("srgb", "display-p3")
#: What a profile may be besides the path of a .dcp file.
PROFILES = ("none", "embedded")
#: Exposure as shot, or with what the scene asks for on top.
METERINGS = ("off", "auto")
LENS_CORRECTIONS = ("embedded", "lensfun", "none")
HIGHLIGHTS = ("rebuild", "limit")
ABERRATIONS = ("auto", "none")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The choices, with their defaults. Travels in the XMP of every picture that tirage writes."""

    look: str = parameter("faithful", "name of a look, or path of a look file")
    amount: float = parameter(1.0, "share of the look: 0 is faithful, 1 the look itself", low=0.0, high=1.0)
    look_digest: str | None = parameter(None, "SHA-256 of the look's file, where it is one, as it was used")
    quality: str = parameter("balanced", "speed against quality", choices=QUALITIES)
    exposure_stops: float = parameter(0.0, "exposure on top of the shot's", unit="stops", low=-10.0, high=10.0)
    white_balance: str = parameter(
        "as-shot", "as-shot, daylight, kelvin or kelvin,tint like 5200,+10, or pick:x,y of a grey spot"
    )
    cfa: str = parameter(
        "tag",
        "colour filters: as the file says, or auto: as its pixels say, where they contradict its tags (black too)",
        choices=CFA_CHOICES,
    )
    defects: str = parameter(
        "auto",
        "hot and dead pixels: auto, none, or a file that tirage defects wrote; its blur_sigma_px, if you add it,"
        " is taken back by sharpening instead of what the frame tells",
    )
    denoise: float | None = parameter(
        None, "strength of noise reduction, 0 for none; 1 unless the quality is fast", low=0.0, high=4.0
    )
    highlights: str | None = parameter(
        None,
        "clipped colours: rebuild from the others, or limit all to the first clip; rebuild unless given",
        choices=HIGHLIGHTS,
    )
    lens_correction: str = parameter(
        "embedded",
        "warps and vignetting of opcode list 3; lensfun: by its database where the file has none",
        choices=LENS_CORRECTIONS,
    )
    aberration: str = parameter(
        "auto",
        "chromatic aberration, colour fringes of lenses: auto measures it and removes what is sure; fast leaves it",
        choices=ABERRATIONS,
    )
    profile: str = parameter(
        "none", "camera profile, its tables and tone curve: none, embedded (the file's own), or the path of a .dcp"
    )
    colour_space: str = parameter("srgb", "colour space of the picture", choices=COLOUR_SPACES)
    crop: tuple[int, int, int, int] | None = parameter(
        None, "left, top, width, height of the upright picture", unit="px"
    )
    size: int | None = parameter(None, "longer side of the picture; never enlarged", unit="px", low=1, high=65500)
    metering: str = parameter(
        "off", "auto: the scene's mean is brought half-way to grey, by a stop at most", choices=METERINGS
    )
    jpeg_quality: int = parameter(92, "JPEG quality; above 92 colour is kept at full resolution", low=1, high=100)

    def checked(self) -> Recipe:
        """The recipe itself; UsageError naming the first choice that is out of range."""
        validate(self, "recipe")
        if self.profile not in PROFILES and not self.profile.casefold().endswith(".dcp"):
            raise UsageError(f"profile must be {', '.join(PROFILES)} or the path of a .dcp file, not {self.profile!r}")
        is_row = isinstance(self.crop, (tuple, list)) and len(self.crop) == 4
        if self.crop is not None and not (is_row and _whole(*self.crop)):
            raise UsageError(f"crop must be four whole numbers (left, top, width, height), not {self.crop!r}")
        if self.look_digest is not None and not isinstance(self.look_digest, str):
            raise UsageError(f"look_digest must be a text, not {self.look_digest!r}")
        if self.size is not None and not _whole(self.size):
            raise UsageError(f"size must be a whole number of pixels, not {self.size!r}")
        return self

    def to_mapping(self) -> dict[str, Any]:
        """The recipe as a table for JSON or TOML; choices left at None are omitted."""
        table = dataclasses.asdict(self)
        table = {key: list(value) if isinstance(value, tuple) else value for key, value in table.items()}
        return {key: value for key, value in table.items() if value is not None}

    @classmethod
    def from_mapping(cls, table: Mapping[str, Any], where: str = "recipe") -> Recipe:
        """The recipe in `table`; unknown keys and values out of range raise UsageError naming `where`."""
        values = dict(table)
        if isinstance(values.get("crop"), list):
            values["crop"] = tuple(values["crop"])
        return from_mapping(cls, values, where).checked()


def _whole(*numbers: Any) -> bool:
    return all(isinstance(number, int) and not isinstance(number, bool) for number in numbers)
