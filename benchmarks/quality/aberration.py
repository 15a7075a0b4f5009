"""What is left of lateral and axial chromatic aberration, and what is harmed where there is none.

The scenes are the tests' own, so the figures are the same everywhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import tirage
from tirage.colour.perception import oklab
from tirage.developing.chromatic_aberration.estimate import estimate
from tirage.photo.frame import RawFrame

from .report import Row, Table

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from developing import aberration_scenes as lenses  # noqa: E402
from developing import fringe_scenes as fringes  # noqa: E402

#: Shifts of red and blue at the corner, px: straight and cubic parts.
LAWS = (((0.5, 0.0), (-0.5, 0.0)), ((1.5, 0.5), (-1.0, 0.0)), ((-3.0, 0.0), (1.0, 2.0)))
RESIDUAL_PX = 0.1
#: In parts of the height and the width.
CENTRES = {"a lens aside": (0.35, 0.65), "a crop to its corner": (0.0, 1.0), "a crop without it": (-0.2, 0.3)}

THINGS = {"grey": fringes.GREY, "bark": fringes.BARK, "leaves": fringes.LEAVES, "purple petals": fringes.PETALS}
LENSES = {"purple fringes": fringes.PURPLE, "green fringes": fringes.GREEN, "in focus": fringes.SHARP}
QUICK_THINGS = 2
#: Wider than fringes, px: pixels farther than that from light that clips are not counted.
NEAR_PX = 10


def lateral() -> Table:
    """The greater of red's and blue's displacements at the corner, before and after, and of a frame without any."""
    rows = []
    for scene in ("landscape", "drawing"):
        for laws in (*LAWS, ((0.0, 0.0), (0.0, 0.0))):
            found = estimate(lenses.frame_of(lenses.shot(scene, *laws)))
            own = [one.at_corner for one in found] if found else [0.0, 0.0]
            true = [sum(law) for law in laws]
            left = max(abs(a - b) for a, b in zip(own, true, strict=True))
            before = max(map(abs, true))
            rows.append(Row(f"tirage, {scene}, {before:.1f} px", [left, before], [RESIDUAL_PX], [RESIDUAL_PX]))
    return Table("Lateral colour at the corner, px", ["after", "before"], rows, digits=3, less_is_better=True)


def elsewhere() -> Table:
    """The displacement of red over the frame, root mean square, where its centre is not the frame's."""
    rows = []
    for scene in ("landscape", "drawing", "discs"):
        for name, centre in CENTRES.items():
            frame = lenses.frame_of(lenses.aberrated(lenses.light(scene, 600, 800), (1.5, 0), (-1, 0), centre), 400)
            true = lenses.grown(frame, 1.5 / 500, centre)
            found = estimate(frame)
            left = true - lenses.moved_by(frame, found[0]) if found else true
            after, before = (float(np.sqrt(np.mean((one**2).sum(axis=0)))) for one in (left, true))
            rows.append(Row(f"tirage, {scene}, {name}", [after, before]))
    return Table("Lateral colour about another centre, px", ["after", "before"], rows, digits=3, less_is_better=True)


def axial(count: int | None) -> Table:
    """How far the colour of what lies beside clipped light is from that through a lens that is in focus, Oklab x 100.

    `harm` is how far "auto" takes it where that is nothing to be mended: 0 where the frame is left untouched.
    """
    rows = []
    for lens, sigmas in LENSES.items():
        for thing in list(THINGS)[: QUICK_THINGS if count else None]:
            light = fringes.backlit(THINGS[thing])
            frame, truth = fringes.seen(light, sigmas), fringes.seen(light, (sigmas[1],) * 3)
            near = _near(light)
            colours = [
                _colour(one, choice)[:, near] for one, choice in ((frame, "none"), (frame, "auto"), (truth, "none"))
            ]
            before, after = (float(np.hypot(*(one - colours[2])).mean()) for one in colours[:2])
            harm = float(np.hypot(*(colours[1] - colours[0])).mean()) if lens == "in focus" else None
            rows.append(Row(f"tirage, {lens}, {thing}", [after, before, harm]))
    return Table(
        "Axial colour beside clipped light, distance in Oklab's a and b x 100",
        ["after", "before", "harm"],
        rows,
        less_is_better=True,
    )


def _near(light: np.ndarray) -> np.ndarray:
    """Where something dark lies beside clipped light."""
    bright = light.min(axis=0) > 1
    reached = fringes.blurred(bright.astype(float), NEAR_PX / 2) > 0.02
    return reached & (light.max(axis=0) < 1)


def _colour(frame: RawFrame, aberration: str) -> np.ndarray:
    """Oklab's a and b of the developed frame, x 100, (2, H, W), with light up to white."""
    scene = tirage.develop(frame, denoise=0.0, defects="none", aberration=aberration)
    pixels = np.clip(scene.pixels.astype(float) / scene.white, 0, 1)
    return 100 * np.moveaxis(oklab(np.moveaxis(pixels, 0, -1), "rec2020"), -1, 0)[1:]
