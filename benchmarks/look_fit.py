"""Looks learned from pictures: how near on pictures that were held back, and how long it takes.

`python benchmarks/look_fit.py [--only grades,camera,time] [--grades film,faded] [--seeds 1] [--record]`

- grades: eight pictures before and after an edit -> `fit_look` -> .cube -> the other pictures, against the edit itself.
  As PNG; as JPEG at quality 90, some upright and all of other sizes; and in the worst of both, small JPEGs.
- camera: twelve simulated RAW files (ISO 100 to 800, exposures differ) with the JPEG of a known look: quality 90,
  shaded corners, a small crop; judged on nine RAW files more, developed under the learned and under the known look.
  (A look that shades corners itself loses that: nothing tells it from the lens.)
- time: twelve pairs of 12 megapixels, wall and processor time on the cores there are.

Pictures: photographs of the shared data (TIRAGE_DATA) where there are any, those that come with scikit-image where that
is installed, and drawn ones. Figures are Delta E 2000, in the middle and at 95 %, of all pixels held back.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

os.environ.setdefault("TIRAGE_THREADS", "2")

import numpy as np
from look_drift import DATA, difference, trilinear
from PIL import Image

import tirage
from tirage.colour.perception import from_oklab, oklab
from tirage.colour.transfer import srgb_decode, srgb_encode
from tirage.exchanging import export_look, read_table_of
from tirage.learning import fit_look, pairs_in, pairs_of
from tirage.simulating.scene import demo_scene

#: Reach and aim, each in the middle and at 95 %; seconds.
BOUNDS = {"grades": ((1.0, 3.0), (0.5, 1.5)), "camera": ((1.2, 3.5), (0.6, 2.0))}
TRAINING = {"grades": 8, "camera": 12}
HELD = 9
#: Photographs that come with scikit-image.
SHIPPED = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png")
Grade = Callable[[np.ndarray], np.ndarray]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="grades,camera,time", help="parts, separated by commas")
    parser.add_argument("--grades", default=",".join(GRADES), help="names, separated by commas")
    parser.add_argument("--forms", default=",".join(FORMS), help="names, separated by commas")
    parser.add_argument("--looks", default="lively,vivid,reversal,film,teal", help="of the camera; grades too")
    parser.add_argument("--seeds", type=int, default=1, help="how many ways of choosing which pictures are held back")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    figures: dict = {}
    with tempfile.TemporaryDirectory() as folder:
        if "grades" in options.only:
            for name, form, seed in _each(options.grades.split(","), options.forms.split(","), options.seeds):
                found = of_grade(name, form, seed, Path(folder))
                figures.setdefault(f"{name}, {form}", []).append(found)
                _print("grades", f"{name}, {form}", found)
        if "camera" in options.only:
            for name in options.looks.split(","):
                for seed in range(options.seeds):
                    figures[f"camera, {name}"] = found = of_camera(name, seed, Path(folder))
                    _print("camera", f"camera, {name}", found)
        if "time" in options.only:
            wall, cpu = seconds(Path(folder))
            figures["time"] = {"wall_s": round(wall, 1), "cpu_s": round(cpu, 1)}
            print(f"12 pairs of 12 megapixels: {wall:.1f} s, {cpu:.1f} CPU-s; reach 60 s, aim 20 s on two cores")
    if options.record:
        line = {"date": str(date.today()), "benchmark": "look_fit", "figures": figures}
        with Path(__file__).with_name("history.jsonl").open("a") as history:
            history.write(json.dumps(line) + "\n")


def _each(grades: list[str], forms: list[str], seeds: int) -> Iterator[tuple[str, str, int]]:
    for name in grades:
        for form in forms:
            for seed in range(seeds):
                yield name, form, seed


def _print(part: str, words: str, found: tuple[float, float, float, float]) -> None:
    """A line: what was reached on pictures held back, and what the fit says of itself."""
    reach, aim = BOUNDS[part]
    median, tail, *said = found
    holds = [word for word, bound in (("aim", aim), ("reach", reach)) if median <= bound[0] and tail <= bound[1]]
    word = holds[0] if holds else "NO"
    print(f"{words:28} {median:5.2f} / {tail:5.2f}  {word:6} (it says {said[0]:.2f} / {said[1]:.2f})", flush=True)


def photographs() -> list[np.ndarray]:
    """(H, W, 3) uint8 sRGB pictures of many kinds, at least as many as the camera's part needs."""
    files = [*sorted((DATA / "truth" / "kodak").glob("*.png")), *sorted((DATA / "truth" / "mcmaster").glob("*.tif"))]
    try:
        from skimage import data

        home = Path(data.__file__).parent
        files += [home / name for name in SHIPPED]
    except ImportError:
        pass
    pictures = [np.asarray(Image.open(file).convert("RGB")) for file in files if file.exists()]
    landscape = tirage.finish(demo_scene(1200, 1600)).pixels
    parts = [landscape[top : top + 600, left : left + 800] for top in (0, 600) for left in (0, 400, 800)]
    drawn = [*parts, *(drawing(seed) for seed in range(max(TRAINING["camera"] + HELD - len(pictures) - len(parts), 0)))]
    return [*pictures, *drawn]


