"""One item of the conformance set: a file with a feature, its twin without it, and how their renderings are judged."""

from __future__ import annotations

from dataclasses import dataclass, field

from .dng_file import Dng

#: How an item is judged -> in words, for the manifest.
JUDGES = {
    "same": "the rendering equals the twin's: sizes, mean difference and 99.5th percentile of display values",
    "shading": "as `same`, and the corners are as bright against the centre as the twin's",
    "geometry": "corners of the checkerboard lie where the twin's lie: sizes, 95th percentile in pixels",
    "patches": "patches have the colour that is named: red, green, blue, neutral, or clipped (bright and neutral)",
    "refused": "refused within 5 seconds: an exit code above 0 that is no crash, no picture; or rendered like the twin",
}


@dataclass(frozen=True)
class Bounds:
    """The largest differences that pass. Display values are 0..1."""

    mean: float = 0.008
    high: float = 0.045  # 99.5th percentile
    corner: float = 0.01  # corner/centre against the twin's
    residual_px: float = 0.3


#: Exposure moves the sensor's clip under a developer's tone curve, which may bend with it.
LOOSE = Bounds(mean=0.03, high=0.09)
LOSSY = Bounds(mean=0.012, high=0.06)


@dataclass(frozen=True)
class Patch:
    """A rectangle of the rendering, as fractions, that must be of a colour of `judge.COLOURS`."""

    left: float
    top: float
    right: float
    bottom: float
    colour: str


@dataclass(frozen=True, eq=False)
class Item:
    """A file and its truth.

    `twin` gives the same picture without the feature. `ignored` is the file as a developer reads it that does not know
    the feature: judged against the twin it must fail; None where such a developer can't read the file at all, or where
    ignoring is right. `data` is the whole file for those that no `Dng` describes.
    """

    name: str
    feature: str
    section: str
    tags: tuple[str, ...]
    dng: Dng | None
    twin: Dng | None = None
    ignored: Dng | None = None
    judge: str = "same"
    bounds: Bounds = field(default_factory=Bounds)
    patches: tuple[Patch, ...] = ()
    data: bytes = field(default=b"", repr=False)
    group: str = ""

    @property
    def is_valid(self) -> bool:
        """Whether the file keeps to the specification."""
        return self.judge != "refused"

    def encoded(self) -> bytes:
        """The file."""
        return self.dng.encoded() if self.dng else self.data
