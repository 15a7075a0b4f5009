"""Times of the stages at 12 MP on two threads, beside peers that are timed on less and scaled up."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
from timing import best

import tirage
from tirage.developing import development
from tirage.developing.demosaic import learned
from tirage.developing.denoise import denoise
from tirage.developing.highlights import find_clipping, rebuild
from tirage.developing.white_balance import multipliers, neutral_for
from tirage.finishing import finish as finishing
from tirage.finishing.local_tone import NO_LOCAL_TONE, local_tone_map
from tirage.kernels.call import Placed, library, run
from tirage.photo.frame import RawFrame, Rectangle
from tirage.photo.recipe import Recipe
from tirage.simulating.scene import demo_scene

from .peers import demosaics, denoises
from .report import Row, Table

HEIGHT, WIDTH, THREADS, ISO = 3000, 4000, 2, 1600
LOOK = "lively"  #: the shipped look with the most local tone

#: Wall seconds: reach, aim.
BOUNDS = {
    "demosaic, one pass": (0.25, 0.18),
    "demosaic, two passes": (0.40, 0.30),
    "denoise": (0.50, 0.30),
    "local tone": (0.20, 0.12),
}

#: Side of the square that a peer is timed on, and the peers that are slow on purpose.
PEER_SIDE, SLOW_PEER_SIDE = 1024, 256

Times = tuple[float, float]


def _demosaics(mosaic: np.ndarray, rounds: int) -> dict[str, Times]:
    target = np.empty((3, HEIGHT, WIDTH), np.float32)
    origin = [mosaic, np.int32(0), np.int32(0)]
    calls: dict[str, list[Any]] = {
        "demosaic, malvar2004": ["demosaic_malvar2004", *origin],
        "demosaic, menon2007": ["demosaic_menon2007", *origin],
        "demosaic, one pass": ["demosaic_learned_one_pass", *origin, *learned.arguments("learned_one_pass", 0.02)],
        "demosaic, two passes": ["demosaic_learned", *origin, *learned.arguments("learned", 0.02)],
    }
    return {name: best(lambda call=call: run(*call, target), rounds) for name, call in calls.items()}


def _highlights(frame: RawFrame, rounds: int) -> dict[str, Times]:
    """Finding what is clipped and rebuilding it: in the frame as it is, with half of it white, all of it white."""
    gains = multipliers(neutral_for(frame, "as-shot"))
    result = {}
    for name, columns in (("as drawn", 0), ("half white", WIDTH // 2), ("all white", WIDTH)):
        mosaic = frame.mosaic.copy()
        mosaic[:, :columns] = frame.white_level[0]
        part = replace(frame, mosaic=mosaic)

        def both(part: RawFrame = part) -> None:
            clipping = find_clipping(part, gains)
            if clipping is not None:
                rebuild(part, gains, clipping)

        result[f"highlights, {name}"] = best(both, rounds)
    return result


def _local_tone(frame: RawFrame, rounds: int) -> Times:
    """The proxy, its coefficients, and what applying them adds to the finishing graph."""
    plan = development.prepare(frame, Recipe(quality="fast"))
    finish = finishing.prepare(Recipe(look=LOOK), plan.white, WIDTH, HEIGHT, None, plan.proxy)
    whole = Rectangle(0, 0, WIDTH, HEIGHT)
    scene = Placed(plan.scene(whole), (0, 0, 0))
    amounts = finish.look.local_tone
    decided = best(lambda: local_tone_map(amounts, plan.proxy(), 1.0, plan.white), rounds)
    with_it = best(lambda: finish.display(scene, whole, 8), rounds)
    plain = replace(finish, local_tone=NO_LOCAL_TONE)
    without = best(lambda: plain.display(scene, whole, 8), rounds)
    wall, cpu = (a + max(b - c, 0) for a, b, c in zip(decided, with_it, without, strict=True))
    return wall, cpu


def _peers(frame: RawFrame) -> dict[str, Times]:
    mosaic = (frame.mosaic / frame.white_level[0]).astype(np.float32)
    result: dict[str, Times] = {}
    scaled = HEIGHT * WIDTH / PEER_SIDE**2
    part = np.ascontiguousarray(mosaic[:PEER_SIDE, :PEER_SIDE])
    for name, method in demosaics().items():
        wall, cpu = best(lambda method=method: method(part), 2)
        result[name] = wall * scaled, cpu * scaled
    for name, method in denoises().items():
        side = SLOW_PEER_SIDE if "bm3d" in name else PEER_SIDE // 2
        light = tirage.demosaic(part[:side, :side])
        wall, cpu = best(lambda method=method, light=light: method(light, 2e-3, 2e-5), 1)
        result[name] = wall * HEIGHT * WIDTH / side**2, cpu * HEIGHT * WIDTH / side**2
    return result


def table(rounds: int) -> Table:
    """Table 4; bounds are of wall time."""
    library().set_threads(THREADS)
    frame = tirage.simulate(demo_scene(HEIGHT, WIDTH), iso=ISO)
    times = _demosaics((frame.mosaic / frame.white_level[0]).astype(np.float32), rounds)
    times["denoise"] = best(lambda: denoise(frame), rounds)
    times |= _highlights(frame, rounds)
    times["local tone"] = _local_tone(frame, rounds)
    rows = []
    for name, (wall, cpu) in times.items():
        reach, aim = ((bound,) for bound in BOUNDS[name]) if name in BOUNDS else (None, None)
        rows.append(Row(f"tirage {name}", [wall, cpu], reach, aim))
    rows += [Row(name, [wall, cpu]) for name, (wall, cpu) in _peers(frame).items()]
    notes = [
        f"{library().isa}, {THREADS} threads, load average {os.getloadavg()[0]:.1f}: a busy machine spoils wall times;",
        "tables of a noise profile are made anew in every call of denoise;",
        f"peers: {PEER_SIDE} x {PEER_SIDE} pixels or fewer, scaled to 12 MP, with as many threads as they take.",
    ]
    return Table("Time at 12 MP, seconds", ["wall", "CPU"], rows, digits=3, less_is_better=True, notes=notes)
