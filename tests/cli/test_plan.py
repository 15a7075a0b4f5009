"""Which file becomes which picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.cli.plan import FORMATS, is_directory, plan, prepare_folder
from tirage.photo.errors import FileError, UsageError


def touch(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"raw")
    return paths


def targets(*arguments, **choices) -> list[str]:
    _, tasks = plan(*arguments, **{"overwrite": False, **choices})
    return [task.target.name for task in tasks]


def test_one_file_becomes_the_named_picture(tmp_path):
    (source,) = touch(tmp_path, "a.dng")
    format, (task,) = plan([source], str(tmp_path / "b.jpg"), None, overwrite=False)
    assert (format, task.source, task.target, task.problem) == ("jpeg", source, tmp_path / "b.jpg", None)


def test_without_output_the_picture_lies_beside_its_source(tmp_path):
    sources = touch(tmp_path, "one/a.dng", "two/b.NEF")
    _, tasks = plan(sources, None, "png", overwrite=False)
    assert [task.target for task in tasks] == [tmp_path / "one/a.png", tmp_path / "two/b.png"]


@pytest.mark.parametrize(
    ("name", "format", "expected"),
    [
        ("x.jpg", None, "jpeg"),
        ("x.JPEG", None, "jpeg"),
        ("x.png", None, "png"),
        ("x.tif", None, "tiff16"),
        ("x.png", "png16", "png16"),
        ("x.tiff", "tiff16", "tiff16"),
        ("x.picture", "jpeg", "jpeg"),
    ],
)
def test_format_follows_the_flag_then_the_name(tmp_path, name, format, expected):
    assert plan(touch(tmp_path, "a.dng"), str(tmp_path / name), format, overwrite=False)[0] == expected


@pytest.mark.parametrize(
    ("name", "format", "words"),
    [("x.webp", None, "which"), ("x", None, "which"), ("x.jpg", "png", "jpeg"), ("x.dng", None, "DNG")],
)
def test_a_name_that_contradicts_the_format_is_refused(tmp_path, name, format, words):
    with pytest.raises(UsageError, match=words):
        plan(touch(tmp_path, "a.dng"), str(tmp_path / name), format, overwrite=False)


def test_several_inputs_need_a_directory(tmp_path):
    sources = touch(tmp_path, "a.dng", "b.dng")
    with pytest.raises(UsageError, match=r"2 files can't become the one picture .*--merge"):
        plan(sources, str(tmp_path / "out"), None, overwrite=False)
    assert targets(sources, f"{tmp_path / 'out'}/", None) == ["a.jpg", "b.jpg"]
    (tmp_path / "out").mkdir()
    assert targets(sources, str(tmp_path / "out"), None) == ["a.jpg", "b.jpg"]


def test_a_directory_stands_for_its_raw_files_only(tmp_path):
    touch(tmp_path, "shoot/b.CR2", "shoot/a.dng", "shoot/a.txt", "shoot/deeper/c.dng", "shoot/old.jpg")
    assert targets([tmp_path / "shoot"], f"{tmp_path}/out/", None) == ["a.jpg", "b.jpg"]


def test_a_directory_without_raw_files_is_a_problem_of_its_own(tmp_path):
    (tmp_path / "empty").mkdir()
    _, tasks = plan([tmp_path / "empty", *touch(tmp_path, "a.dng")], f"{tmp_path}/out/", None, overwrite=False)
    assert "no RAW files" in str(tasks[0].problem)
    assert tasks[1].problem is None


def test_a_file_named_twice_is_developed_once(tmp_path):
    sources = touch(tmp_path, "shoot/a.dng")
    (tmp_path / "link.dng").symlink_to(sources[0])
    assert targets([*sources, tmp_path / "shoot", tmp_path / "link.dng"], f"{tmp_path}/out/", None) == ["a.jpg"]


def test_colliding_names_get_the_old_suffix_then_a_number(tmp_path):
    sources = touch(tmp_path, "a.dng", "a.cr2", "two/a.dng", "three/A.DNG", "four/a.dng", "noext/a")
    assert targets(sources, f"{tmp_path}/out/", None) == [
        "a.jpg", "a-cr2.jpg", "a-dng.jpg", "A-2.jpg", "a-3.jpg", "a-4.jpg",
    ]  # fmt: skip


@given(st.lists(st.sampled_from(["a.dng", "a.cr2", "a-cr2.dng", "A.dng", "a-2.nef", "b/a.dng", "c/a.dng", "a"])))
def test_no_two_pictures_share_a_name_whatever_the_batch(names):
    _, tasks = plan([Path("/nowhere") / name for name in names], "/nowhere/out/", None, overwrite=False)
    folded = [str(task.target).casefold() for task in tasks]
    assert len(set(folded)) == len(folded) == len(set(names))


def test_an_existing_picture_is_kept_unless_told_otherwise(tmp_path):
    sources = touch(tmp_path, "a.dng")
    touch(tmp_path, "a.jpg")
    assert "--overwrite" in str(plan(sources, None, None, overwrite=False)[1][0].problem)
    assert plan(sources, None, None, overwrite=True)[1][0].problem is None


def test_an_input_is_never_overwritten_under_any_name(tmp_path):
    first, second = touch(tmp_path, "a.dng", "b.jpg")
    (tmp_path / "link.jpg").hardlink_to(first)
    for inputs, output in [([first], "link.jpg"), ([second], "b.jpg")]:
        _, (task,) = plan(inputs, str(tmp_path / output), None, overwrite=True)
        assert isinstance(task.problem, UsageError)
    _, tasks = plan([tmp_path / "b.dng", second], None, None, overwrite=True)
    assert isinstance(tasks[0].problem, UsageError)


def test_one_bad_input_spoils_no_other_burst(tmp_path):
    sources = touch(tmp_path, "a.dng", "b.dng", "c.dng", "d.dng", "e.dng")
    (tmp_path / "out/a.jpg").mkdir(parents=True)
    (tmp_path / "out/e.jpg").write_bytes(b"mine")
    bursts = [tuple(sources[:2]), tuple(sources[2:4]), (sources[4],)]
    _, tasks = plan(sources, str(tmp_path / "out"), None, overwrite=False, gathered=lambda _: bursts)
    assert [task.problem is None for task in tasks] == [False, True, False]


def test_what_asks_for_a_directory(tmp_path):
    assert is_directory(str(tmp_path))
    assert is_directory("not/yet/")
    assert not is_directory("not/yet")


def test_folder_is_made_only_on_request(tmp_path):
    prepare_folder(tmp_path / "x/y", make=True)
    assert (tmp_path / "x/y").is_dir()
    with pytest.raises(FileError, match="no directory"):
        prepare_folder(tmp_path / "z", make=False)
    touch(tmp_path, "file")
    with pytest.raises(FileError, match="can't make"):
        prepare_folder(tmp_path / "file" / "z", make=True)


def test_the_formats_are_those_that_can_be_written():
    from tirage.writing import formats

    assert tuple(formats.FORMATS) == FORMATS
