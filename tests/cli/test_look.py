"""`tirage look`: what is listed is what is shipped, what is shown is what it does, what is new can be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import ROOT
from tirage.finishing.look.load import load_look, shipped_looks
from tirage.finishing.look.lut import write_table
from tirage.finishing.look.page import reference_page


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_list_names_every_shipped_look_on_a_line_of_its_own(run):
    lines = run("look", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == shipped_looks()
    assert all(line.endswith(load_look(line.split()[0]).description) for line in lines)


def test_show_prints_every_value_and_promise(run):
    for name in shipped_looks():
        look, text = load_look(name), run("look", "show", name).stdout
        assert f"{look.tone.contrast:g}" in text and look.licence in text
        assert all(promise in text for promise in look.character)


def test_show_says_in_words_what_is_seen(run):
    def words(name: str) -> str:
        return "\n".join(line for line in run("look", "show", name).stdout.splitlines() if line.startswith("- "))

    assert "Nothing" in words("faithful")
    assert "1.23 times the scene's contrast" in words("documentary") and "0.25 stops to the corners" in words(
        "documentary"
    )
    assert "red filter" in words("mono-hard") and "darker than a grey" in words("mono-hard")
    assert "Greens are turned" in words("verdant") and "12 mired warmer" in words("sunlit")
    assert "Grain of 8 um" in words("reversal") and "Toned blue" in words("cyanotype")


def test_an_unknown_look_is_a_wrong_request(run):
    result = run("look", "show", "livly")
    assert result.exit_code == 2 and "'lively'" in result.stderr


def test_a_missing_look_file_is_one_sentence(run):
    result = run("look", "show", "./none.toml")
    assert result.exit_code == 1 and "none.toml" in result.stderr and result.stderr.count("\n") == 1


def test_the_plot_shows_the_curve(run):
    assert run("look", "show", "mono-hard", "--plot", "curve.png").exit_code == 0
    steep = np.asarray(Image.open("curve.png")).astype(int)
    assert steep.shape[0] > 300 and steep.shape[1] > 900
    assert run("look", "show", "faithful", "--plot", "plain.png").exit_code == 0
    assert (steep != np.asarray(Image.open("plain.png"))).any(axis=-1).sum() > 500


@pytest.mark.parametrize("arguments", [("show", "lively", "--plot"), ("list", "--sheet"), ("new",)])
def test_a_file_that_exists_is_left_alone_unless_asked(run, arguments):
    path = Path("kept.toml" if arguments == ("new",) else "kept.png")
    path.write_bytes(b"mine")
    result = run("look", *arguments, path)
    assert result.exit_code == 1 and "exists" in result.stderr and path.read_bytes() == b"mine"


def test_a_picture_of_no_known_format_is_refused(run):
    result = run("look", "show", "lively", "--plot", "curve.xyz")
    assert result.exit_code == 2 and not Path("curve.xyz").exists()


def test_a_photo_without_a_sheet_is_a_wrong_request(run):
    assert run("look", "list", "--photo", "a.dng").exit_code == 2


@pytest.mark.parametrize("name", shipped_looks())
def test_a_new_look_begins_as_another_and_says_what_everything_is(run, name):
    result = run("look", "new", "street.toml", "--from", name)
    assert result.exit_code == 0 and "--look ./street.toml" in result.stdout
    new, base = load_look("./street.toml"), load_look(name)
    assert new.name == "street" and new.pointwise == base.pointwise
    assert (new.local_tone, new.presence, new.optics, new.film) == (
        base.local_tone,
        base.presence,
        base.optics,
        base.film,
    )
    text = Path("street.toml").read_text()
    assert "log-log slope at grey" in text and "0.5 to 2.5" in text


def test_a_new_look_takes_the_table_along(run):
    axis = np.linspace(0, 1, 5)
    with open("film.npz", "wb") as file:
        write_table(file, np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1))
    assert run("look", "new", "film.toml").exit_code == 0
    text = Path("film.toml").read_text().replace('# file = ""', 'file = "film.npz"')
    Path("film.toml").write_text(text)
    Path("sub").mkdir()
    assert run("look", "new", "sub/mine.toml", "--from", "./film.toml").exit_code == 0
    assert load_look("sub/mine.toml").lut_table == load_look("./film.toml").lut_table is not None


def test_a_new_look_is_named_as_a_look_file(run):
    result = run("look", "new", "street.txt")
    assert result.exit_code == 2 and ".toml" in result.stderr


def test_the_reference_page_is_what_is_declared():
    """To renew: python -c "from tirage.finishing.look.page import reference_page as p; print(p(), end='')"."""
    assert (ROOT / "docs" / "look-parameters.md").read_text() == reference_page()


def test_the_sheet_shows_a_photograph_under_every_look(run):
    from tirage.photo.image import DisplayImage
    from tirage.writing import write

    generator = np.random.default_rng(1)
    write(DisplayImage(generator.integers(0, 255, (60, 80, 3)).astype(np.uint8)), Path("a.png"))
    result = run("look", "list", "--sheet", "looks.jpg", "--photo", "a.png")
    assert result.exit_code == 0, result.stderr
    with Image.open("looks.jpg") as sheet:
        assert sheet.width > 4 * 80 and sheet.height > 5 * 60
