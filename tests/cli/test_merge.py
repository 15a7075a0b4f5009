"""`tirage merge`, `develop --merge` and `--group`: what becomes what, bad input, exit codes, nothing left behind."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tirage
from tirage.cli import merge as merge_command
from tirage.photo.frame import Capture, Metadata, RawFrame
from tirage.simulating.scene import demo_scene
from tirage.writing import dng
from tirage.writing.dng import write_dng

SIZE = (192, 256)


@pytest.fixture(scope="module")
def frames() -> list[RawFrame]:
    """A burst of four."""
    burst = tirage.simulate_burst(demo_scene(*SIZE), frames=4, iso=1600, shake_px=3, sensor="generic-camera")
    return list(burst)


@pytest.fixture(scope="module")
def files(frames: list[RawFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("burst")
    for index, frame in enumerate(frames):
        write_dng(frame, folder / f"{index}.dng")
    return folder


@pytest.fixture
def burst(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own to work in, with the burst in burst/."""
    shutil.copytree(files, tmp_path / "burst")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def merged_of(run: Any, *arguments: Any) -> tuple[RawFrame, str]:
    """The frame in merged.dng after a run that must succeed, and what was said on stderr."""
    result = run("merge", *arguments, "-o", "merged.dng")
    assert result.exit_code == 0, result.output
    return tirage.read("merged.dng"), result.stderr


# What becomes what ---------------------------------------------------------------------------------------------------


def test_a_burst_becomes_one_cleaner_raw_of_the_references_size(run, burst: Path, frames: list[RawFrame]) -> None:
    result = run("merge", *sorted(Path("burst").glob("*.dng")), "-o", "merged.dng", "--reference", 0)
    assert result.exit_code == 0 and result.stderr == "", result.output
    assert result.stdout == "burst/0.dng and 3 more -> merged.dng\n"
    merged = tirage.read("merged.dng")
    assert merged.mosaic.dtype == np.uint16 and merged.mosaic.shape == frames[0].mosaic.shape
    assert merged.noise_profile is not None and frames[0].noise_profile is not None
    assert merged.noise_profile.max() < 0.5 * frames[0].noise_profile.max()
    assert len(merged.opcode_list_2) == 4 and merged.capture == frames[0].capture
    assert names(burst) == {"burst", "merged.dng"}


def test_the_file_is_what_python_makes_and_develops_alike(run, burst: Path) -> None:
    paths = sorted(Path("burst").glob("*.dng"))
    in_memory = tirage.merge(paths, reference=1, denoise=0.5)
    merged, _ = merged_of(run, *paths, "--reference", 1, "--denoise", 0.5)
    assert np.array_equal(merged.mosaic, in_memory.mosaic) and merged.default_crop == in_memory.default_crop
    assert np.array_equal(tirage.develop(merged).pixels, tirage.develop(in_memory).pixels)
    assert run("develop", "merged.dng", "-o", "a.png", "--denoise", 0.5).exit_code == 0
    flags = ("--merge", "--reference", 1, "--denoise", 0.5)
    assert run("develop", *paths, "-o", "b.png", *flags).exit_code == 0
    assert np.array_equal(pixels(Path("a.png")), pixels(Path("b.png")))


@pytest.mark.parametrize("white", [15000, 4095, 1023, 16383])
def test_whatever_the_white_level_file_and_memory_develop_alike(
    run, burst: Path, frames: list[RawFrame], white: int
) -> None:
    for index, frame in enumerate(frames):
        mosaic = np.minimum(frame.mosaic, white)  # some of it clipped
        level = np.array([float(white)])
        write_dng(replace(frame, mosaic=mosaic, white_level=level), burst / "burst" / f"{index}.dng")
    in_memory = tirage.merge(sorted(Path("burst").glob("*.dng")), reference=0)
    merged, _ = merged_of(run, "burst", "--reference", 0)
    assert np.array_equal(merged.white_level, in_memory.white_level)
    assert np.array_equal(tirage.develop(merged).pixels, tirage.develop(in_memory).pixels)


def test_adobes_sdk_takes_it_without_a_warning(run, burst: Path, capfd: pytest.CaptureFixture[str]) -> None:
    dngpy = pytest.importorskip("dngpy")
    merged, _ = merged_of(run, "burst")
    capfd.readouterr()
    assert np.array_equal(dngpy.Dng("merged.dng").raw_pixels[..., 0], merged.mosaic)
    assert capfd.readouterr() == ("", "")


