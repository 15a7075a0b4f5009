"""The peers: other people's demosaicing and denoising, those that are installed.

Demosaicing takes an RGGB mosaic (H, W) of display-encoded values or of light, nominally 0..1, and gives (3, H, W).
Denoising takes demosaiced light (3, H, W) with noise of variance scale x + offset before it was demosaiced.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tirage.colour.transfer import srgb_decode, srgb_encode

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from dng_maker import make_dng  # noqa: E402  (a DNG writer that is not tirage's own)

Demosaic = Callable[[np.ndarray], np.ndarray]
Denoise = Callable[[np.ndarray, float, float], np.ndarray]

#: Module -> name of the distribution.
LIBRARIES = {
    "colour_demosaicing": "colour-demosaicing",
    "rawpy": "rawpy",
    "cv2": "opencv-python-headless",
    "bm3d": "bm3d",
    "skimage": "scikit-image",
}

#: Demosaicing makes noise coarser, so that what comes after it must think it stronger than the sensor's (Jin,
#: Facciolo & Morel 2020, "A review of an old dilemma: demosaicking first, or denoising first?"). By how much suits
#: each peer best was tried out on these pictures: 1, 1.5 and 2.
_BM3D_STRENGTH, _MEANS_STRENGTH = 2.0, 1.25

_LIBRAW = ("LINEAR", "VNG", "PPG", "AHD", "DCB", "DHT", "AAHD")


def missing() -> list[str]:
    """Distributions that the tables do without."""
    return [name for module, name in LIBRARIES.items() if not installed(module)]


def installed(module: str) -> bool:
    """Whether a library is there and loads."""
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def demosaics() -> dict[str, Demosaic]:
    """Every peer's demosaicing by name."""
    result: dict[str, Demosaic] = {}
    if installed("colour_demosaicing"):
        import colour_demosaicing as peer

        for name, function in (
            ("bilinear", peer.demosaicing_CFA_Bayer_bilinear),
            ("Malvar 2004", peer.demosaicing_CFA_Bayer_Malvar2004),
            ("Menon 2007", peer.demosaicing_CFA_Bayer_Menon2007),
        ):
            result[f"colour-demosaicing {name}"] = lambda mosaic, function=function: np.moveaxis(
                function(mosaic.astype(np.float64), "RGGB"), -1, 0
            )
    if installed("rawpy"):
        for name in _LIBRAW:
            result[f"LibRaw {name}"] = lambda mosaic, name=name: libraw(mosaic, name)
    if installed("cv2"):
        import cv2

        for name, code, depth in (
            ("bilinear", cv2.COLOR_BayerRGGB2RGB, np.uint16),
            ("VNG", cv2.COLOR_BayerRGGB2RGB_VNG, np.uint8),
            ("edge-aware", cv2.COLOR_BayerRGGB2RGB_EA, np.uint16),
        ):
            result[f"OpenCV {name}"] = lambda mosaic, code=code, depth=depth: _of_whole_numbers(
                cv2.cvtColor(_whole_numbers(mosaic, depth), code)
            )
    return result


def _whole_numbers(mosaic: np.ndarray, depth: type) -> np.ndarray:
    white = np.iinfo(depth).max
    return np.clip(np.rint(mosaic * white), 0, white).astype(depth)


def _of_whole_numbers(colours: np.ndarray) -> np.ndarray:
    return np.moveaxis(colours, -1, 0) / np.float32(np.iinfo(colours.dtype).max)


def libraw(mosaic: np.ndarray, algorithm: str) -> np.ndarray:
    """LibRaw's demosaicing of a DNG without colours of its own: no white balance, no matrix, no curve."""
    import rawpy

    plain = {50714: (4, 0), 50717: (4, 65535), 50728: (5, (1.0, 1.0, 1.0))}
    with tempfile.TemporaryDirectory() as folder:
        path = make_dng(Path(folder) / "mosaic.dng", _whole_numbers(mosaic, np.uint16), tags=plain)
        with rawpy.imread(str(path)) as raw:
            colours = raw.postprocess(
                demosaic_algorithm=rawpy.DemosaicAlgorithm[algorithm],
                output_color=rawpy.ColorSpace.raw,  # type: ignore[attr-defined]
                user_wb=[1.0, 1.0, 1.0, 1.0],
                gamma=(1, 1),
                no_auto_bright=True,
                adjust_maximum_thr=0.0,
                user_flip=0,
                output_bps=16,
            )
    return _of_whole_numbers(colours)


def denoises() -> dict[str, Denoise]:
    """Every peer's denoising by name; the noise is known to all of them."""
    result: dict[str, Denoise] = {}
    if installed("bm3d"):
        result["CBM3D (bm3d)"] = bm3d
    if installed("skimage"):
        result["non-local means (scikit-image)"] = scikit_image_means
    if installed("cv2"):
        result["non-local means (OpenCV)"] = opencv_means
    return result


def _stabilised(light: np.ndarray, scale: float, offset: float) -> np.ndarray:
    """The generalised Anscombe transform: noise of the sensor's pixels to unit variance; (H, W, 3)."""
    root = np.sqrt(np.maximum(scale * light + 0.375 * scale**2 + offset, 0))
    return np.moveaxis(2 / scale * root, 0, -1)


def _light(stable: np.ndarray, scale: float, offset: float) -> np.ndarray:
    """Its closed-form unbiased inverse: Makitalo & Foi (2013)."""
    d = np.maximum(np.moveaxis(stable, -1, 0), 2 * np.sqrt(0.375 + offset / scale**2))
    root = np.sqrt(1.5)
    counts = d * d / 4 + root / (4 * d) - 11 / (8 * d**2) + 5 * root / (8 * d**3) - 1 / 8 - offset / scale**2
    return scale * np.maximum(counts, 0)


def bm3d(light: np.ndarray, scale: float, offset: float) -> np.ndarray:
    """CBM3D on stabilised light."""
    import bm3d as peer

    stable = _stabilised(light, scale, offset)
    span = float(stable.max())
    return _light(peer.bm3d_rgb(stable / span, _BM3D_STRENGTH / span) * span, scale, offset)


def scikit_image_means(light: np.ndarray, scale: float, offset: float) -> np.ndarray:
    """Non-local means on stabilised light."""
    from skimage.restoration import denoise_nl_means

    stable = _stabilised(light, scale, offset).astype(np.float32)
    options = {"patch_size": 5, "patch_distance": 6, "channel_axis": -1, "fast_mode": True}
    clean = denoise_nl_means(stable, h=0.7 * _MEANS_STRENGTH, sigma=1.0, **options)
    return _light(clean.astype(np.float64), scale, offset)


def opencv_means(light: np.ndarray, scale: float, offset: float) -> np.ndarray:
    """OpenCV's coloured non-local means, of 8-bit pictures; h is the noise at grey in codes: twice is worse."""
    import cv2

    codes = np.clip(np.rint(255 * srgb_encode(np.clip(light, 0, 1))), 0, 255).astype(np.uint8)
    deviation = float(371 * np.sqrt(0.18 * scale + offset))  # 371 codes: the slope of the sRGB curve at grey
    clean = cv2.fastNlMeansDenoisingColored(np.ascontiguousarray(np.moveaxis(codes, 0, -1)), None, deviation, deviation)
    return srgb_decode(np.moveaxis(clean, -1, 0) / 255)
