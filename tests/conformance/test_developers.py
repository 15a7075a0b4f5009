"""Commands as developers: pictures found, refusals told from crashes and from pictures, time kept."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tirage.conformance.developers import PRESETS, Command, found, picture, preset
from tirage.photo.errors import UsageError

PYTHON = sys.executable


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a b.dng"
    path.write_bytes(b"II*\0")
    return path


def command(code: str, tail: str = "{input} {output}") -> Command:
    return Command("test", f'{PYTHON} -c "{code}" {tail}')


@pytest.mark.parametrize("suffix", [".tif", ".png", ".ppm", ".jpg"])
def test_a_picture_is_found(source: Path, suffix: str) -> None:
    code = "import sys, PIL.Image as i; i.new('RGB', (40, 30), (255, 128, 0)).save(sys.argv[2])"
    rendering = command(code, "{input} {output}" + suffix).render(source, 30)
    assert rendering.pixels is not None and rendering.pixels.shape == (30, 40, 3)
    assert rendering.pixels.mean((0, 1)) == pytest.approx([1, 128 / 255, 0], abs=0.02)


def test_a_picture_beside_the_file_is_found(source: Path) -> None:
    code = "import sys, PIL.Image as i; i.new('RGB', (40, 30)).save(sys.argv[1] + '.ppm')"
    rendering = command(code, "{input}").render(source, 30)
    assert rendering.pixels is not None


def test_a_script_is_found_from_where_the_user_is(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text("import sys, PIL.Image as i; i.new('RGB', (40, 30)).save(sys.argv[2])")
    monkeypatch.chdir(tmp_path)
    rendering = Command("test", f"{PYTHON} mine.py {{input}} {{output}}").render(source, 30)
    assert rendering.pixels is not None


def test_sixteen_bits_and_grey_are_read(tmp_path: Path) -> None:
    import tifffile

    tifffile.imwrite(tmp_path / "a.tif", np.full((4, 5, 3), 32768, np.uint16), photometric="rgb")
    assert picture(tmp_path / "a.tif") == pytest.approx(np.full((4, 5, 3), 32768 / 65535))
    Image.fromarray(np.full((4, 5), 51, np.uint8)).save(tmp_path / "b.png")
    assert picture(tmp_path / "b.png") == pytest.approx(np.full((4, 5, 3), 0.2))


def test_an_exit_code_without_a_picture_is_a_refusal(source: Path) -> None:
    rendering = command("import sys; print('no DNG'); sys.exit(3)").render(source, 30)
    assert rendering.refused and rendering.pixels is None and rendering.problem == "no DNG"


def test_a_crash_is_no_refusal(source: Path) -> None:
    rendering = command("import os; os.abort()").render(source, 30)
    assert not rendering.refused and "signal 6" in rendering.problem


def test_nothing_at_all_is_no_refusal(source: Path) -> None:
    assert not command("pass").render(source, 30).refused


def test_a_picture_with_an_exit_code_is_neither(source: Path) -> None:
    code = "import sys, PIL.Image as i; i.new('RGB', (4, 3)).save(sys.argv[2]); sys.exit(1)"
    rendering = command(code).render(source, 30)
    assert not rendering.refused and rendering.pixels is None


def test_time_is_kept_with_children(source: Path) -> None:
    started = time.monotonic()
    rendering = Command("test", 'sh -c "sleep 30 & sleep 30" {input}').render(source, 0.5)
    assert "no end" in rendering.problem and not rendering.refused
    assert time.monotonic() - started < 5


def test_wrong_commands_are_usage_errors(source: Path) -> None:
    with pytest.raises(UsageError, match="input"):
        Command("test", "dcraw -T")
    with pytest.raises(UsageError, match="no closing quotation"):
        Command("test", "dcraw '{input}")
    with pytest.raises(UsageError, match="can't be run"):
        Command("test", "no-such-program {input}").render(source, 5)
    with pytest.raises(UsageError, match="dcraw"):
        preset("dcrav")


def test_presets_are_those_of_the_command_line() -> None:
    from tirage.cli.conformance import DEVELOPERS

    assert DEVELOPERS == PRESETS
    assert "tirage" in found()
