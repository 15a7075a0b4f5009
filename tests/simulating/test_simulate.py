"""What a simulated sensor records, held to physics and to the DNG specification."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import colour
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
import tirage
from tirage.developing.lens_shading import shading_grid
from tirage.photo.errors import FileError, UsageError
from tirage.photo.frame import BAYER_PATTERNS, RawFrame
from tirage.photo.image import SceneImage
from tirage.photo.sensor import load_sensor
from tirage.simulating import ground_truth, simulate
from tirage.simulating.exposure import noise_at
from tirage.simulating.scene import demo_scene

PHONE, CAMERA = load_sensor("generic-phone"), load_sensor("generic-camera")
#: The sensor's clip in scene light: an 18 % grey lies at 10/78 of it (ISO 12232).
SENSOR_WHITE = 0.18 * 7.8
D65_XYZ, D50_XYZ = np.array([0.3127 / 0.3290, 1.0, 0.3583 / 0.3290]), np.array([0.9642, 1.0, 0.8249])


def flat(grey: float, height: int = 64, width: int = 96) -> SceneImage:
    return SceneImage(np.full((3, height, width), grey, np.float32), white=SENSOR_WHITE)


def sites(frame: RawFrame) -> dict[str, list[np.ndarray]]:
    """The linearised samples of each colour, one array per site of the 2x2."""
    light = (frame.mosaic - frame.black_level.mean()) / (frame.white_level[0] - frame.black_level.mean())
    found: dict[str, list[np.ndarray]] = {"R": [], "G": [], "B": []}
    assert frame.cfa is not None
    for site, letter in enumerate(frame.cfa):
        found[letter].append(light[site // 2 :: 2, site % 2 :: 2])
    return found


# Colour and geometry -------------------------------------------------------------------------------------------------


def sensor_response(linear_srgb: np.ndarray) -> np.ndarray:
    """What the camera's sensor answers to a colour, 1 = clip: DNG 1.7.1, chapter 6, through colour-science."""
    xyz = colour.RGB_COLOURSPACES["sRGB"].matrix_RGB_to_XYZ @ linear_srgb
    to_d50 = colour.adaptation.matrix_chromatic_adaptation_VonKries(D65_XYZ, D50_XYZ, transform="Bradford")
    balanced = np.linalg.inv(CAMERA.colour.illuminants[-1].forward_matrix) @ to_d50 @ xyz
    return balanced * CAMERA.daylight_neutral / SENSOR_WHITE


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("size", [(32, 48), (33, 48), (32, 47), (33, 47), (2, 2), (129, 65)])
@pytest.mark.parametrize("code", [(118, 118, 118), (200, 90, 60), (40, 110, 190), (90, 160, 70)])
def test_every_filter_sees_its_colour(cfa: str, size: tuple[int, int], code: tuple[int, int, int]) -> None:
    picture = np.full((*size, 3), code, np.uint8)
    frame = simulate(picture, sensor="generic-camera", noise=False, shading=False, cfa=cfa)
    assert frame.cfa == cfa and frame.mosaic.shape == size and frame.mosaic.dtype == np.uint16
    wanted = sensor_response(colour.cctf_decoding(np.array(code) / 255))
    for channel, letter in enumerate("RGB"):
        for samples in sites(frame)[letter]:
            np.testing.assert_allclose(samples, wanted[channel], atol=oracles.CAMERA_CODE)


def test_colours_outside_the_sensors_gamut_become_black_not_negative() -> None:
    scene = np.zeros((3, 8, 8), np.float32)
    scene[2] = 0.5  # Rec.2020 blue
    scene[0] = -0.1
    frame = simulate(SceneImage(scene, white=SENSOR_WHITE), noise=False, shading=False)
    assert frame.mosaic.min() == frame.black_level.min()
    assert ground_truth(SceneImage(scene, white=SENSOR_WHITE)).pixels.max() > 0.3


def test_the_truth_is_the_inverse_of_what_is_recorded() -> None:
    # Each quad of filters sees one colour, so the mosaic holds the whole answer.
    codes = np.random.default_rng(8).integers(0, 256, (20, 30, 3), dtype=np.uint8).repeat(2, 0).repeat(2, 1)
    frame = simulate(codes, sensor="generic-camera", noise=False, shading=False)
    found = sites(frame)
    sensor = np.stack([found["R"][0], found["G"][0], found["B"][0]])
    to_d65 = colour.adaptation.matrix_chromatic_adaptation_VonKries(D50_XYZ, D65_XYZ, transform="Bradford")
    matrix = colour.RGB_COLOURSPACES["ITU-R BT.2020"].matrix_XYZ_to_RGB @ to_d65
    matrix = matrix @ CAMERA.colour.illuminants[-1].forward_matrix @ np.diag(SENSOR_WHITE / CAMERA.daylight_neutral)
    back = np.einsum("ij,jyx->iyx", matrix, sensor)
    truth = ground_truth(codes, sensor="generic-camera").pixels[:, ::2, ::2]
    rounding = np.abs(matrix).sum(axis=1).max() * oracles.CAMERA_CODE
    np.testing.assert_allclose(back, truth, atol=rounding)


