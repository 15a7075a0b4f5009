"""Grain: its spectrum, its strength by Selwyn's law, one of its own in every photograph, the same every time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tirage
from oracles import GRAIN_AGAINST_REFERENCE, GRAIN_SIZE, GRAIN_STRENGTH
from tirage.finishing import finish as finishing
from tirage.finishing.grain import NO_GRAIN, Grain, density_deviation, grain, seed_of
from tirage.finishing.grain.reference import grain_noise
from tirage.finishing.sharpen import NO_SHARPENING
from tirage.kernels.call import Placed
from tirage.photo.frame import Capture, Metadata, Rectangle
from tirage.photo.image import SceneImage
from tirage.photo.look import Film
from tirage.photo.recipe import Recipe


def shown(given: Grain, height: int, width: int, light: float = 0.18, area: Rectangle | None = None) -> np.ndarray:
    """What `given` adds to an even grey, of 1, (H, W)."""
    area = area or Rectangle(0, 0, width, height)
    plan = replace(finishing.prepare(Recipe(), 1.404, width, height), sharpening=NO_SHARPENING)
    scene = Placed(np.full((3, area.height, area.width), light, np.float32), (0, area.top, area.left))
    pixels = [replace(plan, grain=one).display(scene, area, 16).astype(float) / 65535 for one in (given, NO_GRAIN)]
    assert np.ptp(pixels[0], axis=-1).max() < 1e-9
    return (pixels[0] - pixels[1])[..., 1]


def radial_spectrum(noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in cycles per pixel, and the mean power there, of square `noise`."""
    size = len(noise)
    power = np.abs(np.fft.fft2(noise - noise.mean())) ** 2
    axis = np.fft.fftfreq(size)
    radius = np.hypot(axis[:, None], axis)
    bins = np.arange(1, 64) / 128
    place = np.digitize(radius.ravel(), bins)
    mean = np.bincount(place, power.ravel(), minlength=64) / np.maximum(np.bincount(place, minlength=64), 1)
    return (bins[:-1] + bins[1:]) / 2, mean[1:63]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 30), st.integers(1, 70), st.integers(40, 8192), st.integers(0, 2**32 - 1), st.integers(0, 900))
def test_the_kernel_equals_the_reference(height: int, width: int, step: int, seed: int, top: int) -> None:
    area = Rectangle(13, top, width, height)
    given = Grain(np.array([4000, 0, 0, 0, 0], np.int16), step, seed)
    found = shown(given, top + height, 13 + width, area=area) * 65535 / 2
    expected = 4000 * grain_noise(height, width, step, seed, top, 13)
    assert np.abs(found - expected).max() < GRAIN_AGAINST_REFERENCE


@pytest.mark.parametrize("grain_um", [18.0, 30.0, 60.0])
def test_the_spectrum_is_that_of_its_stated_size(grain_um: float) -> None:
    """On 36 mm over 6000 pixels, 6 um each: power falls to half at 0.44 / size, with the pixel's own aperture."""
    given = grain(Film(granularity=20.0, grain_um=grain_um), 6000, 5)
    noise = shown(given, 1024, 1024)
    frequency, power = radial_spectrum(noise)
    slope = np.polyfit(frequency[:40] ** 2, np.log(power[:40]), 1, w=power[:40] / power[0])[0]
    deviation_px = np.sqrt(-slope) / (2 * np.pi)  # power = exp(-(2 pi f s)^2)
    own = np.sqrt(deviation_px**2 - 1 / 12)
    assert 2 * np.sqrt(4 * np.log(2)) * own * 6.0 == pytest.approx(grain_um, rel=GRAIN_SIZE)
    half = np.interp(-0.5, -power / np.median(power[:3]), frequency) / 6.0  # cycles per um
    assert half == pytest.approx(0.44 / grain_um, rel=0.12)


