"""`tirage develop` around a pipeline that is replaced: requests, reports, exit codes."""

from __future__ import annotations

import dataclasses
import json
import os
import tomllib
from pathlib import Path

import pytest

from tirage.cli import pool
from tirage.photo.recipe import Recipe


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    """Each test works in a folder of its own that holds a.dng."""
    monkeypatch.chdir(tmp_path)
    Path("a.dng").write_bytes(b"raw")
    return tmp_path


@pytest.fixture
def batch(monkeypatch) -> list[dict]:
    """Replace the worker processes: a file fails when its name holds "bad". The requests that were made."""
    requests: list[dict] = []

    def answer(given, jobs):
        for index, request in enumerate(given):
            requests.append({**request, "jobs": jobs})
            yield index, {"error": "it is dark", "exit_code": 1} if "bad" in request["source"] else {}

    monkeypatch.setattr(pool, "run", answer)
    return requests


def test_one_file_with_the_defaults(run, photographed):
    result = run("develop", "a.dng", "-o", "b.jpg")
    assert result.exit_code == 0, result.output
    assert result.stdout == "a.dng -> b.jpg\n"
    assert photographed == [
        {
            "path": "a.dng",
            "output": "b.jpg",
            "recipe": Recipe(),
            "format": "jpeg",
            "overwrite": False,
            "strip_gps": False,
        }
    ]


def test_every_flag_reaches_the_recipe(run, photographed):
    flags = (
        "--look lively --amount 0.7 --quality fast --exposure -1.5 --white-balance pick:12,34 --colour-space display-p3"
    )
    more = "--crop 1,2,30,40 --size 512 --strip-gps --overwrite --jpeg-quality 97"
    repairs = "--cfa auto --defects none --lens-correction lensfun --profile embedded --metering auto --denoise 0.5"
    repairs += " --highlights limit --aberration none"
    assert run("develop", "a.dng", "-o", "b.jpg", *flags.split(), *more.split(), *repairs.split()).exit_code == 0
    (call,) = photographed
    assert call["recipe"] == Recipe(
        look="lively",
        amount=0.7,
        quality="fast",
        exposure_stops=-1.5,
        white_balance="pick:12,34",
        cfa="auto",
        defects="none",
        highlights="limit",
        lens_correction="lensfun",
        aberration="none",
        profile="embedded",
        metering="auto",
        denoise=0.5,
        colour_space="display-p3",
        crop=(1, 2, 30, 40),
        size=512,
        jpeg_quality=97,
    )
    asked = {name for name, value in call["recipe"].to_mapping().items() if value != getattr(Recipe(), name)}
    assert asked == {field.name for field in dataclasses.fields(Recipe)} - {"look_digest"}
    assert (call["strip_gps"], call["overwrite"]) == (True, True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.toml", 'look = "lively"\nexposure_stops = 1.0\ncrop = [1, 2, 30, 40]\n'),
        ("r.json", '{"look": "lively", "exposure_stops": 1.0, "crop": [1, 2, 30, 40]}'),
    ],
)
def test_flags_override_the_recipe_file(run, photographed, name, text):
    Path(name).write_text(text)
    assert run("develop", "a.dng", "--recipe", name, "--exposure", "0", "-o", "b.jpg").exit_code == 0
    assert photographed[0]["recipe"] == Recipe(look="lively", exposure_stops=0.0, crop=(1, 2, 30, 40))


@pytest.mark.parametrize(
    ("name", "text", "words", "code"),
    [
        ("r.toml", "look = ", "not valid TOML", 1),
        ("r.json", "{", "not valid JSON", 1),
        ("r.json", "[1]", "table", 1),
        ("r.toml", 'lok = "lively"', "did you mean 'look'", 2),
        ("r.toml", "exposure_stops = 40.0", "out of range", 2),
        ("none.toml", None, "none.toml", 1),
    ],
)
def test_a_bad_recipe_file_is_said_before_anything_is_developed(run, photographed, name, text, words, code):
    if text is not None:
        Path(name).write_text(text)
    result = run("develop", "a.dng", "--recipe", name)
    assert result.exit_code == code and words in result.stderr and result.stderr.count("\n") == 1
    assert photographed == []


def test_an_unknown_look_suggests_the_nearest(run, photographed):
    result = run("develop", "a.dng", "--look", "documentry")
    assert result.exit_code == 2 and "'documentary'" in result.stderr
    assert photographed == []