def test_the_truth_of_what_the_sensor_can_see_is_the_scene() -> None:
    codes = np.random.default_rng(9).integers(60, 200, (6, 8, 3), dtype=np.uint8)
    encoded = colour.RGB_to_RGB(codes / 255, "sRGB", "ITU-R BT.2020", "Bradford", True, False)
    truth = ground_truth(codes, exposure_stops=1.0)
    np.testing.assert_allclose(np.moveaxis(truth.pixels, 0, -1), 2 * encoded, atol=oracles.LIGHT_FLOAT32 * 4)
    assert truth.white == pytest.approx(SENSOR_WHITE, rel=1e-4)


@pytest.mark.parametrize("sensor", ["generic-phone", "generic-camera"])
def test_developing_gives_the_truth_back(sensor: str) -> None:
    y, x = np.mgrid[:96, :128] / 128
    smooth = np.stack([0.2 + 0.5 * x, 0.3 + 0.3 * y, 0.5 - 0.3 * x * y], axis=-1)
    picture = np.rint(smooth * 65535).astype(np.uint16)
    frame = simulate(picture, sensor=sensor, noise=False)
    assert len(frame.lens_shading) == 4
    scene, truth = tirage.develop(frame), ground_truth(picture, sensor=sensor)
    inner = np.s_[:, 4:-4, 4:-4]  # demosaicing has to guess at the border
    np.testing.assert_allclose(scene.pixels[inner], truth.pixels[inner], atol=oracles.DEVELOPED_SMOOTH[sensor])
    assert scene.white == truth.white


def test_it_comes_through_a_file(tmp_path: Path) -> None:
    scene = demo_scene(100, 140)
    frame = simulate(scene, iso=800, seed=4)
    back = tirage.read(tirage.write(frame, tmp_path / "a.dng"))
    assert np.array_equal(back.mosaic, frame.mosaic) and back.notes == ()
    assert np.array_equal(tirage.develop(back).pixels, tirage.develop(frame).pixels)
    assert (back.capture.make, back.capture.model, back.capture.iso) == ("tirage", "generic-phone", 800)


# Light ---------------------------------------------------------------------------------------------------------------


@given(st.floats(-6, 0))
@settings(max_examples=25)
def test_light_doubles_with_each_stop(stops: float) -> None:
    picture = np.random.default_rng(10).integers(0, 200, (16, 16, 3), dtype=np.uint8)
    dim, bright = (
        simulate(picture, sensor="generic-camera", noise=False, exposure_stops=stops + more).mosaic - 512.0
        for more in (-1, 0)
    )
    assert np.abs(bright - 2 * dim).max() <= 1.5 + 1e-3  # half a code, and twice half a code


@pytest.mark.parametrize("sensor, white", [("generic-phone", 1023), ("generic-camera", 16383)])
@pytest.mark.parametrize("noise", [False, True])
def test_too_much_light_is_white_level(sensor: str, white: int, noise: bool) -> None:
    for grey in (20.0, 1e30):
        frame = simulate(flat(grey), sensor=sensor, noise=noise, shading=False, iso=800)
        assert frame.white_level.tolist() == [white] and (frame.mosaic == white).all()


def test_the_sensor_clips_where_the_truth_says() -> None:
    assert ground_truth(flat(0.1)).white == pytest.approx(SENSOR_WHITE, rel=1e-4)
    for grey, clips in ((0.999 * SENSOR_WHITE, False), (1.001 * SENSOR_WHITE, True)):
        green = sites(simulate(flat(grey), sensor="generic-camera", noise=False, shading=False))["G"][0]
        assert (green == 1).all() == clips


def test_no_light_is_black_level() -> None:
    assert (simulate(flat(0.0), noise=False).mosaic == 64).all()


