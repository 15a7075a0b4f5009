"""The schema of looks: what its sections do to light and colours, evaluated directly."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tirage
from tirage.colour.perception import cie_lab, oklab
from tirage.colour.spaces import luminance_weights, rgb_to_rgb, rgb_to_xyz, transformed
from tirage.colour.transfer import acescct_encode, srgb_decode, srgb_encode
from tirage.finishing.look.load import load_look, parse_look
from tirage.finishing.look.lut import lut_table, through_lut, write_table
from tirage.finishing.look.monochrome import D65_POWER, WAVELENGTHS, film_weights
from tirage.finishing.look.reference import FAITHFUL, render
from tirage.finishing.look.tone import GREY, LEAST_WHITE, film_curve
from tirage.photo.errors import FileError, UsageError
from tirage.photo.image import SceneImage
from tirage.photo.look import (
    RESPONSES,
    SECTIONS,
    TONINGS,
    Colour,
    Hues,
    HueSector,
    Look,
    Lut,
    Monochrome,
    SplitTone,
    Tone,
)

STATED = 'schema = 1\nname = "x"\nversion = "1"\nauthor = "y"\nlicence = "CC0-1.0"\ndescription = "A test."\n'
PLAIN = Look("x", "1", "y", "CC0-1.0", "A test.")
WHITE = 1.404


def _numbers(section: type) -> list[dataclasses.Field]:
    return [field for field in dataclasses.fields(section) if field.metadata.get("low") is not None]


def _tables() -> list[tuple[str, dataclasses.Field]]:
    result = []
    for name, section in SECTIONS.items():
        if name == "hues":
            result += [
                (f"{name}.{hue.name}", field) for hue in dataclasses.fields(section) for field in _numbers(HueSector)
            ]
        else:
            result += [(name, field) for field in _numbers(section)]
    return result


@pytest.mark.parametrize(("table", "field"), _tables(), ids=lambda one: getattr(one, "name", one))
def test_every_number_keeps_to_its_range_and_says_so(table: str, field: dataclasses.Field) -> None:
    low, high = field.metadata["low"], field.metadata["high"]
    for value in (low, high):
        if field.name != "balance":
            parse_look(f"{STATED}[{table}]\n{field.name} = {value}\n".encode(), "look")
    for value in (low - 1, high + 1):
        with pytest.raises(UsageError, match=f"{field.name} = .* out of range; it may be {low:g}..{high:g}"):
            parse_look(f"{STATED}[{table}]\n{field.name} = {value}\n".encode(), "look 'x.toml'")
    for value in ("nan", "inf", "-inf", '"1"', "true", "[1]"):
        with pytest.raises(UsageError, match=f"look 'x.toml', .{table}.: {field.name} must be a finite number"):
            parse_look(f"{STATED}[{table}]\n{field.name} = {value}\n".encode(), "look 'x.toml'")
    with pytest.raises(UsageError, match=f"unknown key '{field.name}s'.*did you mean"):
        parse_look(f"{STATED}[{table}]\n{field.name}s = {low}\n".encode(), "look")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[hues.rde]\nsaturation = 1", "unknown key 'rde'; did you mean 'red'"),
        ("[hues]\nred = 3", "hues.red. must be a table"),
        ("[hues.red]\nhue_degrees = 15\n[hues.orange]\nhue_degrees = -15", "red and orange are turned 30 degrees"),
        ('[monochrome]\nresponse = "rde"', "did you mean 'red'"),
        ('[monochrome]\nresponse = "channels"\nred = -1', "white would be black"),
        ('[monochrome]\ntoning = "sephia"', "did you mean 'sepia'"),
        ('[colour]\ngamut = "p3"', "output, srgb"),
        ('[lut]\nspace = "log"', "srgb, acescct"),
        ("[lut]\nfile = 3", "file must be a text"),
        ('[film]\ngranularity = "fine"', "finite number"),
    ],
)
def test_what_is_wrong_in_a_section_is_said(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as error:
        parse_look((STATED + text).encode(), "look 'x.toml'")
    assert "\n" not in str(error.value)


def test_faithful_is_what_the_schema_declares() -> None:
    assert load_look("faithful").pointwise == FAITHFUL == PLAIN.pointwise


# Pointwise ---------------------------------------------------------------------------------------------------------

TONES = st.builds(
    Tone,
    curve=st.sampled_from(["linear", "sigmoid", "film"]),
    **{field.name: st.floats(field.metadata["low"], field.metadata["high"]) for field in _numbers(Tone)},
)


@settings(max_examples=80, deadline=None)
@given(TONES, st.floats(1.02, 16.0))
def test_any_tone_rises_is_neutral_and_ends_at_its_black_and_white(tone: Tone, white: float) -> None:
    grey = np.repeat(np.concatenate([[0.0], np.geomspace(1e-5, white, 600)])[:, None], 3, axis=1)
    shown = srgb_decode(render(grey, replace(PLAIN, tone=tone), white, "srgb"))
    assert np.ptp(shown, axis=-1).max() < 1e-7
    assert np.diff(shown[:, 1]).min() > -1e-9
    assert shown[0, 1] == pytest.approx(tone.black, abs=1e-6)
    if white * 2.0**tone.exposure_stops >= LEAST_WHITE:
        assert shown[-1, 1] == pytest.approx(tone.white, abs=1e-6)


@given(st.floats(1.0, 2.2), st.floats(0.0, 2.2), st.floats(1.1, 16.0))
def test_the_film_curve_keeps_grey_slope_and_white(contrast: float, bend: float, white: float) -> None:
    curve = film_curve(contrast, bend, white)
    assert curve(np.array(GREY)) == pytest.approx(GREY, rel=1e-9)
    assert curve(np.array(white)) == pytest.approx(1.0, rel=1e-6)
    around = np.log(curve(GREY * np.exp(np.array([-1e-4, 1e-4]))))
    slope = (around[1] - around[0]) / 2e-4
    assert slope >= contrast - 1e-3
    if contrast * np.log2(white / GREY) > 1.02 * np.log2(1 / GREY):
        assert slope == pytest.approx(contrast, rel=1e-3)
    # density against log exposure is straight well under the knee
    deep = np.log2(curve(GREY * 2.0 ** np.array([-12.0, -11.0, -10.0])))
    assert np.diff(deep, 2) == pytest.approx(0, abs=0.05)


def _seen(colours: np.ndarray, look: Look) -> np.ndarray:
    """Oklab (n, 3) of sRGB-linear scene `colours` under `look`."""
    scene = transformed(colours, rgb_to_rgb("srgb", "rec2020"))
    return oklab(srgb_decode(render(scene, look, WHITE, "srgb")), "srgb")


def _turn(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    angle = np.arctan2(other[..., 2], other[..., 1]) - np.arctan2(one[..., 2], one[..., 1])
    return np.degrees(np.angle(np.exp(1j * angle)))


#: Moderate sRGB-linear colours near the middles of the sectors.
SAMPLES = {
    "red": (0.35, 0.06, 0.06), "orange": (0.4, 0.17, 0.06), "yellow": (0.4, 0.33, 0.06), "green": (0.1, 0.3, 0.08),
    "aqua": (0.06, 0.3, 0.28), "blue": (0.07, 0.17, 0.42), "purple": (0.2, 0.09, 0.4), "magenta": (0.35, 0.08, 0.27),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sector_moves_its_own_colours_and_leaves_the_opposite(name: str) -> None:
    names = list(SAMPLES)
    opposite = names[(names.index(name) + 4) % 8]
    colours = np.array([SAMPLES[name], SAMPLES[opposite], (0.2, 0.2, 0.2)])
    before = _seen(colours, PLAIN)

    def after(**values: float) -> np.ndarray:
        return _seen(colours, replace(PLAIN, hues=replace(Hues(), **{name: HueSector(**values)})))

    for sector in (after(hue_degrees=10.0), after(saturation=0.6), after(lightness_stops=-0.5)):
        np.testing.assert_allclose(sector[1:], before[1:], atol=1e-6)
    assert 4 < _turn(before, after(hue_degrees=10.0))[0] < 10.1
    chroma = np.hypot(*after(saturation=0.6)[0, 1:]) / np.hypot(*before[0, 1:])
    assert 0.59 < chroma < 0.8
    darker = after(lightness_stops=-0.5)[0, 0] / before[0, 0]
    assert 2 ** (-0.5 / 3) - 1e-6 < darker < 2 ** (-0.25 / 3)


def test_skin_protection_spares_skin_and_nothing_else() -> None:
    skin = srgb_decode(np.array([[194, 150, 130], [115, 82, 68], [240, 205, 185], [80, 50, 38]]) / 255)
    sky = np.array([[0.1, 0.2, 0.4], [0.1, 0.3, 0.08]])
    strong = replace(PLAIN, colour=Colour(saturation=1.5))
    spared = replace(PLAIN, colour=Colour(saturation=1.5, skin_protection=1.0))
    plain, loud, kept = (_seen(skin, look)[:, 1:] for look in (PLAIN, strong, spared))
    lost = np.hypot(*(kept - plain).T) / np.hypot(*(loud - plain).T)
    assert lost.max() < 0.45 and np.median(lost) < 0.1
    np.testing.assert_allclose(_seen(sky, spared), _seen(sky, strong), atol=1e-3)


def test_split_tone_colours_shadows_and_highlights_and_leaves_the_ends() -> None:
    split = SplitTone(
        shadows_hue_degrees=250.0, shadows_chroma=0.03, highlights_hue_degrees=70.0, highlights_chroma=0.02
    )
    grey = np.repeat(np.array([0.0, 0.02, 0.5, WHITE])[:, None], 3, axis=1)
    seen = _seen(grey, replace(PLAIN, split_tone=split))
    np.testing.assert_allclose(seen[[0, 3], 1:], 0, atol=1e-6)
    hue = np.degrees(np.arctan2(seen[:, 2], seen[:, 1])) % 360
    assert hue[1] == pytest.approx(250, abs=3) and hue[2] == pytest.approx(70, abs=3)
    np.testing.assert_allclose(seen[:, 0], _seen(grey, PLAIN)[:, 0], atol=1e-6)


@pytest.mark.parametrize("response", RESPONSES[1:])
def test_monochrome_is_neutral_keeps_greys_and_rises(response: str) -> None:
    look = replace(PLAIN, monochrome=Monochrome(response=response))
    generator = np.random.default_rng(3)
    scene = generator.uniform(0, 1, (500, 3)) ** 2
    shown = render(scene, look, WHITE, "srgb")
    assert np.ptp(shown, axis=-1).max() < 1e-9
    brighter = render(scene * 1.5, look, WHITE, "srgb")
    assert (brighter - shown).min() > -1e-9
    grey = np.repeat(np.geomspace(1e-3, 1, 50)[:, None], 3, axis=1)
    np.testing.assert_allclose(render(grey, look, WHITE, "srgb"), render(grey, PLAIN, WHITE, "srgb"), atol=1e-6)


def test_filters_do_what_photographers_use_them_for() -> None:
    sky, foliage, red, face = (0.12, 0.22, 0.5), (0.1, 0.22, 0.05), (0.4, 0.05, 0.05), (0.5, 0.32, 0.24)
    scene = np.array([sky, foliage, red, face])

    def shown(response: str) -> np.ndarray:
        return _seen(scene, replace(PLAIN, monochrome=Monochrome(response=response)))[:, 0]

    plain = shown("panchromatic")
    skies = [shown(name)[0] for name in ("blue", "panchromatic", "yellow", "orange", "red")]
    assert np.all(np.diff(skies) < -0.005)  # the redder the filter the darker the sky
    assert shown("red")[2] > plain[2] + 0.1 and shown("red")[3] > plain[3]
    assert shown("green")[1] > plain[1] + 0.03 and shown("green")[2] < plain[2] - 0.05
    assert shown("orthochromatic")[2] < plain[2] - 0.06 and shown("orthochromatic")[0] > plain[0]


def test_the_light_that_weights_are_fitted_in_is_d65() -> None:
    import colour

    published = colour.SDS_ILLUMINANTS["D65"]
    np.testing.assert_allclose(D65_POWER[::2], [published[nm] for nm in WAVELENGTHS[::2]], rtol=2e-5)
    assert film_weights("panchromatic").sum() == pytest.approx(1)


@pytest.mark.parametrize("toning", TONINGS[1:])
@pytest.mark.parametrize("space", ["srgb", "display-p3"])
def test_toners_keep_lightness_black_and_white_and_the_space(toning: str, space: str) -> None:
    mono = Monochrome(response="panchromatic", toning=toning)
    grey = np.repeat(np.linspace(0, 1, 400)[:, None] ** 2 * WHITE, 3, axis=1)
    untoned = oklab(
        srgb_decode(render(grey, replace(PLAIN, monochrome=replace(mono, toning="none")), WHITE, space)), space
    )
    seen = oklab(srgb_decode(render(grey, replace(PLAIN, monochrome=mono), WHITE, space)), space)
    np.testing.assert_allclose(seen[:, 0], untoned[:, 0], atol=4e-3)  # drawing in from the space's edge included
    np.testing.assert_allclose(seen[[0, -1], 1:], 0, atol=1e-6)
    assert 0.015 < np.hypot(seen[:, 1], seen[:, 2]).max() < 0.09


def test_tint_is_magenta_where_positive() -> None:
    grey = np.full((1, 3), 0.18)
    red, green, blue = srgb_decode(render(grey, replace(PLAIN, colour=Colour(tint=20.0)), WHITE, "srgb"))[0]
    assert red > green < blue and np.dot([red, green, blue], luminance_weights("srgb")) == pytest.approx(0.18, rel=1e-3)


def test_a_gamut_of_srgb_shows_on_a_wide_display_what_srgb_shows() -> None:
    look = replace(load_look("lively"), colour=replace(load_look("lively").colour, gamut="srgb"))
    scene = np.random.default_rng(1).uniform(0, 1, (300, 3)) ** 2
    wide = transformed(srgb_decode(render(scene, look, WHITE, "display-p3")), rgb_to_rgb("display-p3", "srgb"))
    np.testing.assert_allclose(wide, srgb_decode(render(scene, look, WHITE, "srgb")), atol=1e-9)


@given(st.floats(0, 1), st.sampled_from(["documentary", "lively"]))
def test_amount_goes_straight_from_faithful_to_the_look(amount: float, name: str) -> None:
    scene = np.random.default_rng(2).uniform(0, 1.4, (50, 3))
    plain, whole = render(scene, load_look("faithful"), WHITE, "srgb"), render(scene, load_look(name), WHITE, "srgb")
    shown = render(scene, load_look(name), WHITE, "srgb", amount)
    np.testing.assert_allclose(shown, plain + amount * (whole - plain), atol=1e-12)


@pytest.mark.parametrize("name", ["documentary", "lively"])
def test_amount_0_is_faithful_to_the_bit(name: str) -> None:
    scene = SceneImage(np.random.default_rng(5).uniform(0, 1.4, (3, 64, 80)).astype(np.float32), white=WHITE)
    plain = tirage.finish(scene).pixels
    np.testing.assert_array_equal(tirage.finish(scene, look=name, amount=0.0).pixels, plain)
    whole = tirage.finish(scene, look=name).pixels
    np.testing.assert_array_equal(tirage.finish(scene, look=name, amount=1.0).pixels, whole)
    half = tirage.finish(scene, look=name, amount=0.5).pixels.astype(int)
    between = (plain.astype(int) + whole) / 2
    assert np.abs(half - between).mean() < np.abs(whole.astype(int) - plain).mean() / 4


# Tables --------------------------------------------------------------------------------------------------------------


def _identity(nodes: int) -> np.ndarray:
    axis = np.linspace(0, 1, nodes)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    return np.stack([red, green, blue], axis=-1)


@pytest.mark.parametrize("nodes", [2, 17, 33])
def test_tetrahedral_interpolation_is_exact_for_planes_and_at_nodes(nodes: int) -> None:
    generator = np.random.default_rng(nodes)
    colours = generator.uniform(-0.2, 1.2, (500, 3))
    np.testing.assert_allclose(through_lut(colours, _identity(nodes)), np.clip(colours, 0, 1), atol=1e-12)
    rough = generator.uniform(0, 1, (nodes, nodes, nodes, 3))
    at = generator.integers(0, nodes, (50, 3))
    np.testing.assert_allclose(through_lut(at / (nodes - 1), rough), rough[at[:, 2], at[:, 1], at[:, 0]], atol=1e-9)


def test_the_table_agrees_with_an_independent_reader() -> None:
    import colour

    rough = np.random.default_rng(8).uniform(0, 1, (9, 9, 9, 3))
    colours = np.random.default_rng(9).uniform(0, 1, (300, 3))
    other = colour.LUT3D(rough.transpose(2, 1, 0, 3))
    expected = other.apply(colours, interpolator=colour.algebra.table_interpolation_tetrahedral)
    np.testing.assert_allclose(through_lut(colours, rough), expected, atol=1e-9)


@pytest.mark.parametrize("space", ["srgb", "acescct"])
def test_a_look_shows_what_its_table_holds(space: str, tmp_path: Path) -> None:
    """A negative of what goes in."""
    with open(tmp_path / "film.npz", "wb") as file:
        write_table(file, 1 - _identity(33))
    (tmp_path / "film.toml").write_text(f'{STATED}[lut]\nfile = "film.npz"\nspace = "{space}"\n')
    look = load_look(tmp_path / "film.toml")
    scene = np.random.default_rng(4).uniform(0.05, 0.5, (60, 3))
    light = transformed(scene, rgb_to_rgb("rec2020", "srgb"))
    scene, light = scene[light.min(axis=-1) > 0.05], light[light.min(axis=-1) > 0.05]
    given_in = (
        srgb_encode(light) if space == "srgb" else acescct_encode(transformed(scene, rgb_to_rgb("rec2020", "acescg")))
    )
    np.testing.assert_allclose(render(scene, look, WHITE, "srgb"), 1 - given_in, atol=1e-6)
    half = replace(look, lut=replace(look.lut, strength=0.5))
    middle = (render(scene, look, WHITE, "srgb") + render(scene, PLAIN, WHITE, "srgb")) / 2
    np.testing.assert_allclose(render(scene, half, WHITE, "srgb"), middle, atol=1e-6)


def test_a_table_file_is_written_alike_each_time_and_tables_with_equal_values_are_equal(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        with open(tmp_path / name, "wb") as file:
            write_table(file, _identity(17))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert lut_table(_identity(17), "x") == lut_table(_identity(17).copy(), "y")
    assert lut_table(_identity(17), "x") != lut_table(_identity(17) ** 2, "x")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "can't be read: no such file"),
        (b"", "no .npz file"),
        (b"PK\3\4 nothing more", "no .npz file"),
        (np.zeros((3, 3, 3)), r"n from 2 to 129, not \(3, 3, 3\)"),
        (np.zeros((1, 1, 1, 3)), "n from 2 to 129"),
        (np.zeros(129**3 * 3 + 129), "larger than any table"),
        (np.full((2, 2, 2, 3), np.nan), "finite"),
        (np.full((2, 2, 2, 3), "a"), "finite numbers"),
        ("another name", "array named 'table'"),
    ],
)
def test_a_bad_table_is_one_sentence(content: Any, words: str, tmp_path: Path) -> None:
    path = tmp_path / "film.npz"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        np.savez(path, other=np.zeros(3))
    elif content is not None:
        np.savez(path, table=content)
    (tmp_path / "film.toml").write_text(f'{STATED}[lut]\nfile = "film.npz"\n')
    with pytest.raises((FileError, UsageError), match=words) as error:
        load_look(tmp_path / "film.toml")
    assert "film.npz" in str(error.value) and "\n" not in str(error.value)


def test_a_look_without_a_table_file_takes_none() -> None:
    assert Lut().file == "" and load_look("faithful").lut_table is None


# Digest --------------------------------------------------------------------------------------------------------------


def test_a_look_file_that_has_changed_since_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"{STATED}[tone]\nexposure_stops = 0.2\n")
    scene = SceneImage(np.full((3, 20, 20), 0.18, np.float32), white=WHITE)
    from tirage.finishing.finish import recorded

    picture = tirage.finish(scene, look=str(path))
    assert picture.recipe.look_digest == hashlib.sha256(path.read_bytes()).hexdigest() and not picture.notes
    assert recorded(picture.recipe, load_look(path)) == (picture.recipe, ())
    path.write_text(f"{STATED}[tone]\nexposure_stops = 0.3\n")
    recipe, notes = recorded(picture.recipe, load_look(path))
    assert recipe.look_digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(notes) == 1 and "mine.toml" in notes[0] and "changed" in notes[0]
    assert tirage.finish(scene, look="lively").recipe.look_digest is None


def test_lab_of_greys_is_neutral_under_every_shipped_look_that_does_not_tint() -> None:
    grey = np.repeat(np.geomspace(1e-3, WHITE, 60)[:, None], 3, axis=1)
    white = rgb_to_xyz("srgb").sum(axis=1)
    for name in ("faithful", "documentary", "lively"):
        shown = srgb_decode(render(grey, load_look(name), WHITE, "srgb"))
        assert np.abs(cie_lab(transformed(shown, rgb_to_xyz("srgb")), white)[:, 1:]).max() < 0.3
