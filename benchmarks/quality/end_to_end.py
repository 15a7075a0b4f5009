"""A RAW frame with noise, developed and seen through the plain sRGB curve: PSNR against the picture it was made of.

The frame is of an ideal camera that sees linear sRGB, so that no matrix changes the noise; its clip lies half a stop
over the picture's white, as `simulate` has it; 14 bits. The noise profile says the truth, and every peer knows it too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

import tirage
from tirage.colour.spaces import rgb_to_rgb, xyz_to_rgb
from tirage.colour.transfer import srgb_decode, srgb_encode
from tirage.photo.frame import CameraColour, Illuminant, RawFrame, Rectangle
from tirage.photo.image import GREY_OFFSET_STOPS

from .peers import Denoise, denoises
from .pictures import mosaicked, pictures, psnr
from .report import Row, Table, over_best_peer

#: Scale and offset of the variance, in parts of the picture's white.
LEVELS = ((5e-4, 5e-6), (2e-3, 2e-5), (8e-3, 8e-5))
REACH, AIM = (33.5, 32.3, 29.9), (34.0, 32.8, 30.4)

BLACK, WHITE = 512.0, 16383.0
HEADROOM = 2.0**GREY_OFFSET_STOPS

#: How many crops, of which side, the denoising peers are given: CBM3D takes a minute for a whole frame.
CROPS, CROP = 3, 192

CAMERA = CameraColour((Illuminant(6500.0, xyz_to_rgb("srgb")),))

#: A way from a frame, and the scale and offset of its noise in parts of the picture's white, to display values.
Way = Callable[[RawFrame, float, float], np.ndarray]


def exposed(picture: np.ndarray, scale: float, offset: float, seed: int) -> RawFrame:
    """The frame that the camera records of a display-encoded picture (3, H, W)."""
    light = mosaicked(srgb_decode(picture.astype(np.float64)))
    random = np.random.default_rng(seed)
    noisy = scale * random.poisson(light / scale) + random.normal(0, np.sqrt(offset), light.shape)
    stored = np.clip(np.rint(noisy / HEADROOM * (WHITE - BLACK) + BLACK), 0, WHITE)
    return RawFrame(
        mosaic=stored.astype(np.uint16),
        cfa="RGGB",
        black_level=np.full((1, 1), BLACK),
        white_level=np.array([WHITE]),
        default_crop=Rectangle(0, 0, light.shape[1], light.shape[0]),
        colour=CAMERA,
        as_shot_neutral=np.ones(3),
        noise_profile=np.array([[scale / HEADROOM, offset / HEADROOM**2]]),
    )


def developed(frame: RawFrame, **choices) -> np.ndarray:
    """Display values (3, H, W) of `tirage.develop`, by the sRGB curve and nothing else."""
    scene = tirage.develop(frame, **choices).pixels
    return srgb_encode(np.clip(np.einsum("ij,jhw->ihw", rgb_to_rgb("rec2020", "srgb"), scene), 0, 1))


def _light(frame: RawFrame) -> np.ndarray:
    return (frame.mosaic.astype(np.float32) - np.float32(BLACK)) * np.float32(HEADROOM / (WHITE - BLACK))


def menon(frame: RawFrame) -> np.ndarray:
    """Light (3, H, W) by Menon (2007), in linear light as the issue's figures are."""
    return tirage.demosaic(_light(frame), "RGGB", "menon2007")


def menon_encoded(frame: RawFrame) -> np.ndarray:
    """The same on display values, which suits it better."""
    return srgb_decode(tirage.demosaic(srgb_encode(_light(frame)), "RGGB", "menon2007"))


def _shown(light: np.ndarray) -> np.ndarray:
    return srgb_encode(np.clip(light, 0, 1))


def own_ways() -> dict[str, Way]:
    """tirage's qualities with their defaults, and what one of them owes to what."""
    result: dict[str, Way] = {
        f"tirage {quality}": lambda frame, *_, quality=quality: developed(frame, quality=quality)
        for quality in ("balanced", "best")
    }
    result["tirage best, noise unknown"] = lambda frame, *_: developed(
        replace(frame, noise_profile=None), quality="best"
    )
    result["tirage best, denoise 0"] = lambda frame, *_: developed(frame, quality="best", denoise=0.0)
    return result


def peer_ways(denoises: dict[str, Denoise]) -> dict[str, Way]:
    """Menon alone, and every peer's denoising after Menon."""
    result: dict[str, Way] = {}
    for start, demosaic in (("Menon", menon), ("Menon on encoded light", menon_encoded)):
        result[f"{start} alone"] = lambda frame, *_, demosaic=demosaic: _shown(demosaic(frame))
        for name, denoise in denoises.items():
            result[f"{name} after {start}"] = lambda frame, *noise, demosaic=demosaic, denoise=denoise: _shown(
                denoise(demosaic(frame), *noise)
            )
    return result


def _table(
    title: str, chosen: list[np.ndarray], contenders: dict[str, Way], notes: list[str], bounded: tuple[str, ...] = ()
) -> Table:
    means: dict[str, list[float]] = {name: [] for name in contenders}
    for scale, offset in LEVELS:
        scores: dict[str, list[float]] = {name: [] for name in contenders}
        for number, picture in enumerate(chosen):
            frame = exposed(picture, scale, offset, number)
            for name, way in contenders.items():
                scores[name].append(psnr(picture, way(frame, scale, offset)))
        for name, values in scores.items():
            means[name].append(float(np.mean(values)))
    rows = [Row(name, values, *((REACH, AIM) if name in bounded else (None, None))) for name, values in means.items()]
    rows.append(over_best_peer("tirage best", means))
    return Table(title, [f"a = {scale:g}" for scale, _ in LEVELS], rows, notes=notes)


def _middle(picture: np.ndarray) -> np.ndarray:
    top, left = ((side - CROP) // 4 * 2 for side in picture.shape[1:])
    return picture[:, top : top + CROP, left : left + CROP]


def tables(count: int | None) -> list[Table]:
    """Table 3: whole frames, and small crops with denoising peers, of which one takes a minute a frame."""
    whole = pictures("kodak", count)
    crops = [_middle(picture) for picture in whole[:: max(len(whole) // CROPS, 1)]]
    return [
        _table(
            "End to end, RAW with noise to sRGB, PSNR in dB: Kodak, whole frames",
            whole,
            own_ways() | peer_ways({}),
            ["Where the bounds were set Menon alone has 31.7, 28.9 and 24.5, nearly as here."],
            bounded=("tirage balanced", "tirage best"),
        ),
        _table(
            f"The same, the middle {CROP} x {CROP} pixels of {len(crops)} frames, with denoising peers",
            crops,
            own_ways() | peer_ways(denoises()),
            ["Peers know the noise, as tirage does unless its row says otherwise."],
        ),
    ]
