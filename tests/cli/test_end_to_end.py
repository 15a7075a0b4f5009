"""Real processes on real bytes: pictures come out, bad input does not, and nothing is left behind."""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tirage

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


@pytest.fixture(scope="module")
def raw_file(tmp_path_factory) -> Path:
    """A small RAW file."""
    return _simulated(tmp_path_factory.mktemp("raw") / "scene.dng", 96, 128)


def _simulated(path: Path, height: int, width: int) -> Path:
    from tirage.simulating import simulate
    from tirage.simulating.scene import demo_scene
    from tirage.writing.dng import write_dng

    return write_dng(simulate(demo_scene(height, width), iso=400), path)


@pytest.fixture
def folder(tmp_path, raw_file) -> Path:
    """A folder that holds a.dng."""
    shutil.copy(raw_file, tmp_path / "a.dng")
    return tmp_path


def failed_cleanly(result: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Check that `result` is one sentence with these words, and this exit code."""
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr and result.stdout == ""
    assert result.stderr.startswith("tirage: ") and result.stderr.count("\n") == 1
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize(
    ("name", "format", "mode"), [("b.jpg", "JPEG", "RGB"), ("b.png", "PNG", "RGB"), ("b.jpeg", "JPEG", "RGB")]
)
def test_one_file_becomes_one_picture(process, folder, name, format, mode):
    result = process("develop", "a.dng", "-o", name, cwd=folder)
    assert (result.returncode, result.stderr, result.stdout) == (0, "", f"a.dng -> {name}\n")
    with Image.open(folder / name) as picture:
        assert (picture.format, picture.mode, picture.size) == (format, mode, (128, 96))
    assert sorted(os.listdir(folder)) == sorted(["a.dng", name])


def test_the_picture_carries_the_recipe_that_makes_it_again(process, folder):
    flags = ["--look", "documentary", "--exposure", "0.5", "--crop", "10,8,100,80", "--size", "64"]
    assert process("develop", "a.dng", "-o", "b.png", *flags, cwd=folder).returncode == 0
    assert process("develop", "a.dng", "-o", "c.png", "--recipe", "b.png", cwd=folder).returncode == 0
    assert (
        process("develop", "a.dng", "-o", "d.png", "--recipe", "b.png", "--exposure", "0", cwd=folder).returncode == 0
    )
    first, again, other = (np.asarray(Image.open(folder / f"{name}.png")) for name in "bcd")
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_batch_of_processes_equals_one_by_one(process, folder):
    shutil.copy(folder / "a.dng", folder / "b.dng")
    shutil.copy(folder / "a.dng", folder / "a.CR2")
    result = process("develop", "a.dng", "b.dng", "a.CR2", "-o", "out/", "--format", "png", "--jobs", "2", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert sorted(os.listdir(folder / "out")) == ["a-cr2.png", "a.png", "b.png"]
    assert process("develop", "a.dng", "-o", "alone.png", cwd=folder).returncode == 0
    for name in ("a", "b", "a-cr2"):
        batch, alone = Image.open(folder / "out" / f"{name}.png"), Image.open(folder / "alone.png")
        assert np.array_equal(np.asarray(batch), np.asarray(alone))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        (b"", "empty"),
        (b"Dear diary, today I took no photograph.\n" * 9, "text"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(200), "JPEG"),
        (bytes(4096), "bad.dng"),
        ("half", "truncated"),
    ],
)
def test_bad_input_is_one_sentence(process, folder, content, words):
    if content == "half":
        data = (folder / "a.dng").read_bytes()
        content = data[: len(data) * 2 // 3]
    if content is not None:
        (folder / "bad.dng").write_bytes(content)
    before = sorted(os.listdir(folder))
    failed_cleanly(process("develop", "bad.dng", "-o", "b.jpg", cwd=folder), 1, "bad.dng", words)
    assert sorted(os.listdir(folder)) == before


def test_a_bad_file_in_a_batch_stops_no_other(process, folder):
    (folder / "bad.dng").write_text("not a photograph")
    shutil.copy(folder / "a.dng", folder / "c.dng")
    result = process("develop", "a.dng", "bad.dng", "c.dng", "none.dng", "-o", "out/", cwd=folder)
    assert result.returncode == 1
    assert sorted(os.listdir(folder / "out")) == ["a.jpg", "c.jpg"]
    lines = result.stderr.splitlines()
    assert len(lines) == 3 and all(line.startswith("tirage: ") for line in lines)
    assert lines[-1].startswith("tirage: 2 of 4 files failed: ") and "bad.dng" in lines[-1] and "none.dng" in lines[-1]


def test_a_crop_outside_the_picture_is_a_wrong_request(process, folder):
    failed_cleanly(process("develop", "a.dng", "-o", "b.jpg", "--crop", "100,0,100,50", cwd=folder), 2, "crop")


def test_a_white_balance_out_of_range_is_a_wrong_request(process, folder):
    failed_cleanly(process("develop", "a.dng", "-o", "b.jpg", "--white-balance", "99", cwd=folder), 2, "2000")


def test_a_disk_that_fills_up_leaves_no_partial_file(process, folder):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    before = os.listdir(folder)
    result = process("develop", "a.dng", "-o", "b.jpg", cwd=folder, preexec_fn=limit)
    failed_cleanly(result, 1, "b.jpg")
    assert os.listdir(folder) == before


@pytest.mark.skipif(os.path.exists("/proc") is False, reason="a read-only file system is at hand on Linux only")
def test_an_unwritable_folder_is_one_sentence(process, folder):
    failed_cleanly(process("develop", "a.dng", "-o", "/proc/b.jpg", cwd=folder), 1, "/proc")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("files", [1, 3])
def test_stopping_leaves_no_temporary_file(command, environment, tmp_path, number, files):
    # 26 MP of noise take 16-bit PNG over a second to encode; the signal comes once a temporary file is there.
    from tirage.photo.frame import Rectangle
    from tirage.writing.dng import write_dng

    _simulated(tmp_path / "0.dng", 450, 600)
    small = tirage.read(tmp_path / "0.dng")
    mosaic = np.tile(small.mosaic, (10, 10))
    area = Rectangle(0, 0, mosaic.shape[1], mosaic.shape[0])
    large = dataclasses.replace(small, mosaic=mosaic, default_crop=area, opcode_list_2=())
    write_dng(large, tmp_path / "0.dng")
    for index in range(1, files):
        shutil.copy(tmp_path / "0.dng", tmp_path / f"{index}.dng")
    names = sorted(os.listdir(tmp_path))
    with subprocess.Popen(
        command("develop", *names, "-o", "out/", "--format", "png16", "--jobs", "2", "--quality", "fast"),
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        until = time.monotonic() + 200
        while not list(tmp_path.glob("out/.tirage-*.tmp")) and time.monotonic() < until and running.poll() is None:
            time.sleep(0.005)
        assert running.poll() is None, "the signal came too late to test anything"
        running.send_signal(number)
        _, stderr = running.communicate(timeout=60)
    assert running.returncode == 128 + number
    assert "Traceback" not in stderr
    assert [path for path in (tmp_path / "out").iterdir() if path.suffix != ".png"] == []


def test_info_of_a_simulated_file(process, raw_file):
    facts = json.loads(process("info", raw_file, "--json").stdout)
    assert (facts["width"], facts["height"], facts["iso"]) == (128, 96, 400)
    assert facts["steps"]


def test_simulate_is_decided_by_its_seed(process, tmp_path):
    Image.linear_gradient("L").convert("RGB").save(tmp_path / "photo.png")
    for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
        arguments = ["simulate", "photo.png", "-o", f"{name}.dng", "--iso", "1600", "--seed", seed]
        assert process(*arguments, cwd=tmp_path).returncode == 0
    first, same, other = ((tmp_path / f"{name}.dng").read_bytes() for name in "abc")
    assert first == same != other


@pytest.mark.parametrize("suffix", ["npy", "tiff"])
def test_simulate_writes_the_truth_on_request(process, tmp_path, suffix):
    from tirage.simulating import ground_truth

    Image.linear_gradient("L").convert("RGB").save(tmp_path / "photo.png")
    result = process("simulate", "photo.png", "-o", "raw.dng", "--truth", f"truth.{suffix}", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    expected = ground_truth(tmp_path / "photo.png").pixels
    if suffix == "npy":
        written = np.load(tmp_path / "truth.npy")
    else:
        import tifffile

        written = tifffile.imread(tmp_path / "truth.tiff").transpose(2, 0, 1)
    assert written.dtype == np.float32 and np.array_equal(written, expected)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["photo.png", "-o", "raw.jpg"], 2, ".dng"),
        (["photo.png", "--truth", "truth.exr"], 2, ".tiff"),
        (["photo.png", "--iso", "-1"], 2, "ISO"),
        (["photo.png", "--sensor", "generic-fone"], 2, "generic-phone"),
        (["photo.png", "-o", "there.dng"], 1, "--overwrite"),
        (["none.png"], 1, "none.png"),
        (["text.png"], 1, "text.png"),
    ],
)
def test_simulate_refuses_in_one_sentence(process, tmp_path, arguments, code, words):
    Image.linear_gradient("L").convert("RGB").save(tmp_path / "photo.png")
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "there.dng").write_bytes(b"old")
    before = sorted(os.listdir(tmp_path))
    failed_cleanly(process("simulate", *arguments, cwd=tmp_path), code, words)
    assert sorted(os.listdir(tmp_path)) == before and (tmp_path / "there.dng").read_bytes() == b"old"


def test_demo_runs_and_runs_again(process, tmp_path):
    from tirage.finishing.look.load import shipped_looks

    for _ in range(2):
        result = process("demo", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
    pictures = [f"{look}.jpg" for look in shipped_looks()]
    assert sorted(os.listdir(tmp_path / "tirage-demo")) == sorted([*pictures, "plain-rawpy.jpg", "scene.dng"])
    for name in os.listdir(tmp_path / "tirage-demo"):
        assert f"tirage-demo/{name} " in result.stdout
    sizes = {Image.open(tmp_path / "tirage-demo" / name).size for name in [*pictures, "plain-rawpy.jpg"]}
    assert len(sizes) == 1