def said_in(path: Path) -> dict[str, Any]:
    """What the file's XMP says of the merge."""
    data = path.read_bytes()
    start = data.index(b"tirage:merge=") + len(b'tirage:merge="')
    return json.loads(data[start : data.index(b'"\n', start)].decode().replace("&quot;", '"'))


def test_files_say_what_they_were_made_of(run, burst: Path) -> None:
    merged_of(run, "burst", "--reference", 2, "--robustness", 2)
    said = said_in(Path("merged.dng"))
    assert said["frames"] == ["0.dng", "1.dng", "2.dng", "3.dng"] and said["reference"] == "2.dng"
    assert said["robustness"] == 2 and said["left_out"] == []
    assert run("develop", "--merge", "burst", "-o", "a.jpg", "--reference", 2, "--robustness", 2).exit_code == 0
    assert said_in(Path("a.jpg")) == said
    in_python = tirage.merge(sorted(Path("burst").glob("*.dng")), reference=2, robustness=2.0)
    tirage.write(tirage.finish(tirage.develop(in_python)), "b.jpg")
    assert said_in(Path("b.jpg")) == said
    exif = Image.open("a.jpg").getexif().get_ifd(0x8769)
    assert exif[0xA460] == 2 and exif[0xA461] == (4, 4)


def test_a_merged_file_is_known_as_one(run, burst: Path) -> None:
    spoilt("text", tirage.read("burst/0.dng"), Path("burst/words.dng"))
    merged, _ = merged_of(run, "burst", "--reference", 1)
    assert merged.merged == said_in(Path("merged.dng")) and merged.merged["left_out"] == ["words.dng"]
    told = run("info", "merged.dng").stdout
    assert "of 4 frames, in the place of 1.dng, 1 left out: words.dng" in told
    assert json.loads(run("info", "merged.dng", "--json").stdout)["merged"] == dict(merged.merged)
    assert "merged " not in run("info", "burst/0.dng").stdout
    assert run("develop", "merged.dng", "-o", "a.jpg").exit_code == 0
    assert said_in(Path("a.jpg")) == merged.merged


@pytest.mark.parametrize(
    "said",
    ["{", "[1]", '{"frames": 3}', '{"frames": ["a"], "scale": "two"}', '{"frames": ["a"], "scale": NaN}',
     '{"frames": ["a"], "scale": 1' + "0" * 400 + "}", '{"frames": [' + '"a", ' * 70_000 + '"a"]}', "x" * 2_000_000],
)  # fmt: skip
def test_a_history_that_makes_no_sense_is_none(run, burst: Path, said: str) -> None:
    from tirage.writing import provenance

    merged, _ = merged_of(run, "burst")
    packet = provenance._packet({"tirage:merge": said})
    odd = burst / "odd.dng"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "packet_of_merge", lambda frame: packet)
        write_dng(merged, odd)
    assert tirage.read(odd).merged == {} and run("info", odd).exit_code == 0


def test_the_pixels_may_be_stored_smaller(run, burst: Path) -> None:
    plain, _ = merged_of(run, "burst")
    assert run("merge", "burst", "-o", "small.dng", "--compression", "lossless-jpeg").exit_code == 0
    assert np.array_equal(tirage.read("small.dng").mosaic, plain.mosaic)
    assert Path("small.dng").stat().st_size < 0.9 * Path("merged.dng").stat().st_size
    assert tuple(merge_command.COMPRESSIONS) == tuple(dng.COMPRESSIONS)


def test_a_folder_of_bursts_and_single_shots(process, burst: Path, frames: list[RawFrame]) -> None:
    later = dt.datetime(2026, 1, 1, 13)
    single = replace(frames[0], capture=replace(frames[0].capture, time=later))
    write_dng(single, burst / "burst" / "single.dng")
    for index, frame in enumerate(frames[:2]):
        second = replace(frame, capture=replace(frame.capture, time=later + dt.timedelta(seconds=60 + index / 10)))
        write_dng(second, burst / "burst" / f"z{index}.dng")
    command = ("develop", "burst/", "-o", "out/", "--group", "--reference", "0", "--jobs", "1")
    result = process(*command, cwd=burst)
    assert (result.returncode, result.stderr) == (0, "")
    assert names(burst / "out") == {"0.jpg", "single.jpg", "z0.jpg"}
    assert "burst/0.dng and 3 more -> out/0.jpg" in result.stdout
    again = process(*command, cwd=burst)
    assert again.returncode == 1 and again.stderr.count("exists") == 3


