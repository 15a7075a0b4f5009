"""What opcodes cost on 12 MP: shading, then warps of three planes, and OpenCV's remap where it is installed.

`python benchmarks/opcodes.py [--rounds 15] [--threads 2]`; best of the rounds counts. A figure holds all that a file's
opcodes ask for once it is read: of a mosaic's shading the tables, which its developing multiplies by anyhow; of a warp
the plan and the drawing, in strips as `tirage develop` draws. Filling the canvases is developing, and left out.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
from datetime import date

import numpy as np
from timing import best

from tirage.developing import geometry
from tirage.developing.geometry import reference
from tirage.developing.geometry.plan import plan_of
from tirage.developing.linearise import sensor_tables
from tirage.developing.opcode_list_2 import with_list_2_applied
from tirage.kernels.call import library
from tirage.opcodes.apply import apply_to_planes
from tirage.photo.frame import CameraColour, RawFrame
from tirage.photo.operations import (
    AreaSpec,
    FixVignetteRadial,
    GainMap,
    Operation,
    Rectangle,
    WarpFisheye,
    WarpRectilinear,
)
from tirage.pipeline import WARPED_STRIP_ROWS

WIDTH, HEIGHT = 4000, 3000
BARREL, STRONG = np.array([[1.0, -0.05, 0.01, 0.0]]), np.array([[1.15, -0.25, 0.05, 0.0]])
LATERAL = np.array([[4e-4, 0, 0, 0], [0, 0, 0, 0], [-3e-4, 0, 0, 0]])
VIGNETTE = FixVignetteRadial(np.array([0.3, 0.1, 0, 0, 0]), (0.5, 0.5))
WARPS = {
    "warp, planes share the map": WarpRectilinear(BARREL, np.zeros((1, 2)), (0.5, 0.5)),
    "warp, each plane its own": WarpRectilinear(BARREL + LATERAL, np.zeros((3, 2)), (0.5, 0.5)),
    "strong warp, planes share": WarpRectilinear(STRONG, np.zeros((1, 2)), (0.5, 0.5)),
    "strong warp, each its own": WarpRectilinear(STRONG + LATERAL, np.zeros((3, 2)), (0.5, 0.5)),
    "warp, fisheye": WarpFisheye(np.array([[4 / np.pi, 0, 0, 0]]), (0.5, 0.5)),
}

AREAS = [Rectangle(0, top, WIDTH, min(WARPED_STRIP_ROWS, HEIGHT - top)) for top in range(0, HEIGHT, WARPED_STRIP_ROWS)]


def tables_of() -> dict[str, RawFrame]:
    """Mosaics whose gains are told by tables."""

    def maps(points: tuple[int, int], power: float) -> tuple[GainMap, ...]:
        down, across = (np.linspace(-1, 1, count) ** 2 for count in points)
        gains = ((1 + np.add.outer(down, across) / 4) ** power).astype(np.float32)[..., None]
        down, across = (1 / (count - 1) for count in points)
        areas = [Rectangle(i % 2, i // 2, WIDTH - i % 2, HEIGHT - i // 2) for i in range(4)]
        return tuple(
            GainMap(AreaSpec(area, row_pitch=2, column_pitch=2), down, across, 0.0, 0.0, gains) for area in areas
        )

    mosaic, whole = np.full((HEIGHT, WIDTH), 4000, np.uint16), Rectangle(0, 0, WIDTH, HEIGHT)
    frame = RawFrame(mosaic, "RGGB", np.full((2, 2), 500.0), np.array([13000.0]), whole, CameraColour(()))
    one, two = maps((13, 17), 1), maps((9, 12), 0.5)
    return {
        "tables, a GainMap per site": dataclasses.replace(frame, opcode_list_2=one),
        "tables, two GainMaps per site": dataclasses.replace(frame, opcode_list_2=one + two),
        "tables, FixVignetteRadial": dataclasses.replace(frame, opcode_list_3=(VIGNETTE,)),
        "tables, GainMaps and vignette": dataclasses.replace(frame, opcode_list_2=one, opcode_list_3=(VIGNETTE,)),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    library().set_threads(options.threads)
    print(f"12 MP x 3, {options.threads} threads, {os.cpu_count()} cores, {library().isa}, {date.today()}")
    print(f"{'':32}{'wall ms':>8}{'CPU ms':>8}")

    def show(name: str, function) -> None:
        wall, cpu = best(function, options.rounds)
        print(f"{name:32}{1e3 * wall:8.1f}{1e3 * cpu:8.1f}", flush=True)

    whole = Rectangle(0, 0, WIDTH, HEIGHT)
    for name, shaded in tables_of().items():
        show(name, lambda: sensor_tables(with_list_2_applied(shaded), np.array([1.9, 1, 1.6]), whole))  # noqa: B023
    light = np.full((3, HEIGHT, WIDTH), 0.25, np.float32)
    frame = RawFrame(light, None, np.zeros((1, 1)), np.ones(1), whole, CameraColour(()))
    show("three colours, vignetting", lambda: apply_to_planes([VIGNETTE], light, (0, 0), (HEIGHT, WIDTH)))
    for name, warp in WARPS.items():
        plan = plan_of([warp], frame, whole)
        assert plan is not None
        strips = [(area, geometry.canvas(plan, area)) for area in AREAS]
        for _, canvas in strips:
            canvas.padded[:] = np.linspace(0, 1, canvas.padded.shape[2], dtype=np.float32)

        def planned_and_drawn(warp: Operation = warp, strips: list = strips) -> None:
            plan = plan_of([warp], frame, whole)
            assert plan is not None
            for area, canvas in strips:
                geometry.warped(plan, canvas, area)

        show(name, planned_and_drawn)
        show("  of which the plan", lambda: plan_of([warp], frame, whole))  # noqa: B023
    try:
        import cv2  # pyright: ignore[reportMissingImports]
    except ImportError:
        return
    cv2.setNumThreads(options.threads)
    plan = plan_of([WARPS["warp, planes share the map"]], frame, whole)
    assert plan is not None
    x, y = (part.astype(np.float32) for part in reference.positions(plan, 0))
    show("OpenCV remap, Lanczos4", lambda: [cv2.remap(p, x, y, cv2.INTER_LANCZOS4) for p in light])
    show("OpenCV remap, cubic", lambda: [cv2.remap(p, x, y, cv2.INTER_CUBIC) for p in light])


if __name__ == "__main__":
    main()
