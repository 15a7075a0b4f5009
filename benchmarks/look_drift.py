"""No drift: one scene under each look from RAW, from a burst, from a camera's JPEG and through the exported .cube.

`python benchmarks/look_drift.py [--looks documentary,lively] [--scenes 2] [--photos A.dng,B.dng] [--jpeg 92,4:2:0]
[--record]`. For every look, Delta E 2000 (in the middle, and at 95 %) between the RAW file's picture and:
- burst: six handheld frames of the scene, merged (of `--photos`, the file itself: there is no burst);
- JPEG: the scene's picture under `faithful`, as a camera's finest JPEG (quality 95, colour at half the width), given
  the look; `codec` is what that JPEG itself is off from the picture it was made of, before any look: no look can be
  nearer, and one with more contrast or colour than `faithful` makes it more;
- .cube: the exported table on the picture under `faithful`, 16 bits, by trilinear interpolation of another hand;
- JPEG against .cube: what the two make of one picture.
The scenes: the drawn landscape and, where the shared data (TIRAGE_DATA) are, photographs of the Kodak set; noise of
ISO 100. Looks differ by area (local tone, corner shading, clarity) and by grain too, which no table of colours holds.
The column `pointwise` is the .cube against the RAW file's picture with those parts of the look left out.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
from PIL import Image

import tirage
from tirage.colour.perception import cie_lab, delta_e_2000
from tirage.colour.spaces import rgb_to_xyz
from tirage.colour.transfer import srgb_decode
from tirage.exchanging import export_look, read_table_of
from tirage.finishing.look.load import load_look, shipped_looks
from tirage.finishing.look.page import look_file
from tirage.photo.look import Film, Look, Optics, Presence
from tirage.reading.picture import read_picture
from tirage.simulating.burst import simulate_burst
from tirage.simulating.scene import demo_scene

REACH, AIM = 1.5, 0.8
#: Pixels of a picture that are compared.
MOST = 1_000_000
COLUMNS = ("burst", "JPEG", ".cube", "JPEG against .cube", "pointwise", "codec")
DATA = Path(os.environ.get("TIRAGE_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--looks", help="names, separated by commas  [default: all that are shipped]")
    parser.add_argument("--scenes", type=int, default=2, help="how many, the drawn one first")
    parser.add_argument("--photos", help="RAW files instead of the scenes, separated by commas")
    parser.add_argument("--jpeg", default="95,4:2:2", help="quality and subsampling of the camera's JPEG")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    looks = options.looks.split(",") if options.looks else shipped_looks()
    rows: dict[str, list[np.ndarray]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for sources in sources_of(options):
            camera = camera_jpeg(sources["raw"], Path(folder), options.jpeg)
            for name in looks:
                found = drift(name, sources, camera, Path(folder))
                known = rows.get(name, [np.empty(0)] * len(found))
                rows[name] = [np.concatenate(pair) for pair in zip(known, found, strict=True)]
    figures = {
        name: [[round(float(np.percentile(one, share)), 2) for share in (50, 95)] for one in found]
        for name, found in rows.items()
    }
    print(f"Delta E 2000, middle / 95 %; reach {REACH}, aim {AIM} in the middle")
    print(f"{'look':13}" + "".join(f"{column:>20}" for column in COLUMNS))
    for name, found in figures.items():
        print(f"{name:13}" + "".join(f"{f'{middle:.2f} / {end:.2f}':>20}" for middle, end in found))
    worst = max((found[n][0], name, COLUMNS[n]) for name, found in figures.items() for n in range(4))
    print(f"worst in the middle: {worst[1]}, {worst[2]}: {worst[0]:.2f}")
    if options.record:
        line = {"date": str(date.today()), "benchmark": "look_drift", "columns": COLUMNS, "figures": figures}
        with Path(__file__).with_name("history.jsonl").open("a") as history:
            history.write(json.dumps(line) + "\n")


def scenes(count: int) -> list:
    """The drawn landscape, and photographs where there are any."""
    files = sorted((DATA / "truth" / "kodak").glob("*.png"))
    return [demo_scene(600, 800), *files][:count]


def sources_of(options: argparse.Namespace) -> Iterator[dict[str, tirage.RawFrame]]:
    """A frame of each scene, and a burst of it, merged."""
    if options.photos:
        for path in options.photos.split(","):
            raw = tirage.read(path)
            yield {"raw": raw, "burst": raw}
        return
    for scene in scenes(options.scenes):
        frames = list(simulate_burst(scene, frames=6, iso=100, seed=1))
        yield {"raw": frames[0], "burst": tirage.merge(frames, reference=0)}


def camera_jpeg(raw: tirage.RawFrame, folder: Path, form: str) -> Path:
    """The picture of `raw` under `faithful` as a camera writes it, the facts of the shot with it."""
    path, own = folder / "camera.jpg", folder / "own.jpg"
    quality, subsampling = form.split(",")
    picture = tirage.photograph(raw, look="faithful", output=own)
    with Image.open(own) as written:
        Image.fromarray(picture.pixels).save(
            path, quality=int(quality), subsampling=subsampling, exif=written.info["exif"]
        )
    return path


def drift(name: str, sources: dict[str, tirage.RawFrame], camera: Path, folder: Path) -> list[np.ndarray]:
    """Delta E of pixels, all of a small picture, for each of COLUMNS."""
    raw, burst = sources["raw"], sources["burst"]
    shown = tirage.photograph(raw, look=name).pixels
    part = shown
    if burst is not raw:
        kept = burst.default_crop  # what every frame shows
        left, top = kept.left - raw.default_crop.left, kept.top - raw.default_crop.top
        part = shown[top : top + kept.height, left : left + kept.width]
    plain_picture = tirage.photograph(raw, look="faithful").pixels
    jpeg = tirage.photograph(camera, look=name).pixels
    cube = folder / f"{name}.cube"
    export_look(name, cube)
    table = read_table_of(cube)
    faithful = deep(raw)
    baked = trilinear(faithful / 65535, table)
    plain = folder / "plain.toml"
    write_pointwise(load_look(name), plain)
    flat = deep(raw, str(plain)) / 65535
    same = trilinear(deep(raw, str(write_pointwise(load_look("faithful"), folder / "faithful.toml"))) / 65535, table)
    return [
        difference(part / 255, tirage.photograph(burst, look=name).pixels / 255),
        difference(shown / 255, jpeg / 255),
        difference(shown / 255, baked),
        difference(jpeg / 255, baked),
        difference(flat, same),
        difference(plain_picture / 255, read_picture(camera).pixels / 255),
    ]


def deep(raw: tirage.RawFrame, look: str = "faithful") -> np.ndarray:
    """The picture under `look`, 16 bits."""
    return tirage.finish(tirage.develop(raw), look=look, bit_depth=16).pixels


def write_pointwise(look: Look, path: Path) -> Path:
    """`look` without what a table of colours can't hold, in the file at `path`."""
    kept = dataclasses.replace(
        look,
        local_tone=type(look.local_tone)(),
        presence=Presence(sharpening=0.0),
        optics=Optics(),
        film=Film(),
    )
    stated = {key: getattr(look, key) for key in ("name", "version", "author", "licence", "description")}
    path.write_text(look_file(kept, stated))
    return path


def trilinear(colours: np.ndarray, table: np.ndarray) -> np.ndarray:
    """`colours` (H, W, 3) through `table`, as most programs do it."""
    nodes = len(table)
    place = colours.reshape(-1, 3) * (nodes - 1)
    first = np.minimum(place.astype(int), nodes - 2)
    rest = place - first
    result = np.zeros_like(place)
    for corner in np.ndindex(2, 2, 2):
        r, g, b = (first + corner).T
        result += table[b, g, r] * np.prod(np.where(corner, rest, 1 - rest), axis=1)[:, None]
    return result.reshape(colours.shape)


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Delta E 2000 of pixels of encoded sRGB pictures 0..1: of every one, but of a large picture a million at most."""
    matrix = rgb_to_xyz("srgb")
    stride = -(-one.size // (3 * MOST))
    lab = [cie_lab(srgb_decode(part.reshape(-1, 3)[::stride]) @ matrix.T, matrix.sum(axis=1)) for part in (one, other)]
    return delta_e_2000(*lab)


if __name__ == "__main__":
    main()
