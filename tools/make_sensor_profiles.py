"""Compute the colour of the generic sensors in src/tirage/sensors from measured spectral sensitivities.

    TIRAGE_DATA=path/to/data python tools/make_sensor_profiles.py

Sensitivities (mean of a few cameras of the class, each with its highest channel scaled to 1) and training reflectances
come from rawtoaces-data (Apache-2.0), expected in $TIRAGE_DATA/sensors/spectral. Illuminants and the CIE 1931
observer come from colour-science (BSD-3-Clause). Prints the noise, the daylight neutral and the two `[[illuminant]]`
tables of every sensor, ready for its file; a test holds the files to these numbers.

ColorMatrix: least squares from XYZ to camera over 190 reflectances under each illuminant, the illuminant itself exact.
ForwardMatrix: least squares from balanced camera to XYZ adapted to D50 (Bradford), white exact. DNG 1.7.1, chapter 6.
Noise: a pixel of `full_well_e` electrons at ISO 100 read with `read_noise_e` electrons before the gain and
`downstream_noise` (a share of the range) after it: scale = gain / full well, offset = (read noise * scale)^2 +
downstream^2. Generic figures of the class, not a measurement.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import colour
import numpy as np


@dataclass(frozen=True)
class Class:
    """A class of sensors: the cameras that stand for it, its highest ISO and its noise at ISO 100."""

    cameras: tuple[str, ...]
    highest_iso: int
    full_well_e: float
    read_noise_e: float
    downstream_noise: float


SENSORS = {
    "generic-phone": Class(
        ("Arashi_Vision_Insta360_X5", "Hasselblad_L1D-20c", "Sony_DSC-RX100M4"), 12800, 6600.0, 1.8, 3e-4
    ),
    "generic-camera": Class(("Canon_EOS_R5", "Nikon_Z_f", "Sony_ILCE-7M4"), 51200, 55000.0, 1.5, 4.5e-5),
}

#: Temperatures as DNG readers know the light-source codes 17 and 21.
ILLUMINANTS = {"A": 2850.0, "D65": 6500.0}
WAVELENGTHS = colour.SpectralShape(380, 780, 5)
D50_XYZ = np.array([0.9642, 1.0, 0.8249])  # the profile connection space of ICC.1 and DNG


def spectra(path: Path) -> np.ndarray:
    """The table of a rawtoaces-data file at 380, 385, ... 780 nm, (81, columns)."""
    table = json.loads(path.read_text())["spectral_data"]["data"]["main"]
    return np.array([table[str(wavelength)] for wavelength in range(380, 781, 5)], dtype=float)


def sensitivities(folder: Path, cameras: tuple[str, ...]) -> np.ndarray:
    """The mean sensitivity of `cameras`, (81, 3), each scaled to a highest value of 1."""
    curves = [spectra(folder / "camera" / f"{camera}_380_780_5.json") for camera in cameras]
    return np.mean([curve / curve.max() for curve in curves], axis=0)


def fit_exact_white(source: np.ndarray, target: np.ndarray, white: np.ndarray, image: np.ndarray) -> np.ndarray:
    """The (3, 3) M with M white = image of the least |M source - target| over (3, n) samples (Lagrange multiplier)."""
    inverse = np.linalg.inv(source @ source.T)
    free = target @ source.T @ inverse
    return free + np.outer(image - free @ white, inverse @ white) / (white @ inverse @ white)


def calibrate(folder: Path, cameras: tuple[str, ...], illuminant: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ColorMatrix, ForwardMatrix and the camera's response to the light (highest 1) under `illuminant`."""
    light = colour.SDS_ILLUMINANTS[illuminant].copy().align(WAVELENGTHS).values
    observer = colour.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"].copy().align(WAVELENGTHS).values
    camera = sensitivities(folder, cameras)
    reflectances = spectra(folder / "training" / "training_spectral.json")
    white_xyz, white_camera = light @ observer, light @ camera
    scale_camera = white_camera.max()
    xyz = observer.T @ (light[:, None] * reflectances) / white_xyz[1]
    response = camera.T @ (light[:, None] * reflectances) / scale_camera
    white_xyz, white_camera = white_xyz / white_xyz[1], white_camera / scale_camera
    to_d50 = colour.adaptation.matrix_chromatic_adaptation_VonKries(white_xyz, D50_XYZ, transform="Bradford")
    color_matrix = fit_exact_white(xyz, response, white_xyz, white_camera)
    forward = fit_exact_white(response / white_camera[:, None], to_d50 @ xyz, np.ones(3), D50_XYZ)
    return color_matrix, forward, white_camera


def noise(sensor: Class) -> list[tuple[int, float, float]]:
    """The (iso, scale, offset) rows of `sensor`, whole stops from ISO 100."""
    rows = []
    for stop in range(int(np.log2(sensor.highest_iso / 100)) + 1):
        scale = 2**stop / sensor.full_well_e
        rows.append((100 * 2**stop, scale, (sensor.read_noise_e * scale) ** 2 + sensor.downstream_noise**2))
    return rows


def profile_text(folder: Path, sensor: Class) -> str:
    """The computed part of a sensor file."""

    def rows(matrix: np.ndarray) -> str:
        return "[" + ", ".join("[" + ", ".join(f"{v:.6f}" for v in row) + "]" for row in matrix) + "]"

    lines = []
    for name, cct_kelvin in ILLUMINANTS.items():
        color_matrix, forward, neutral = calibrate(folder, sensor.cameras, name)
        lines += ["[[illuminant]]", f"cct_kelvin = {cct_kelvin:.1f}  # {name}"]
        lines += [f"color_matrix = {rows(color_matrix)}", f"forward_matrix = {rows(forward)}", ""]
    table = [f"    [{iso}, {scale:.4e}, {offset:.4e}]," for iso, scale, offset in noise(sensor)]
    lines = ["", *lines]
    return "\n".join(
        [
            "noise_per_iso = [",
            *table,
            "]",
            f"daylight_neutral = [{', '.join(f'{v:.6f}' for v in neutral)}]  # {name}",
            *lines,
        ]
    )


def main() -> None:
    """Print every sensor's colour."""
    data = os.environ.get("TIRAGE_DATA")
    if data is None:
        sys.exit("set TIRAGE_DATA to the folder that holds sensors/spectral")
    for name, sensor in SENSORS.items():
        print(f"# {name}\n{profile_text(Path(data) / 'sensors' / 'spectral' / 'data', sensor)}")


if __name__ == "__main__":
    main()