def drawing(seed: int, height: int = 480, width: int = 640) -> np.ndarray:
    """Soft colours with forms at several scales."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for side, strength in ((3, 1.0), (8, 0.5), (24, 0.25), (60, 0.1)):
        for channel in range(3):
            plane = Image.fromarray((rng.normal(size=(side, side * width // height)) * strength).astype(np.float32))
            total[..., channel] += np.asarray(plane.resize((width, height), Image.Resampling.BICUBIC))
    return np.rint(255 / (1 + np.exp(-(total * 0.9 + total.mean(axis=2, keepdims=True) * 1.2)))).astype(np.uint8)


# The edits: encoded sRGB (..., 3), 0..1, to the same.


def film(colours: np.ndarray) -> np.ndarray:
    """Channels mixed in light, an S-curve of its own for each, hues that move."""
    light = srgb_decode(colours) * 1.3 @ np.array([[0.92, 0.03, 0.02], [0.06, 0.9, 0.1], [0.02, 0.07, 0.88]])
    stops = np.log2(light / 0.18 + 1e-4)
    shown = 0.02 + 0.94 / (1 + np.exp(-(stops * [1.25, 1.2, 1.1] * 0.9 + [0.1, 0.0, -0.15])))

    def turn(hue: np.ndarray) -> np.ndarray:
        return 0.15 * np.sin(hue - 1) + 0.1 * np.sin(2 * hue)

    return _turned(shown, turn, lambda hue: 1 + 0.25 * np.cos(hue))


def strong(colours: np.ndarray) -> np.ndarray:
    """Much contrast, clipping at both ends."""
    return np.clip(0.5 + 1.6 * (colours - 0.48), 0, 1)


def teal(colours: np.ndarray) -> np.ndarray:
    """Shadows to teal, highlights to orange."""
    luma = (colours @ [0.2126, 0.7152, 0.0722])[..., None]
    toned = np.array([-0.08, 0.02, 0.08]) * (1 - luma) + np.array([0.08, 0.01, -0.09]) * luma
    return np.clip(0.5 + 1.2 * (0.75 * colours + 0.25 * luma - 0.5) + toned, 0, 1)


def crossed(colours: np.ndarray) -> np.ndarray:
    """Slide film in the wrong bath: curves apart, blue turned about."""
    red, green, blue = np.moveaxis(colours, -1, 0)
    red = red + 0.16 * np.sin(2 * np.pi * (red - 0.5)) * 0.9
    green = green + 0.10 * np.sin(2 * np.pi * (green - 0.45)) * 0.9
    return np.clip(np.stack([red, green, 0.16 + 0.62 * blue], -1), 0, 1)


def faded(colours: np.ndarray) -> np.ndarray:
    """Black lifted, white dull, colours weak and warm."""
    luma = (colours @ [0.2126, 0.7152, 0.0722])[..., None]
    return 0.13 + 0.74 * (0.65 * colours + 0.35 * luma) * [1.03, 1.0, 0.94] + [0.01, 0.0, 0.02]


def almost_grey(colours: np.ndarray) -> np.ndarray:
    """A tenth of the colour is left, toned brown."""
    luma = (colours @ [0.4, 0.45, 0.15])[..., None]
    return np.clip((0.1 * colours + 0.9 * luma) ** 1.1 * [1.0, 0.96, 0.88], 0, 1)


def turned(colours: np.ndarray) -> np.ndarray:
    """All hues by 30 degrees, greens by more."""
    return _turned(colours, lambda hue: 0.52 + 0.3 * np.exp(-((hue - 2.3) ** 2) / 0.3), lambda hue: np.ones_like(hue))


def loud(colours: np.ndarray) -> np.ndarray:
    """Saturation by 1.6, what leaves sRGB clipped channel by channel."""
    return _turned(colours, np.zeros_like, lambda hue: np.full_like(hue, 1.6))


def selective(colours: np.ndarray) -> np.ndarray:
    """Blues dark and deep, oranges light, greens towards yellow and weak: as by hue sliders."""
    lab = oklab(srgb_decode(colours), "srgb")
    hue, chroma = np.arctan2(lab[..., 2], lab[..., 1]), np.hypot(lab[..., 1], lab[..., 2])

    def near(middle: float) -> np.ndarray:
        return np.exp(4 * (np.cos(hue - middle) - 1))

    lab[..., 0] += chroma * (0.5 * near(1.0) - 0.8 * near(-1.7))
    hue, chroma = hue - 0.35 * near(2.4), chroma * (1 - 0.5 * near(2.4) + 0.4 * near(-1.7))
    lab[..., 1], lab[..., 2] = chroma * np.cos(hue), chroma * np.sin(hue)
    return srgb_encode(np.clip(from_oklab(lab, "srgb"), 0, 1))


def bleached(colours: np.ndarray) -> np.ndarray:
    """Silver left in the print: half of the colour, laid over its own luma."""
    luma = (colours @ [0.2126, 0.7152, 0.0722])[..., None]
    over = np.where(luma < 0.5, 2 * colours * luma, 1 - 2 * (1 - colours) * (1 - luma))
    return np.clip(0.55 * over + 0.45 * (0.5 + 1.1 * (luma - 0.5)), 0, 1)


def split(colours: np.ndarray) -> np.ndarray:
    """Blue shadows and yellow highlights, strong, their luma kept, over a soft S."""
    curved = colours + 0.06 * np.sin(2 * np.pi * (colours - 0.5))
    luma = (curved @ [0.2126, 0.7152, 0.0722])[..., None]
    tint = np.array([-0.10, 0.0, 0.16]) * (1 - luma) ** 2 + np.array([0.08, 0.02, -0.18]) * luma**2
    return np.clip(curved + tint - (tint @ [0.2126, 0.7152, 0.0722])[..., None], 0, 1)


def black_white(colours: np.ndarray) -> np.ndarray:
    """Black and white behind a red filter, hard."""
    luma = (colours @ [0.9, 0.25, -0.15])[..., None]
    return np.clip(0.5 + 1.35 * (np.repeat(luma, 3, axis=-1) - 0.45), 0, 1)


def dented(colours: np.ndarray) -> np.ndarray:
    """Tone that falls a little from 0.6 to 0.7, which no table learned here does, and reds that lose their light."""
    curved = np.interp(colours, [0, 0.25, 0.6, 0.7, 1], [0, 0.3, 0.62, 0.6, 1])
    red = np.clip(colours[..., :1] - colours[..., 1:].max(axis=-1, keepdims=True), 0, 1)
    return np.clip(curved * (1 - 0.4 * red), 0, 1)


def _turned(encoded: np.ndarray, turn: Callable, gain: Callable) -> np.ndarray:
    """Hues turned and colourfulness scaled, both by hue, in Oklab; clipped."""
    lab = oklab(srgb_decode(np.clip(encoded, 0, 1)), "srgb")
    hue, chroma = np.arctan2(lab[..., 2], lab[..., 1]), np.hypot(lab[..., 1], lab[..., 2])
    hue, chroma = hue + turn(hue), chroma * gain(hue)
    lab[..., 1], lab[..., 2] = chroma * np.cos(hue), chroma * np.sin(hue)
    return srgb_encode(np.clip(from_oklab(lab, "srgb"), 0, 1))


def published(colours: np.ndarray) -> np.ndarray:
    """A table of the shared data."""
    return np.clip(trilinear(np.atleast_3d(colours), read_table_of(DATA / "looks" / "LUT01.cube")), 0, 1)


GRADES: dict[str, Grade] = {
    "film": film, "strong": strong, "teal": teal, "crossed": crossed, "faded": faded,
    "almost_grey": almost_grey, "turned": turned, "loud": loud, "selective": selective, "bleached": bleached,
    "split": split, "black_white": black_white, "dented": dented,
}  # fmt: skip
if (DATA / "looks" / "LUT01.cube").exists():
    GRADES["published"] = published


def graded(picture: np.ndarray, grade: Grade) -> np.ndarray:
    """(H, W, 3) uint8 of a picture uint8."""
    return np.rint(255 * grade(picture / 255)).astype(np.uint8)


def _png(before: np.ndarray, grade: Grade, stem: Path, number: int) -> tuple[Path, Path]:
    """Equal to the pixel."""
    return _saved(before, f"{stem}.png"), _saved(graded(before, grade), f"{stem}_after.png")


def _jpeg(before: np.ndarray, grade: Grade, stem: Path, number: int) -> tuple[Path, Path]:
    """Both JPEGs, every third upright, all of other sizes; the later picture is a little smaller and cropped."""
    before = np.rot90(before) if number % 3 == 1 else before
    side = (1.0, 0.8, 0.6)[number % 3]
    before = _scaled(before, side)
    before_file = _saved(before, f"{stem}.jpg", quality=92)
    after = graded(before, grade)
    if number % 2:
        after = _scaled(after[6:-4, 3:-9], 0.9)
    return before_file, _saved(after, f"{stem}_after.jpg", quality=90)


def _small(before: np.ndarray, grade: Grade, stem: Path, number: int) -> tuple[Path, Path]:
    """JPEGs of 320 pixels, the later one at quality 80 with its colour at half the resolution."""
    before = _scaled(before, 320 / max(before.shape))
    before_file = _saved(before, f"{stem}.jpg", quality=90)
    return before_file, _saved(graded(before, grade), f"{stem}_after.jpg", quality=80, subsampling=2)


FORMS = {"png": _png, "jpeg": _jpeg, "small": _small}


def _saved(picture: np.ndarray, path: str | Path, **options: Any) -> Path:
    Image.fromarray(np.ascontiguousarray(picture)).save(path, **options)
    return Path(path)


def _scaled(picture: np.ndarray, share: float) -> np.ndarray:
    if share == 1:
        return picture
    size = round(picture.shape[1] * share), round(picture.shape[0] * share)
    return np.asarray(Image.fromarray(np.ascontiguousarray(picture)).resize(size, Image.Resampling.LANCZOS))


def of_grade(name: str, form: str, seed: int, folder: Path) -> tuple[float, float, float, float]:
    """In the middle and at 95 % on pictures held back, and what the fit says of itself."""
    pictures = photographs()
    order = np.random.default_rng(seed).permutation(len(pictures))
    chosen, held = order[: TRAINING["grades"]], order[TRAINING["grades"] :]
    files = [
        path
        for number, index in enumerate(chosen)
        for path in FORMS[form](pictures[index], GRADES[name], folder / f"{name}_{form}_{number}", number)
    ]
    look, cube = folder / f"{name}.toml", folder / f"{name}.cube"
    found = fit_look(pairs_of(files), look)
    export_look(str(look), cube)
    table = read_table_of(cube)
    parts = [pictures[index].reshape(-1, 3)[::3] for index in held]
    off = [difference(trilinear(part[None] / 255, table), graded(part[None], GRADES[name]) / 255) for part in parts]
    together = np.concatenate(off)
    return float(np.median(together)), float(np.percentile(together, 95)), found.median, found.tail


def of_camera(name: str, seed: int, folder: Path) -> tuple[float, float, float, float]:
    """The same for a camera whose JPEGs have the look, or on a faithful rendering the grade, `name`."""
    pictures = photographs()
    rng = np.random.default_rng(100 + seed)
    shots = folder / f"shots_{name}_{seed}"
    shots.mkdir()
    order = rng.permutation(len(pictures))[: TRAINING["camera"] + HELD]
    look, off = folder / f"camera_{name}.toml", []
    found = None
    for number, index in enumerate(order):
        iso, stops = int(rng.choice([100, 200, 400, 800])), float(rng.uniform(-0.4, 0.3))
        raw = tirage.simulate(pictures[index], iso=iso, seed=number, exposure_stops=stops)
        shown = _of_known(raw, name)
        if number < TRAINING["camera"]:
            tirage.write(raw, shots / f"IMG_{number}.dng")
            _saved(_shaded(shown)[7:-5, 9:-11], shots / f"IMG_{number}.jpg", quality=90)
            continue
        if found is None:
            found = fit_look(pairs_in(shots)[0], look)
        learned = tirage.photograph(raw, look=str(look)).pixels
        off.append(difference(learned[::2, ::2] / 255, shown[::2, ::2] / 255))
    together = np.concatenate(off)
    assert found is not None
    return float(np.median(together)), float(np.percentile(together, 95)), found.median, found.tail


def _of_known(raw: tirage.RawFrame, name: str) -> np.ndarray:
    if name in GRADES:
        return graded(tirage.photograph(raw).pixels, GRADES[name])
    return tirage.photograph(raw, look=name).pixels


def _shaded(picture: np.ndarray) -> np.ndarray:
    """`picture` with 0.6 stops less light in its corners."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    square = ((x - width / 2) ** 2 + (y - height / 2) ** 2) / (width**2 / 4 + height**2 / 4)
    light = srgb_decode(picture / 255) * 2 ** (-0.4 * square - 0.2 * square**2)[..., None]
    return np.rint(255 * srgb_encode(light)).astype(np.uint8)


def seconds(folder: Path) -> tuple[float, float]:
    """Wall and processor time of learning from twelve pairs of 12 megapixels."""
    shots = folder / "large"
    shots.mkdir()
    raw = tirage.simulate(demo_scene(3000, 4000), iso=200)
    tirage.write(raw, shots / "0.dng")
    tirage.photograph(raw, look="lively", output=shots / "0.jpg", jpeg_quality=90)
    for number in range(1, 12):
        for suffix in ("dng", "jpg"):
            shutil.copy(shots / f"0.{suffix}", shots / f"{number}.{suffix}")
    wall, cpu = time.perf_counter(), time.process_time()
    fit_look(pairs_in(shots)[0], folder / "large.toml")
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
