"""What looks cost: processor time of finishing 12 megapixels to 8 bits, plain and with all that a look may ask for.

python benchmarks/looks.py
"""

from __future__ import annotations

import os
import time
from dataclasses import replace

os.environ.setdefault("TIRAGE_THREADS", "2")

import numpy as np

from tirage.colour.spaces import luminance_weights
from tirage.finishing import finish as finishing
from tirage.finishing.finish import Finish
from tirage.finishing.grain import grain
from tirage.finishing.local_tone import local_tone_map
from tirage.finishing.look.load import load_look
from tirage.finishing.texture import texture
from tirage.kernels.call import Placed
from tirage.photo.frame import Rectangle
from tirage.photo.look import Film, LocalTone
from tirage.photo.proxy import Proxy, cell_means
from tirage.photo.recipe import Recipe

HEIGHT, WIDTH, WHITE, REPEATS = 3000, 4000, 1.404, 8


def cost_ms(plan: Finish, scene: np.ndarray) -> float:
    """Least processor time of a finishing, in ms."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        plan.display(Placed(scene, (0, 0, 0)), Rectangle(0, 0, WIDTH, HEIGHT), 8)
        best = min(best, time.process_time() - start)
    return 1000 * best


def main() -> None:
    generator = np.random.default_rng(1)
    scene = (0.18 * 2.0 ** generator.normal(0, 1, (3, HEIGHT, WIDTH))).astype(np.float32)
    proxy = Proxy(cell_means(scene, luminance_weights("rec2020")))

    def under(look: str) -> Finish:
        return finishing.prepare(Recipe(look=look), WHITE, WIDTH, HEIGHT)

    plain = cost_ms(under("faithful"), scene)
    print(f"faithful without local tone: {plain:.0f} CPU-ms")
    for name in ("verdant", "mono-hard", "cyanotype"):
        whole = replace(under(name), texture=under("faithful").texture, grain=under("faithful").grain)
        print(f"{name}, its pointwise part: {cost_ms(whole, scene) - plain:+.0f} CPU-ms")
    start = time.process_time()
    clarity = local_tone_map(LocalTone(), proxy, 1.0, WHITE, 0.5)
    decided = 1000 * (time.process_time() - start)
    flat = replace(under("faithful"), sharpening=under("faithful").sharpening)
    detail = texture(0.5, np.array([0.0, 65535.0]), np.array([200.0, 300.0]))
    film = grain(Film(granularity=10.0), WIDTH, 1)
    for words, plan, more in (
        ("texture", replace(flat, texture=detail), 0.0),
        ("grain", replace(flat, grain=film), 0.0),
        ("clarity", replace(flat, local_tone=clarity), decided),
        ("texture + clarity + grain", replace(flat, texture=detail, grain=film, local_tone=clarity), decided),
    ):
        print(f"{words}: {cost_ms(plan, scene) - plain + more:+.0f} CPU-ms, half of it on two cores")
    names = ("faithful", "documentary", "verdant")
    from tirage.finishing.look import compile as compiling

    for name in names:
        compiling._compiled.cache_clear()
        start = time.process_time()
        compiling.compile_look(load_look(name), WHITE, "srgb")
        print(f"tables of {name}: {1000 * (time.process_time() - start):.0f} CPU-ms, once")


if __name__ == "__main__":
    main()
