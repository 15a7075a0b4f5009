"""The program as a whole: help, start-up, and how failures are said."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import click
import pytest

import tirage
from tirage.cli.app import tirage as program
from tirage.cli.info import info
from tirage.cli.options import flag
from tirage.photo.errors import FileError, TirageError, UsageError
from tirage.photo.recipe import Recipe


def commands(group: click.Group = program, path: tuple[str, ...] = ()):
    """Every command, as the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        child = group.get_command(context, name)
        yield (*path, name)
        if isinstance(child, click.Group):
            yield from commands(child, (*path, name))


def one_sentence(stderr: str) -> bool:
    return stderr.startswith("tirage: ") and stderr.count("\n") == 1 and "Traceback" not in stderr


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_help_says_what_it_does_and_shows_an_example(run, words):
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert f"\n    tirage {' '.join(words)}" in result.stdout, "the example is printed as it is typed"


def test_without_arguments_the_help_is_shown(run, process):
    assert run().exit_code == 0
    assert "Usage: tirage" in process().stdout


def test_version(run):
    assert run("--version").stdout == f"tirage {tirage.__version__}\n"


def test_starting_up_imports_nothing_heavy(environment):
    heavy = {"numpy", "rich", "rawpy", "tifffile", "imagecodecs", "PIL", "simplejpeg", "multiprocessing"}
    code = (
        "import sys; from tirage.cli.app import tirage; tirage.main(['--help'], standalone_mode=False);"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert "conformance" in result.stdout
    assert heavy & set(result.stderr.split()) == set()


def test_every_choice_of_a_recipe_is_a_flag_with_its_text(run):
    words = " ".join(run("develop", "--help").stdout.split())
    for field in dataclasses.fields(Recipe):
        if field.name == "look_digest":  # recorded, not asked for
            continue
        assert flag(field) + " " in words
        assert field.metadata["text"].split(",")[0] in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["develp"], "'develop'"),
        (["develop"], "INPUTS"),
        (["develop", "a.dng", "--lok", "x"], "--look"),
        (["develop", "a.dng", "--exposure", "11"], "-10"),
        (["develop", "a.dng", "--exposure", "bright"], "--exposure"),
        (["develop", "a.dng", "--quality", "superb"], "balanced"),
        (["develop", "a.dng", "--crop", "1,2,3"], "L,T,W,H"),
        (["develop", "a.dng", "--crop", "1,2,3,x"], "L,T,W,H"),
        (["develop", "a.dng", "--white-balance", "dayligt"], "'daylight'"),
        (["develop", "a.dng", "--white-balance", "pick:1"], "pick:1200,800"),
        (["develop", "a.dng", "--size", "0"], "--size"),
        (["develop", "a.dng", "--jobs", "0"], "--jobs"),
        (["develop", "a.dng", "--jpeg-quality", "101"], "--jpeg-quality"),
        (["look"], "command"),
        (["completion", "cmd"], "fish"),
    ],
)
def test_a_wrong_request_is_one_sentence_and_exit_code_2(run, arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert one_sentence(result.stderr) and words in result.stderr


def _interrupted(words: str) -> RuntimeError:
    """What Python 3.11 makes of an interrupt while a class is made."""
    error = RuntimeError(words)
    error.__cause__ = KeyboardInterrupt()
    return error


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (FileError("'a.dng' is dark"), 1, "'a.dng' is dark"),
        (UsageError("no such thing"), 2, "no such thing"),
        (TirageError("it broke"), 1, "it broke"),
        (MemoryError(), 1, "memory"),
        (PermissionError(13, "Permission denied", "a.dng"), 1, "a.dng: Permission denied"),
        (ZeroDivisionError("over\nzero"), 1, "TIRAGE_DEBUG=1"),
        (KeyboardInterrupt(), 130, "stopped"),
        (_interrupted("Error calling __set_name__"), 130, "stopped"),
    ],
)
def test_every_way_to_fail_has_a_sentence_and_a_code(run, monkeypatch, error, code, words):
    def fail(**_):
        raise error

    monkeypatch.delenv("TIRAGE_DEBUG", raising=False)
    monkeypatch.setattr(info, "callback", fail)
    result = run("info", "a.dng")
    assert result.exit_code == code
    assert one_sentence(result.stderr.lstrip("\n")) and words in result.stderr


def test_debugging_shows_the_traceback_of_a_bug(run, monkeypatch):
    monkeypatch.setenv("TIRAGE_DEBUG", "1")
    monkeypatch.setattr(info, "callback", lambda **_: 1 / 0)
    assert isinstance(run("info", "a.dng").exception, ZeroDivisionError)


def test_a_reader_that_leaves_early_causes_no_noise(command, environment):
    with subprocess.Popen(
        command("develop", "--help"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(process, shell):
    result = process("completion", shell)
    assert result.returncode == 0 and "_TIRAGE_COMPLETE" in result.stdout
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=result.stdout, text=True, check=True)


@pytest.mark.parametrize(("words", "expected"), [("tirage dev", "develop"), ("tirage develop --look live", "lively")])
def test_completion_completes(process, environment, words, expected):
    variables = {
        "_TIRAGE_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    assert f"plain,{expected}" in process(env={**environment, **variables}).stdout.splitlines()
