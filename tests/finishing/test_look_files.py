"""Look files: what is refused, with which words; every shipped one keeps its promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from tirage.finishing.look.character import measure
from tirage.finishing.look.load import load_look, parse_look, shipped_looks
from tirage.photo.errors import FileError, UsageError

GOOD = """\
schema = 1
name = "street"
version = "1.0"
author = "someone"
licence = "CC0-1.0"
description = "A test."

[tone]
contrast = 1
curve = "sigmoid"
"""


def test_eighteen_looks_are_shipped() -> None:
    everyday = "faithful documentary lively vivid natural standard bright smooth sunlit quiet verdant".split()
    black_and_white = "mono mono-hard sepia cyanotype panchromatic".split()
    assert shipped_looks() == sorted([*everyday, *black_and_white, "reversal", "negative"])


@pytest.mark.parametrize("name", shipped_looks())
def test_a_shipped_look_keeps_its_promises(name: str) -> None:
    look = load_look(name)
    measured = measure(look)
    assert look.name == name and look.character, "a look promises something"
    for promise, (value, tolerance) in look.character.items():
        assert measured[promise] == pytest.approx(value, abs=tolerance), promise


def test_a_look_is_read_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "street.toml"
    path.write_text(GOOD)
    assert load_look(path).tone.contrast == 1.0
    assert load_look(str(path)).name == "street"


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UsageError, match="'livly'.*did you mean 'lively'"):
        load_look("livly")


def test_a_missing_file_says_so() -> None:
    with pytest.raises(FileError, match="none.toml"):
        load_look("./none.toml")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("schema = 1", "schema = 99"), "schema 99"),
        (("schema = 1\n", ""), "schema"),
        (("schema = 1", 'schema = "1"'), "schema"),
        (('name = "street"\n', ""), "name"),
        (('version = "1.0"\n', ""), "version"),
        (('author = "someone"', 'author = ""'), "author"),
        (('licence = "CC0-1.0"', "licence = 3"), "licence"),
        (('description = "A test."\n', ""), "description"),
        (("contrast = 1", "contrats = 1"), "'contrats'.*did you mean 'contrast'"),
        (("[tone]", "[tones]"), "'tones'.*did you mean 'tone'"),
        (("contrast = 1", "contrast = 9.0"), "contrast = 9 .*0.5..2.5"),
        (("contrast = 1", "contrast = nan"), "finite"),
        (("contrast = 1", "contrast = inf"), "finite"),
        (("contrast = 1", 'contrast = "1"'), "finite number"),
        (("contrast = 1", "contrast = true"), "finite number"),
        (('curve = "sigmoid"', 'curve = "sigmiod"'), "did you mean 'sigmoid'"),
        (("[tone]", "tone = 3\n[presence]"), "table"),
        (("[tone]", "[tone"), "TOML"),
        (("[tone]", "[character]\ngrey = 1\n[tone]"), "grey"),
        (("[tone]", "[character]\nsaturation = [1.0, -0.1]\n[tone]"), "saturation"),
        (("[tone]", "[character]\nsaturation = [nan, 0.1]\n[tone]"), "saturation"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(change: tuple[str, str], words: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(UsageError, match=words) as error:
        parse_look(GOOD.replace(*change).encode(), "look 'street.toml'")
    assert "street.toml" in str(error.value) and "\n" not in str(error.value).strip()


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UsageError, match="TOML"):
        parse_look(b"\xff\xfe\x00", "look 'x.toml'")