# Lens ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sensor", [PHONE, CAMERA], ids=lambda sensor: sensor.name)
@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
def test_the_lens_darkens_as_the_profile_states_and_by_cosine_fourth(sensor, cfa: str) -> None:
    height, width = 241, 321
    frame = simulate(flat(0.9, height, width), sensor=sensor.name, noise=False, cfa=cfa)
    even = sites(simulate(flat(0.9, height, width), sensor=sensor.name, noise=False, shading=False, cfa=cfa))
    shaded = sites(frame)
    code = 0.5 / (sensor.white_level - sensor.black_level)
    for site, letter in enumerate(cfa):
        index = [place for place, same in enumerate(cfa) if same == letter].index(site)
        stops = sensor.shading_stops["RGB".index(letter)]
        light, unshaded = shaded[letter][index], even[letter][index]
        row, column = np.arange(site // 2, height, 2) + 0.5, np.arange(site % 2, width, 2) + 0.5
        r_squared = (row[:, None] - height / 2) ** 2 + (column[None] - width / 2) ** 2
        r_squared /= (height / 2) ** 2 + (width / 2) ** 2
        tangent_squared = r_squared * (2 ** (stops / 2) - 1)
        cosine = 1 / np.sqrt(1 + tangent_squared)
        tolerance = oracles.SHADING_GRID + 2 * code / unshaded.min()
        np.testing.assert_allclose(light / unshaded, cosine**4, atol=tolerance)
        nearest_corner = light[np.unravel_index(np.argmax(r_squared), light.shape)] / light.max()
        assert np.log2(nearest_corner) == pytest.approx(-stops, abs=oracles.CORNER_STOPS)


@pytest.mark.parametrize("size", [(120, 160), (121, 161)])
def test_the_gain_maps_undo_it(size: tuple[int, int]) -> None:
    frame = simulate(flat(0.9, *size), sensor="generic-camera", noise=False)
    grid = shading_grid(frame)  # the developer's own reading of the maps
    rows, columns = np.arange(size[0]), np.arange(size[1])
    first = np.minimum(grid.position.astype(int), grid.gains.shape[2] - 2)
    share = (grid.position - first)[:, None]
    lines = grid.gains[..., first, :] * (1 - share) + grid.gains[..., first + 1, :] * share
    gains = lines[rows[:, None] % 2, columns[None] % 2, rows[:, None], columns[None]]
    assert gains.max() > 1.4
    light = (frame.mosaic - 512.0) * gains
    for samples in sites(replace(frame, mosaic=light, black_level=np.zeros((1, 1)))).values():
        for one in samples:
            np.testing.assert_allclose(one / one.mean(), 1, atol=2 * 0.5 * gains.max() / (0.4 * 0.64 * 15871))


def test_no_shading_means_no_maps() -> None:
    assert simulate(flat(0.5), shading=False).lens_shading == ()


# Noise ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sensor, iso", [("generic-phone", 100), ("generic-phone", 3200), ("generic-camera", 6400)])
@pytest.mark.parametrize("grey", [0.0, 0.004, 0.06, 0.4, 1.0])
def test_variance_grows_with_the_signal_as_the_profile_states(sensor: str, iso: int, grey: float) -> None:
    scene = flat(grey, 256, 256)
    frame = simulate(scene, sensor=sensor, iso=iso, seed=11, shading=False)
    quiet = sites(simulate(scene, sensor=sensor, noise=False, shading=False))
    profile = load_sensor(sensor)
    step = 1 / (profile.white_level - profile.black_level)
    _, scale, offset = next(row for row in profile.noise_per_iso if row[0] == iso)
    for letter, samples in sites(frame).items():
        for one, expected in zip(samples, quiet[letter], strict=True):
            count, signal = one.size, expected.mean()
            variance = scale * signal + offset + step**2 / 12
            # The variance of n samples' variance is (kurtosis - 1) / n; Poisson adds its 1 / mean to Gauss's 3.
            spread = np.sqrt((2 + scale / max(signal, scale)) / count)
            rounding = step / 2  # that of the quiet frame
            assert abs(one.mean() - signal) < oracles.SIGMAS * np.sqrt(variance / count) + rounding
            slack = oracles.SIGMAS * spread * variance + scale * rounding + oracles.NOISE_OF_A_STEP * step**2
            assert abs(one.var(ddof=1) - variance) < slack


def test_the_frame_states_its_noise_rounding_included() -> None:
    frame = simulate(flat(0.2), iso=400)
    step = 1 / (1023 - 64)
    _, scale, offset = PHONE.noise_per_iso[2]
    assert frame.noise_profile is not None
    np.testing.assert_allclose(frame.noise_profile, [[scale, offset + step**2 / 12]], rtol=1e-9)
    silent = simulate(flat(0.2), noise=False).noise_profile
    assert silent is not None
    np.testing.assert_allclose(silent, [[0, step**2 / 12]])


def test_neighbours_have_nothing_in_common() -> None:
    noise = sites(simulate(flat(0.3, 256, 256), iso=1600, shading=False))["G"][0]
    noise = noise - noise.mean()
    count = noise.size
    rows = 32  # of one strip, in this site's rows
    pairs = [(noise[:, 1:], noise[:, :-1]), (noise[1:], noise[:-1]), (noise[rows:], noise[:-rows])]
    for one, other in pairs:
        assert abs((one * other).mean()) < oracles.SIGMAS * noise.var() / np.sqrt(count * 0.8)


@given(st.floats(100, 12800))
def test_noise_between_the_rows_follows_the_iso(iso: float) -> None:
    scale, offset = noise_at(PHONE, iso)
    assert scale == pytest.approx(iso / 100 / 6600, rel=1e-4)  # photon noise: one electron's share of the full well
    rows = np.array(PHONE.noise_per_iso)
    below, above = rows[rows[:, 0] <= iso][-1], rows[rows[:, 0] >= iso][0]
    assert below[2] * (1 - 1e-9) <= offset <= above[2] * (1 + 1e-9)


def test_the_seed_decides_all() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (150, 40, 3), dtype=np.uint8)
    first = simulate(picture, iso=800, seed=7)
    assert np.array_equal(first.mosaic, simulate(picture, iso=800, seed=7).mosaic)
    other = simulate(picture, iso=800, seed=8)
    assert (first.mosaic != other.mosaic).mean() > 0.5
    assert np.array_equal(simulate(picture, noise=False, seed=7).mosaic, simulate(picture, noise=False, seed=8).mosaic)