@pytest.mark.parametrize(("grain_um", "longer"), [(8.0, 4000), (12.0, 6000), (30.0, 4000)])
def test_seen_through_48_um_it_has_the_stated_deviation(grain_um: float, longer: int) -> None:
    film = Film(granularity=10.0, grain_um=grain_um, shadows=1.0, highlights=1.0)
    noise = shown(grain(film, longer, 9), 1500, 1500)
    density = noise / 0.4614 / (np.log(10) / 2.2)  # of encoded grey, its exponent about 2.2
    assert density.std() == pytest.approx(density_deviation(film, longer), rel=GRAIN_STRENGTH)
    pixel_um = 36000 / longer
    radius = 24 / pixel_um
    axis = np.fft.fftfreq(1500) * 1500
    hole = (np.hypot(axis[:, None], axis) <= radius).astype(float)
    through = np.fft.ifft2(np.fft.fft2(density) * np.fft.fft2(hole / hole.sum())).real
    assert 1000 * through.std() == pytest.approx(10.0, rel=0.15)  # the disc of whole pixels itself is off by 5 %


def test_it_follows_luma() -> None:
    film = Film(granularity=15.0, grain_um=12.0, shadows=0.4, highlights=0.2)
    deviation = [shown(grain(film, 4000, 3), 200, 200, light).std() for light in (0.0, 0.02, 0.18, 0.6)]
    assert deviation[0] < 1e-6 and deviation[1] < deviation[2] and deviation[3] < deviation[2]


def test_it_never_repeats_and_has_no_direction() -> None:
    noise = shown(grain(Film(granularity=20.0, grain_um=20.0), 4000, 1), 1024, 1024)
    spectrum = np.abs(np.fft.fft2(noise)) ** 2
    correlation = np.fft.ifft2(spectrum).real / spectrum.mean()
    far = correlation.copy()
    for rows in (np.s_[:12], np.s_[-12:]):
        for columns in (np.s_[:12], np.s_[-12:]):
            far[rows, columns] = 0
    assert np.abs(far).max() < 0.02
    assert correlation[0, 2] == pytest.approx(correlation[2, 0], abs=0.02)
    assert abs(noise.mean()) < 0.02 * noise.std()


def _scene(capture: Capture) -> SceneImage:
    return SceneImage(np.full((3, 60, 80), 0.18, np.float32), white=1.404, capture=capture)


def test_a_photograph_has_its_own_grain_every_time() -> None:
    first = Capture(make="A", model="B", time=dt.datetime(2026, 1, 2, 3, 4, 5), exposure_s=0.01, iso=100)
    second = replace(first, time=dt.datetime(2026, 1, 2, 3, 4, 6))
    one, again, other = (
        tirage.finish(_scene(capture), look="panchromatic", bit_depth=16).pixels for capture in (first, first, second)
    )
    np.testing.assert_array_equal(one, again)
    assert (one != other).mean() > 0.5
    tagged = Metadata(exif={42016: "042"})  # the image's own number
    assert seed_of(first, Metadata()) != seed_of(first, tagged) == seed_of(first, tagged)


def test_a_raw_file_and_its_jpeg_have_one_seed() -> None:
    frame = Capture(make="A", time=dt.datetime(2026, 1, 1, 12, 0, 0, 500_000), exposure_s=1 / 30, iso=100)
    times = Metadata(exif={36867: "2026:01:01 12:00:00", 37521: "5"})
    assert seed_of(frame, Metadata()) == seed_of(replace(frame, iso=100.0), times)


@pytest.mark.parametrize(
    "film", [Film(granularity=50.0, grain_um=2.0, frame_mm=5.0), Film(granularity=50.0, grain_um=100.0)]
)
@pytest.mark.parametrize("longer", [1, 100, 65000])
def test_any_film_and_any_size_give_bounded_noise(film: Film, longer: int) -> None:
    given = grain(replace(film, frame_mm=5.0), longer, 1)
    assert 1 <= given.step <= 8192
    noise = shown(given, 20, 30)
    assert np.isfinite(noise).all() and np.abs(noise).max() < 0.55


def test_no_granularity_is_no_grain() -> None:
    assert grain(Film(), 4000, 7) is NO_GRAIN