def test_what_a_folder_was_merged_to_is_none_of_its_frames(run, process, burst: Path) -> None:
    """Even though it is the sharpest beside its noise."""
    assert run("merge", "burst").exit_code == 0
    (made,) = names(Path("burst")) - {f"{index}.dng" for index in range(4)}
    merged, said = merged_of(run, "burst")
    assert f"{made} left out: it is itself merged" in said and len(merged.merged["frames"]) == 4
    assert process("develop", "burst", "-o", "out/", "--group", "--jobs", "1", cwd=burst).returncode == 0
    assert len(names(Path("out"))) == 2 and names(Path("out")) > {made.replace(".dng", ".jpg")}
    again = tirage.merge([f"burst/{made}", f"burst/{made}"])  # where there is nothing else it counts
    assert "the same pixels" in again.notes[0]


def test_the_picture_is_called_after_its_reference(run, burst: Path) -> None:
    assert run("develop", "--merge", "burst", "-o", "out/", "--reference", 2).exit_code == 0
    assert names(burst / "out") == {"2.jpg"}
    plan = run("develop", "--merge", "burst", "-o", "out2/", "--dry-run")
    assert plan.exit_code == 0 and "0.dng and 3 more" in plan.stdout and not (burst / "out2").exists()


# Bad input -----------------------------------------------------------------------------------------------------------


def test_one_frame_is_developed_and_says_so(run, burst: Path, frames: list[RawFrame]) -> None:
    merged, said = merged_of(run, "burst/1.dng")
    assert "nothing to merge" in said and np.array_equal(merged.mosaic, frames[1].mosaic)
    result = run("develop", "--merge", "burst/1.dng", "-o", "a.png")
    assert result.exit_code == 0 and "nothing to merge" in result.stderr
    result = run("develop", "--merge", "burst/1.dng", "-o", "c.png", "--reference", 5)
    assert result.exit_code == 2 and "reference 5" in result.stderr and not Path("c.png").exists()
    assert run("develop", "burst/1.dng", "-o", "b.png").exit_code == 0
    assert np.array_equal(pixels(Path("a.png")), pixels(Path("b.png")))


def spoilt(kind: str, frame: RawFrame, path: Path) -> None:
    """Write a frame that does not belong."""
    if kind == "truncated":
        write_dng(frame, path)
        path.write_bytes(path.read_bytes()[:-20_000])
    elif kind == "text":
        path.write_text("no picture at all, only some words\n" * 40)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "picture":
        Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(path, "JPEG")
    elif kind == "size":
        write_dng(tirage.simulate(demo_scene(128, 192), sensor="generic-camera", iso=1600), path)
    elif kind == "camera":
        write_dng(replace(frame, capture=replace(frame.capture, make="Other", model="Camera")), path)
    elif kind == "filters":
        write_dng(tirage.simulate(demo_scene(*SIZE), sensor="generic-camera", iso=1600, cfa="GBRG"), path)
    elif kind == "copy":
        write_dng(frame, path)
    elif kind == "planes":
        planes = np.repeat(frame.mosaic[None], 3, axis=0)
        levels = {"black_level": np.full((1, 1, 3), 512.0), "white_level": np.full(3, 16383.0)}
        write_dng(replace(frame, mosaic=planes, cfa=None, opcode_list_2=(), **levels), path)


KINDS = ("truncated", "text", "empty", "picture", "size", "camera", "filters", "copy", "planes")


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_that_does_not_belong_is_left_out_and_named(
    run, burst: Path, frames: list[RawFrame], kind: str
) -> None:
    without = tirage.merge(sorted(Path("burst").glob("*.dng")), reference=0)
    spoilt(kind, frames[1], Path("burst/odd.dng"))
    merged, said = merged_of(run, "burst", "--reference", 0)
    assert said.count("\n") == 1 and "odd.dng" in said and "left out" in said, said
    assert np.array_equal(merged.mosaic, without.mosaic)


@pytest.mark.parametrize("kind", ("truncated", "text", "picture", "planes"))
def test_where_no_frame_can_be_used_nothing_is_written(process, burst: Path, frames: list[RawFrame], kind: str) -> None:
    for path in Path("burst").glob("*.dng"):
        spoilt(kind, frames[0], path)
    for command in (("merge", "burst", "-o", "m.dng"), ("develop", "--merge", "burst", "-o", "m.jpg")):
        result = process(*command, cwd=burst)
        assert result.returncode in (1, 2) and result.stdout == "" and result.stderr.count("\n") == 1, result.stderr
        assert "Traceback" not in result.stderr and names(burst) == {"burst"} and "0.dng'" in result.stderr