def test_dry_run_writes_nothing_and_prints_a_recipe(run, photographed, here):
    result = run("develop", "a.dng", "-o", "out/", "--dry-run", "--look", "lively", "--crop", "1,2,3,4")
    assert result.exit_code == 0, result.output
    assert "a.dng -> out/a.jpg" in result.stdout
    assert Recipe.from_mapping(tomllib.loads(result.stdout)) == Recipe(look="lively", crop=(1, 2, 3, 4))
    assert photographed == []
    assert os.listdir(here) == ["a.dng"]


def test_dry_run_names_what_would_be_refused(run, photographed):
    Path("a.jpg").touch()
    result = run("develop", "a.dng", "--dry-run")
    assert result.exit_code == 1 and "exists" in result.stdout


def test_the_existing_picture_is_kept(run, photographed):
    Path("b.jpg").write_bytes(b"old")
    result = run("develop", "a.dng", "-o", "b.jpg")
    assert result.exit_code == 1 and "--overwrite" in result.stderr
    assert Path("b.jpg").read_bytes() == b"old" and photographed == []
    assert run("develop", "a.dng", "-o", "b.jpg", "--overwrite").exit_code == 0


def test_the_input_is_never_the_output(run, photographed):
    Path("raw.jpg").write_bytes(b"raw")
    for arguments in (["raw.jpg"], ["raw.jpg", "-o", "raw.jpg"], ["raw.jpg", "-o", "./raw.jpg"]):
        result = run("develop", *arguments, "--overwrite")
        assert result.exit_code == 2 and "input" in result.stderr
    assert photographed == [] and Path("raw.jpg").read_bytes() == b"raw"


@pytest.mark.parametrize("output", ["nowhere/b.jpg", "a.dng/b.jpg", "a.dng/"])
def test_an_unwritable_output_is_said_before_anything_is_developed(run, photographed, output):
    result = run("develop", "a.dng", "-o", output)
    assert result.exit_code == 1 and "directory" in result.stderr and photographed == []


def test_several_inputs_cannot_become_one_file(run, batch):
    result = run("develop", "a.dng", "b.dng", "-o", "out.jpg")
    assert result.exit_code == 2 and "--merge" in result.stderr and batch == []


def test_a_batch_goes_on_and_the_summary_lists_what_failed(run, batch, here):
    for name in ("bad.dng", "c.dng", "d.dng"):
        Path(name).write_bytes(b"raw")
    (here / "out").mkdir()
    (here / "out" / "d.jpg").write_bytes(b"old")
    result = run("develop", "a.dng", "bad.dng", "c.dng", "d.dng", "-o", "out")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == ["a.dng -> out/a.jpg", "c.dng -> out/c.jpg"]
    assert "tirage: bad.dng: it is dark" in result.stderr
    assert result.stderr.splitlines()[-1] == "tirage: 2 of 4 files failed: d.dng, bad.dng"
    assert [request["source"] for request in batch] == ["a.dng", "bad.dng", "c.dng"]


def test_strange_file_names_reach_neither_the_terminal_nor_the_encoder(run, photographed):
    name = b"\xff\x1b[2J.dng".decode(errors="surrogateescape")
    Path(name).write_bytes(b"raw")
    result = run("develop", name, "-o", "b.jpg")
    assert result.exit_code == 0, result.output
    assert result.stdout == "\ufffd\ufffd[2J.dng -> b.jpg\n"


def test_a_good_batch_is_exit_code_0_without_remarks(run, batch):
    Path("c.dng").write_bytes(b"raw")
    result = run("develop", ".", "-o", "out/", "--jobs", "3", "--look", "lively", "--crop", "1,2,3,4")
    assert (result.exit_code, result.stderr) == (0, "")
    assert [request["jobs"] for request in batch] == [3, 3]
    assert Path("out").is_dir()
    travelled = json.loads(json.dumps(batch[0]["recipe"]))
    assert Recipe.from_mapping(travelled) == Recipe(look="lively", crop=(1, 2, 3, 4))


def test_what_was_not_applied_is_said(run, photographed):
    result = run("develop", "noted.dng", "-o", "b.jpg")
    assert result.exit_code == 0
    assert "noted.dng: something is not applied" in result.stderr
    assert "note" not in run("develop", "a.dng", "-o", "c.jpg").stderr


def test_a_dry_run_marks_missing_inputs(run, tmp_path):
    result = run("develop", tmp_path / "nonesuch.dng", "--dry-run")
    assert result.exit_code == 1 and "no such file" in result.stdout
