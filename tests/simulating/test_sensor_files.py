"""The sensors that come with tirage, and the reader of sensor files."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import colour
import numpy as np
import pytest

import oracles
from conftest import ROOT
from tirage.photo.errors import FileError, UsageError
from tirage.photo.sensor import SENSORS_FOLDER, load_sensor, sensor_from_mapping, sensor_names

D65_XYZ = np.array([0.3127 / 0.3290, 1.0, 0.3583 / 0.3290])


def table(name: str = "generic-phone") -> dict[str, Any]:
    return tomllib.loads((SENSORS_FOLDER / f"{name}.toml").read_text())


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("profiles", ROOT / "tools" / "make_sensor_profiles.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["profiles"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sensor_names())
def test_every_file_is_a_sensor_that_contradicts_itself_nowhere(name: str) -> None:
    sensor = load_sensor(name)
    assert sensor.name == name and sensor.licence
    daylight = sensor.colour.illuminants[-1]
    neutral = daylight.color_matrix @ D65_XYZ
    np.testing.assert_allclose(neutral / neutral.max(), sensor.daylight_neutral, atol=oracles.D65_FIVE_DIGITS)
    for illuminant in sensor.colour.illuminants:
        assert illuminant.forward_matrix is not None
        np.testing.assert_allclose(illuminant.forward_matrix @ np.ones(3), [0.9642, 1.0, 0.8249], atol=2e-6)


def test_the_tool_makes_the_same_numbers(shared_data: Path, tool: ModuleType) -> None:
    folder = shared_data / "sensors" / "spectral" / "data"
    assert set(tool.SENSORS) == set(sensor_names())
    for name, sensor in tool.SENSORS.items():
        computed, shipped = tomllib.loads(tool.profile_text(folder, sensor)), table(name)
        for key in ("daylight_neutral", "noise_per_iso"):
            np.testing.assert_allclose(computed[key], shipped[key], atol=2e-6)
        for ours, theirs in zip(computed["illuminant"], shipped["illuminant"], strict=True):
            for key in ("cct_kelvin", "color_matrix", "forward_matrix"):
                np.testing.assert_allclose(ours[key], theirs[key], atol=2e-6)


@pytest.mark.parametrize("name", sensor_names())
def test_the_matrices_see_a_colour_checker_as_people_do(name: str, shared_data: Path, tool: ModuleType) -> None:
    camera = tool.sensitivities(shared_data / "sensors" / "spectral" / "data", tool.SENSORS[name].cameras)
    patches = colour.SDS_COLOURCHECKERS["BabelColor Average"].values()
    reflectances = np.stack([patch.copy().align(tool.WAVELENGTHS).values for patch in patches], axis=1)
    light = colour.SDS_ILLUMINANTS["D65"].copy().align(tool.WAVELENGTHS).values
    observer = colour.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"].copy().align(tool.WAVELENGTHS).values
    seen = (observer.T @ (light[:, None] * reflectances)) / (light @ observer)[1]
    response = (camera.T @ (light[:, None] * reflectances)) / (light @ camera)[:, None]
    forward = load_sensor(name).colour.illuminants[-1].forward_matrix
    d50 = np.array([0.9642, 1.0, 0.8249])
    to_d50 = colour.adaptation.matrix_chromatic_adaptation_VonKries(D65_XYZ, d50, transform="Bradford")
    white = colour.XYZ_to_xy(d50)
    lab = [colour.XYZ_to_Lab(xyz.T, white) for xyz in (to_d50 @ seen, forward @ response)]
    difference = colour.delta_E(*lab, method="CIE 2000")
    assert difference.mean() < oracles.SENSOR_DELTA_E and difference.max() < 3 * oracles.SENSOR_DELTA_E


def test_a_sensor_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text((SENSORS_FOLDER / "generic-camera.toml").read_text().replace("generic-camera", "mine"))
    assert load_sensor(path).name == load_sensor(str(path)).name == "mine"


@pytest.mark.parametrize(
    "change, message",
    [
        ({"schema": 2}, "schema must be 1"),
        ({"name": ""}, "name must be a text"),
        ({"licence": 3}, "licence must be a text"),
        ({"cfa": "RGBG"}, "cfa must be one of"),
        ({"blak_level": 3}, "did you mean 'black_level'"),
        ({"black_level": 1023}, "black_level < white_level"),
        ({"white_level": 1022.5}, "whole"),
        ({"white_level": float("nan")}, "white_level must be a finite number"),
        ({"white_level": float("inf")}, "white_level must be a finite number"),
        ({"white_level": "high"}, "white_level must be a finite number"),
        ({"white_level": 70000}, "65535"),
        ({"shading_stops": [1, 2]}, "shading_stops must be 3 finite numbers"),
        ({"shading_stops": [1, 2, 9]}, "shading_stops is out of range"),
        ({"noise_per_iso": [[100, 1e-4]]}, "noise_per_iso must be n x 3 finite numbers"),
        ({"noise_per_iso": [[200, 1e-4, 0], [100, 1e-4, 0]]}, "ascending"),
        ({"noise_per_iso": [[100, -1e-4, 0]]}, "noise_per_iso is out of range"),
        ({"daylight_neutral": [0, 1, 1]}, "daylight_neutral is out of range"),
        ({"daylight_neutral": None}, "daylight_neutral must be 3 finite numbers"),
        ({"illuminant": []}, "one to three"),
        ({"illuminant": [{"cct_kelvin": 5000, "color_matrix": [[1, 0, 0]] * 3}]}, "inverted"),
        ({"illuminant": [{"cct_kelvin": 5000, "color_matrix": [[1, 0], [0, 1]]}]}, "3 x 3"),
        ({"illuminant": [{"cct_kelvin": 10, "color_matrix": np.eye(3).tolist()}]}, "cct_kelvin is out of range"),
        ({"illuminant": [{"cct_kelvins": 5000}]}, "did you mean 'cct_kelvin'"),
        ({"illuminant": ["D65"]}, "illuminant 1"),
    ],
)
def test_a_file_that_breaks_the_schema_is_refused_in_a_sentence(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        sensor_from_mapping({**table(), **change}, "sensor file x.toml")
    assert str(caught.value).startswith("sensor file x.toml")


def test_names_and_files_that_are_not_there() -> None:
    with pytest.raises(UsageError, match="did you mean 'generic-phone'"):
        load_sensor("generic-fone")
    with pytest.raises(FileError, match="can't read"):
        load_sensor("nowhere/mine.toml")


def test_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    for content in (b"name = ", b"\xff\xfe\0"):
        (tmp_path / "a.toml").write_bytes(content)
        with pytest.raises(UsageError, match="isn't valid TOML"):
            load_sensor(tmp_path / "a.toml")
