"""Bursts found among files: by what their tags say, on files and on shots made up."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tirage
from tirage.photo.frame import Capture
from tirage.reading.bursts import ImageSequence, Shot, grouped, look_at, not_merged
from tirage.simulating.scene import demo_scene

NOON = dt.datetime(2026, 1, 1, 12, 0, 0, 250_000)


def shot(name: str, after_s: float, **changes: Any) -> Shot:
    facts = {"make": "Atelier", "model": "Chambre", "exposure_s": 0.02, "f_number": 1.8, "iso": 800.0}
    facts |= {"focal_length_mm": 4.2, "time": NOON + dt.timedelta(seconds=after_s)}
    size = changes.pop("size", (4000, 3000))
    return Shot(Path(name), Capture(**{**facts, **changes}), size)


def names(shots: list[Shot]) -> list[list[str]]:
    return [[str(shot.path) for shot in burst] for burst in grouped(shots)]


def test_shots_in_quick_succession_are_a_burst() -> None:
    shots = [shot("a", 0), shot("b", 0.1), shot("c", 0.2), shot("d", 5), shot("e", 9), shot("f", 9.4)]
    assert names(shots) == [["a", "b", "c"], ["d"], ["e", "f"]]
    for order in itertools.islice(itertools.permutations(shots), 0, 720, 97):
        assert sorted(names(list(order))) == [["a", "b", "c"], ["d"], ["e", "f"]]


def test_long_exposures_are_waited_for() -> None:
    assert names([shot("a", 0, exposure_s=2.0), shot("b", 2.2, exposure_s=2.0)]) == [["a", "b"]]
    assert names([shot("a", 0, exposure_s=0.5), shot("b", 2.2, exposure_s=2.0)]) == [["a"], ["b"]]


def test_a_bracket_is_a_burst() -> None:
    shots = [shot(str(stops), index / 10, exposure_s=2.0**stops / 30) for index, stops in enumerate((-2, 0, 2))]
    assert names(shots) == [["-2", "0", "2"]]
    assert len(grouped([shot("a", 0, exposure_s=1 / 8000), shot("b", 0.1, exposure_s=1 / 4)])) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"model": "Autre"},
        {"make": "Personne"},
        {"lens": "85 mm"},
        {"f_number": 8.0},
        {"focal_length_mm": 7.0},
        {"size": (3000, 4000)},
        {"time": None},
    ],
)
def test_what_another_camera_or_setting_took_is_not(other: dict[str, Any]) -> None:
    assert names([shot("a", 0), shot("b", 0.1, **other)]) == [["a"], ["b"]]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf"), -float("inf")])
def test_a_time_or_iso_that_cant_be_counts_as_unknown(value: float) -> None:
    for field in ("exposure_s", "iso"):
        shots = [shot("a", 0, **{field: value}), shot("b", 0.2, **{field: value}), shot("c", 5)]
        assert names(shots) == [["a", "b"], ["c"]]


def test_two_cameras_at_once_are_two_bursts() -> None:
    shots = [shot(f"{model}{index}", index / 10, model=model) for index in range(3) for model in "ab"]
    assert names(shots) == [["a0", "a1", "a2"], ["b0", "b1", "b2"]]


def test_files_that_count_in_seconds_are_a_burst_within_one() -> None:
    whole = [shot(name, 0) for name in "abc"]
    times = (0, 0, 1)
    coarse = [
        replace(one, capture=replace(one.capture, time=dt.datetime(2026, 1, 1, 12, 0, second)))
        for one, second in zip(whole, times, strict=True)
    ]
    assert len(grouped(coarse)) == 1
    assert (
        len(
            grouped(
                [
                    coarse[0],
                    replace(coarse[2], capture=replace(coarse[2].capture, time=dt.datetime(2026, 1, 1, 12, 0, 2))),
                ]
            )
        )
        == 2
    )


def test_a_sequence_goes_before_time() -> None:
    def member(name: str, after_s: float, index: int, kind: str = "Burst", identity: str = "1") -> Shot:
        return replace(shot(name, after_s), sequence=ImageSequence(identity, kind, index, 3))

    shots = [
        member("c", 60, 2),
        shot("x", 30.1),
        member("a", 0, 0),
        member("b", 30, 1),
        member("y", 0.1, 0, identity="2"),
    ]
    assert names(shots) == [["a", "b", "c"], ["x"], ["y"]]
    for kind in ("Focus Bracket", "Panorama", "time-lapse"):
        others = [member(name, index / 10, index, kind) for index, name in enumerate("abc")]
        assert names(others) == [["a"], ["b"], ["c"]] and not_merged(others) == {kind: 3}


def test_what_was_merged_of_a_burst_is_none_of_its_frames() -> None:
    made = replace(shot("a-merged", 0), is_merge=True)
    assert sorted(names([shot("a", 0), made, shot("b", 0.1), shot("c", 0.2)])) == [["a", "b", "c"], ["a-merged"]]
    sequence = ImageSequence("1", "Burst", 0, 2)
    shots = [replace(one, sequence=sequence) for one in (shot("a", 0), made, shot("b", 0.1))]
    assert sorted(names(shots)) == [["a", "b"], ["a-merged"]]


def test_every_shot_is_in_one_burst_whatever_is_known() -> None:
    random.seed(3)
    shots = [
        shot(
            str(index), random.uniform(0, 20), **random.choice([{}, {"time": None}, {"exposure_s": None, "iso": None}])
        )
        for index in range(200)
    ]
    found = [one for burst in names(shots) for one in burst]
    assert sorted(found, key=int) == [str(index) for index in range(200)]


# Files ---------------------------------------------------------------------------------------------------------------


def test_files_of_a_burst_are_found_among_others(tmp_path: Path) -> None:
    burst = tirage.simulate_burst(demo_scene(64, 80), frames=3, exposure_steps=(0, -2, 2))
    paths = [tirage.write(frame, tmp_path / f"{index}.dng") for index, frame in enumerate(burst)]
    single = burst.frame(0)
    later = replace(single, capture=replace(single.capture, time=dt.datetime(2026, 1, 2)))
    paths.append(tirage.write(later, tmp_path / "later.dng"))
    (tmp_path / "broken.dng").write_bytes(paths[0].read_bytes()[:300])
    paths += [tmp_path / "broken.dng", tmp_path / "absent.dng"]
    found = grouped([look_at(path) for path in paths])
    assert [[shot.path.name for shot in one] for one in found] == [
        ["0.dng", "1.dng", "2.dng"],
        ["later.dng"],
        ["broken.dng"],
        ["absent.dng"],
    ]


def test_a_camera_raw_file_tells_its_time_and_size(shared_data: Path) -> None:
    found = look_at(shared_data / "raw" / "gopro_hero6_iso100.dng")
    frame = tirage.read(shared_data / "raw" / "gopro_hero6_iso100.dng")
    assert found.capture == frame.capture and found.size[0] >= frame.width


def test_adobes_samples_are_one_sequence(shared_data: Path) -> None:
    files = sorted((shared_data / "raw" / "dng17").glob("*ImageSequenceInfo*.dng"))
    shots = [look_at(path) for path in files]
    assert len(shots) == 3 and {shot.size for shot in shots} == {(200, 200)}
    sequences = [shot.sequence for shot in shots]
    assert [one.index for one in sequences if one] == [1, 2, 3]
    assert {(one.identity, one.kind, one.count) for one in sequences if one} == {
        ("com.adobe.focus.03CFC98885EA4DE", "Focus Bracket", 3)
    }
    assert len(grouped(shots)) == 3  # a focus bracket is no burst
    as_burst = [replace(shot, sequence=replace(shot.sequence, kind="Burst")) for shot in shots if shot.sequence]
    assert len(grouped(np.random.default_rng(1).permutation(as_burst).tolist())) == 1  # type: ignore[arg-type]
