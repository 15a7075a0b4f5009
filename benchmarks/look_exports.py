"""How near the exported files of a look come to the look: .cube, HaldCLUT and .dcp, on colours over the whole cube.

`python benchmarks/look_exports.py [--looks vivid,documentary]`. A picture of 10 000 colours without noise, recorded by
the simulated sensor, is developed (quality "fast": without local tone, and without sharpening) under the look; under
`faithful`, 16 bits, with the exported table applied by trilinear interpolation of another hand; and under `faithful`
with the exported profile. Printed are Delta E 2000 and codes of 255, in the middle, at 95 % and at most; of the .dcp
also for weak and for strong colours alone (channels less than 80, or more than 130 codes apart).
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path

import numpy as np
from look_drift import difference, trilinear, write_pointwise

import tirage
from tirage.exchanging import export_look, read_table_of
from tirage.finishing.look.load import load_look, shipped_looks

SIDE, PATCH = 100, 12
WEAK, STRONG = 80, 130


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--looks", help="names, separated by commas  [default: all that are shipped]")
    options = parser.parse_args()
    colours = np.random.default_rng(1).integers(8, 200, (SIDE, SIDE, 3)).astype(np.uint8)
    apart = np.ptp(colours.astype(int), axis=-1)
    raw = tirage.simulate(np.repeat(np.repeat(colours, PATCH, 0), PATCH, 1), noise=False)
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        plain = str(write_pointwise(load_look("faithful"), folder / "plain.toml"))
        faithful = shown(raw, plain)
        for name in options.looks.split(",") if options.looks else shipped_looks():
            wanted = shown(raw, str(write_pointwise(load_look(name), folder / f"{name}.toml")))
            for suffix, nodes in ((".cube", 33), (".cube", 65), (".png", None)):
                path = folder / f"{name}{suffix}"
                export_look(name, path, nodes=nodes)
                report(f"{name} {suffix} {nodes or ''}", trilinear(faithful, read_table_of(path)), wanted)
            dcp = folder / f"{name}.dcp"
            export_look(name, dcp, camera=raw)
            profiled = shown(raw, "faithful", str(dcp))
            report(f"{name} .dcp", profiled, wanted)
            for words, part in (("weak", apart < WEAK), ("strong", apart > STRONG)):
                report(f"{name} .dcp {words}", profiled[part][None], wanted[part][None])


def shown(raw: tirage.RawFrame, look: str, profile: str = "none") -> np.ndarray:
    """(SIDE, SIDE, 3), 0..1: the middle of every patch, 16 bits."""
    scene = dataclasses.replace(tirage.develop(raw, profile=profile, quality="fast"), blur_sigma_px=None)
    picture = tirage.finish(scene, look=look, bit_depth=16).pixels
    return picture[PATCH // 2 :: PATCH, PATCH // 2 :: PATCH][:SIDE, :SIDE] / 65535


def report(words: str, found: np.ndarray, wanted: np.ndarray) -> None:
    """A line."""
    codes = 255 * np.abs(found - wanted).max(axis=-1)
    figures = [
        f"{np.median(one):.2f} / {np.percentile(one, 95):.2f} / {one.max():.2f}"
        for one in (difference(found, wanted), codes)
    ]
    print(f"{words:28} Delta E {figures[0]:22} codes {figures[1]}", flush=True)


if __name__ == "__main__":
    main()
