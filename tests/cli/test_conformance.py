"""`tirage conformance` on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from click.testing import CliRunner

from tirage.cli.app import tirage


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(tirage, ["conformance", *arguments], standalone_mode=False)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return int(result.return_value or 0), result.output


def test_make_writes_the_set(tmp_path: Path) -> None:
    code, said = invoke("make", str(tmp_path / "set"))
    assert code == 0 and "manifest.json" in said
    assert len(list((tmp_path / "set").glob("*.dng"))) >= 120


def test_run_tells_right_from_wrong() -> None:
    code, said = invoke("run", "cfa-grbg", "white-level-1023", "--json")
    found = json.loads(said)
    assert code == 0 and found["right"] == found["items"] == 2


def test_a_command_that_writes_one_picture_for_all_is_wrong() -> None:
    code = "import sys, PIL.Image as i; i.effect_noise((240, 160), 90).convert('RGB').save(sys.argv[1])"
    status, said = invoke(
        "run", "colours-mosaic", "orientation-6", "--command", f'{sys.executable} -c "{code}" {{output}}.png {{input}}'
    )
    assert status == 1
    assert "wrong colours-mosaic" in said


def test_the_scoreboard_is_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    code, said = invoke("scoreboard", "--developer", "tirage", "-o", str(page))
    assert code == 0 and "tirage" in said
    text = page.read_text()
    assert "| Shading |" in text and "checkerboard" in text


def test_an_existing_scoreboard_is_kept(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("mine")
    result = CliRunner().invoke(tirage, ["conformance", "scoreboard", "--developer", "tirage", "-o", str(page)])
    assert result.exit_code == 1 and page.read_text() == "mine"