def test_a_reference_that_cant_be_read_is_an_error(process, burst: Path, frames: list[RawFrame]) -> None:
    spoilt("truncated", frames[0], Path("burst/0.dng"))
    result = process("merge", "burst", "-o", "m.dng", "--reference", "0", cwd=burst)
    assert result.returncode == 1 and "0.dng" in result.stderr and names(burst) == {"burst"}
    assert process("merge", "burst", "-o", "m.dng", cwd=burst).returncode == 0


def test_frames_without_any_metadata_are_merged(run, burst: Path, frames: list[RawFrame]) -> None:
    for index, frame in enumerate(frames):
        bare = replace(frame, capture=Capture(), metadata=Metadata(), noise_profile=None)
        write_dng(bare, burst / "burst" / f"{index}.dng")
    merged, said = merged_of(run, "burst")
    assert said == "" and merged.noise_profile is not None


def test_the_same_file_twice_counts_once(run, burst: Path) -> None:
    once, _ = merged_of(run, "burst", "--reference", 0)
    result = run("merge", "burst", "burst/1.dng", "burst/../burst/2.dng", "-o", "twice.dng", "--reference", 0)
    assert result.exit_code == 0 and result.stderr == ""
    assert np.array_equal(tirage.read("twice.dng").mosaic, once.mosaic)


def test_copies_of_one_frame_are_that_frame(run, burst: Path, frames: list[RawFrame]) -> None:
    for index in range(4):
        write_dng(frames[0], burst / "burst" / f"{index}.dng")
    merged, said = merged_of(run, "burst")
    assert np.array_equal(merged.mosaic, frames[0].mosaic) and "nothing to merge" in said


def test_the_orientation_is_the_references(run, burst: Path, frames: list[RawFrame]) -> None:
    for index, orientation in enumerate((6, 1, 8, 3)):
        write_dng(replace(frames[index], orientation=orientation), burst / "burst" / f"{index}.dng")
    merged, said = merged_of(run, "burst", "--reference", 0)
    assert merged.orientation == 6 and said == ""


def test_a_hundred_frames(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("burst").mkdir()
    for index, frame in enumerate(tirage.simulate_burst(demo_scene(96, 128), frames=100, iso=3200, shake_px=2)):
        write_dng(frame, Path("burst") / f"{index:03}.dng")
    merged, said = merged_of(run, "burst", "--reference", 0)
    assert said == "" and merged.mosaic.shape == (96, 128)


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (("merge", "burst", "-o", "m.jpg"), 2, "must end in .dng"),
        (("merge", "burst", "-o", "burst/0.dng", "--overwrite"), 2, "never writes over"),
        (("merge", "burst", "-o", "there.dng"), 1, "exists"),
        (("merge", "burst", "-o", "nowhere/m.dng"), 1, "no directory"),
        (("merge", "burst", "-o", "m.dng", "--reference", "4"), 2, "reference"),
        (("merge", "burst", "-o", "m.dng", "--reference", "best"), 2, "neither auto nor"),
        (("merge", "burst", "-o", "m.dng", "--reference", "-1"), 2, "eference"),
        (("merge", "burst", "-o", "m.dng", "--denoise", "9"), 2, "denoise"),
        (("merge", "burst", "-o", "m.dng", "--scale", "3"), 2, "scale"),
        (("merge", "burst", "-o", "m.dng", "--compression", "zip"), 2, "lossless-jpeg"),
        (("merge", "absent.dng", "-o", "m.dng"), 1, "absent.dng"),
        (("merge", "-o", "m.dng"), 2, "FRAMES"),
        (("develop", "burst", "--merge", "--group"), 2, "not both"),
        (("develop", "burst", "--reference", "0"), 2, "--merge"),
        (("develop", "burst", "-o", "a.jpg"), 2, "--merge"),
        (("develop", "--merge", "burst", "-o", "a.jpg", "--cfa", "auto"), 2, "--cfa"),
        (("develop", "--merge", "burst", "-o", "nowhere/m.jpg"), 1, "no directory"),
        (("develop", "--merge", "burst", "-o", "a.jpg", "--reference", "4"), 2, "0 to 3"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    process, burst: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    (burst / "there.dng").write_bytes(b"mine")
    result = process(*arguments, cwd=burst)
    assert (result.returncode, result.stdout) == (code, ""), result.stderr
    assert words in result.stderr and result.stderr.count("\n") == 1 and "Traceback" not in result.stderr
    assert names(burst) == {"burst", "there.dng"} and (burst / "there.dng").read_bytes() == b"mine"
    assert names(burst / "burst") == {"0.dng", "1.dng", "2.dng", "3.dng"}