# Requests that make no sense -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_, message",
    [
        ({"sensor": "generic-camra"}, "did you mean 'generic-camera'"),
        ({"iso": 50}, "ISO 50 is out of range.*100..12800"),
        ({"iso": 1e6}, "out of range"),
        ({"iso": float("nan")}, "ISO nan"),
        ({"iso": float("inf")}, "ISO inf"),
        ({"iso": -1, "noise": False}, "ISO -1"),
        ({"exposure_stops": float("nan")}, "exposure_stops"),
        ({"exposure_stops": float("inf")}, "exposure_stops"),
        ({"exposure_stops": 21}, "-20..20"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"cfa": "RGBG"}, "RGGB, GRBG, GBRG, BGGR"),
    ],
)
def test_a_wrong_request_is_refused_in_a_sentence(request_: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        simulate(flat(0.2), **request_)


def test_wrong_pictures_are_refused() -> None:
    for value in (np.nan, np.inf, -np.inf):
        for function in (simulate, ground_truth):
            with pytest.raises(UsageError, match="finite"):
                function(flat(value))
    with pytest.raises(FileError, match="missing"):
        simulate("missing.jpg")


# The scene -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(32, 32), (150, 200), (33, 97), (120, 70)])
def test_the_scene_can_be_any_size_and_is_always_the_same(size: tuple[int, int]) -> None:
    scene = demo_scene(*size)
    assert scene.pixels.shape == (3, *size) and scene.pixels.dtype == np.float32
    assert np.isfinite(scene.pixels).all() and scene.pixels.min() >= 0
    assert np.array_equal(scene.pixels, demo_scene(*size).pixels)


def test_the_scene_holds_what_a_developer_finds_hard() -> None:
    scene = demo_scene(600, 800)
    light = scene.pixels
    assert light.max() > 20 * scene.white, "a sun"
    frame = simulate(scene)
    clipped = (frame.mosaic == 1023).mean()
    assert 0.0005 < clipped < 0.05, "clipped, but not blown"
    assert 0.1 < np.median(light) < 0.4, "exposed for the middle tones"
    assert (light.max(axis=0) < 0.02).mean() > 0.01, "deep shadows"
    saturation = 1 - light.min(axis=0) / light.max(axis=0)
    assert (saturation > 0.8).mean() > 0.01, "strong colours"


def test_the_scene_is_larger_at_a_larger_size_not_another() -> None:
    small = demo_scene(150, 200).pixels
    large = demo_scene(600, 800).pixels.reshape(3, 150, 4, 200, 4).mean(axis=(2, 4))
    near = np.abs(np.log2((small + 0.05) / (large + 0.05))) < 0.5
    assert near.mean() > 0.9


def test_a_scene_too_small_is_refused() -> None:
    with pytest.raises(UsageError, match="32 x 32"):
        demo_scene(31, 400)
