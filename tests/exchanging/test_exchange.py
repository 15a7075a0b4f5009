"""Looks as other programs' files: read by independent programs, and back again."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pytest

import oracles
import tirage
from finishing.test_look import through_kernel
from tirage.colour.spaces import rgb_to_rgb, transformed
from tirage.colour.transfer import acescct_encode
from tirage.exchanging import cube, export_look, hald_clut, import_look
from tirage.exchanging.table import table_of
from tirage.finishing import unfinish
from tirage.finishing.look.compile import compile_look
from tirage.finishing.look.load import load_look, shipped_looks
from tirage.finishing.look.lut import through_lut
from tirage.finishing.look.reference import render
from tirage.finishing.unfinish import WHITE
from tirage.photo.errors import FileError, UsageError
from tirage.photo.image import DisplayImage

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import colour


@pytest.fixture(scope="module")
def imagemagick() -> str:
    """The program's name; other programs are called convert too."""
    for name in ("magick", "convert-im6.q16", "convert-im6", "convert"):
        if shutil.which(name):
            version = subprocess.run([name, "-version"], capture_output=True, text=True).stdout
            if version.startswith("Version: ImageMagick"):
                return name
    pytest.skip("ImageMagick is not installed")


def colours(count: int = 4000) -> np.ndarray:
    """(1, n, 3) uint8: anything, dark ones and light ones among them."""
    rng = np.random.default_rng(0)
    return (rng.random((1, count, 3)) ** rng.choice([0.3, 1, 3], (1, count, 1)) * 255).round().astype(np.uint8)


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """CIE Delta E 2000 of two pictures of sRGB, 0..1."""
    lab = [colour.XYZ_to_Lab(colour.sRGB_to_XYZ(picture)) for picture in (one, other)]
    return colour.delta_E(*lab, method="CIE 2000")


def flat_looks(picture: np.ndarray, look: str) -> np.ndarray:
    """What tirage makes of the codes (1, n, 3) uint8, each as a flat picture of its own; (1, n, 3), 0..1."""
    scene = tirage.develop(DisplayImage(np.repeat(np.repeat(picture, 3, 0), 3, 1)), quality="fast")
    shown = tirage.finish(scene, look=look, bit_depth=16).pixels
    return shown[1:2, 1::3] / 65535


@pytest.mark.parametrize("name", ["faithful", "vivid", "mono", "sunlit", "verdant"])
def test_a_cube_on_a_finished_picture_is_the_look(tmp_path: Path, name: str) -> None:
    """By colour-science's reader and interpolation, within the bounds that are promised."""
    picture = colours(1500)
    export_look(name, tmp_path / "a.cube")
    table = colour.io.read_LUT(str(tmp_path / "a.cube"))
    shown = table.apply(picture / 255, interpolator=colour.algebra.table_interpolation_tetrahedral)
    found = difference(shown, flat_looks(picture, name))
    assert np.median(found) < oracles.CUBE_MEDIAN and found.max() < oracles.CUBE_MOST


def test_faithful_is_the_identity() -> None:
    steps = np.linspace(0, 1, 17)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    np.testing.assert_allclose(table_of(load_look("faithful"), 17, "srgb"), np.stack([red, green, blue], -1), atol=1e-6)


@pytest.mark.parametrize("name", shipped_looks())
def test_every_look_round_trips(tmp_path: Path, name: str) -> None:
    export_look(name, tmp_path / "a.cube", nodes=17)
    export_look(name, tmp_path / "a.png", nodes=25)
    np.testing.assert_allclose(cube.read(tmp_path / "a.cube"), table_of(load_look(name), 17, "srgb"), atol=6e-7)
    np.testing.assert_allclose(hald_clut.read(tmp_path / "a.png"), table_of(load_look(name), 25, "srgb"), atol=8e-6)


def test_an_imported_cube_is_the_look_it_came_from(tmp_path: Path) -> None:
    export_look("vivid", tmp_path / "a.cube", nodes=65)
    import_look(tmp_path / "a.cube", tmp_path / "mine.toml")
    picture = colours(1500)
    found = difference(flat_looks(picture, str(tmp_path / "mine.toml")), flat_looks(picture, "vivid"))
    assert np.median(found) < oracles.CUBE_MEDIAN and found.max() < oracles.CUBE_MOST


def test_acescct_takes_scene_light(tmp_path: Path) -> None:
    """As colour-science encodes it."""
    look = load_look("vivid")
    table = table_of(look, 65, "acescct")
    scene = np.random.default_rng(2).random((500, 3)) * [0.6, 0.6, 0.6] + 0.02
    acescg = transformed(scene, rgb_to_rgb("rec2020", "acescg"))
    np.testing.assert_allclose(acescct_encode(acescg), colour.models.log_encoding_ACEScct(acescg), atol=1e-9)
    shown = through_lut(acescct_encode(acescg), table)
    found = difference(shown, render(scene, look, WHITE, "srgb"))
    assert np.median(found) < oracles.CUBE_MEDIAN and found.max() < oracles.CUBE_MOST


def test_imagemagick_applies_the_hald_clut(tmp_path: Path, imagemagick: str) -> None:
    import imagecodecs

    picture = colours(900).reshape(30, 30, 3)
    (tmp_path / "in.png").write_bytes(imagecodecs.png_encode(picture))
    export_look("vivid", tmp_path / "hald.png")
    command = [imagemagick, "in.png", "hald.png", "-hald-clut", "-depth", "16", "PNG48:out.png"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    shown = imagecodecs.png_decode((tmp_path / "out.png").read_bytes())[..., :3] / 65535
    found = difference(shown, flat_looks(picture.reshape(1, -1, 3), "vivid").reshape(30, 30, 3))
    assert np.median(found) < oracles.CUBE_MEDIAN and found.max() < oracles.CUBE_MOST


def test_imagemagick_identity_reads_as_identity(tmp_path: Path, imagemagick: str) -> None:
    subprocess.run([imagemagick, "hald:5", "-depth", "16", "PNG48:a.png"], cwd=tmp_path, check=True)
    np.testing.assert_allclose(
        hald_clut.read(tmp_path / "a.png"), table_of(load_look("faithful"), 25, "srgb"), atol=2e-5
    )


def rows(nodes: int, curve: float = 1.0) -> list[str]:
    steps = np.linspace(0, 1, nodes) ** curve
    return [f"{r} {g} {b}" for b in steps for g in steps for r in steps]


def test_domains_curves_and_shapers(tmp_path: Path) -> None:
    path = tmp_path / "a.cube"
    path.write_text("\n".join(["DOMAIN_MAX 2 2 2", "LUT_3D_SIZE 3", *rows(3)]))  # halves what goes in
    table = cube.read(path)
    np.testing.assert_allclose(table[-1, -1, -1], 0.5)
    path.write_text("\n".join(["LUT_1D_SIZE 2", "1 1 1", "0 0 0"]))  # a negative
    np.testing.assert_allclose(cube.read(path)[0, 0, -1], [0, 1, 1])
    path.write_text("\n".join(["LUT_1D_SIZE 2", "LUT_3D_SIZE 2", "1 1 1", "0 0 0", *rows(2)]))
    np.testing.assert_allclose(cube.read(path)[0, 0, -1], [0, 1, 1])


BAD = {
    "": "states neither",
    "LUT_3D_SIZE 2\n" + "\n".join(rows(2)[:-1]): "has 7 rows where its size asks for 8",
    "LUT_3D_SIZE 1\n0 0 0": "whole number from 2",
    "LUT_3D_SIZE many\n": "whole number from 2",
    "LUT_3D_SIZE 2\n" + "\n".join([*rows(2)[:-1], "1 1"]): "three numbers, not 2",
    "LUT_3D_SIZE 2\n" + "\n".join([*rows(2)[:-1], "1 1 nan"]): "not finite",
    "LUT_3D_SIZE 2\n" + "\n".join([*rows(2)[:-1], "1 1 1x"]): "no number",
    "LUT_3D_SIZE 2\nDOMAIN_MIN 1 1 1\nDOMAIN_MAX 0 0 0\n" + "\n".join(rows(2)): "must rise",
    "LUT_3D_SIZE 2\nhello world\n": "neither a keyword nor a number",
    "LUT_3D_SIZE 2\n0 0 0\nTITLE\n": "after the first row",
}


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_a_bad_cube_is_one_sentence_and_nothing_is_written(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.cube").write_text(text)
    with pytest.raises(FileError, match=BAD[text]):
        import_look(tmp_path / "a.cube", tmp_path / "b.toml")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.cube"]


def test_requests_without_sense(tmp_path: Path) -> None:
    for name, options, text in (
        ("a.xyz", {}, "exported as"),
        ("a.cube", {"nodes": 1}, "2 to 129"),
        ("a.png", {"nodes": 33}, "square number"),
        ("a.dcp", {"nodes": 33}, "neither"),
        ("a.cube", {"space": "rec709"}, "space must be"),
    ):
        with pytest.raises(UsageError, match=text):
            export_look("vivid", tmp_path / name, **options)
    (tmp_path / "a.cube").write_bytes(bytes(range(256)))
    with pytest.raises(FileError, match="not text"):
        import_look(tmp_path / "a.cube", tmp_path / "b.toml")
    with pytest.raises(UsageError, match=r"\.toml"):
        import_look(tmp_path / "a.cube", tmp_path / "b.cube")
    with pytest.raises(FileError, match="no such file"):
        import_look(tmp_path / "none.cube", tmp_path / "b.toml")
    assert [path.name for path in tmp_path.iterdir()] == ["a.cube"]


def test_what_stays_behind_is_named(tmp_path: Path) -> None:
    assert export_look("faithful", tmp_path / "a.cube") == []
    assert "corner shading" in export_look("documentary", tmp_path / "a.cube")[0]


@pytest.mark.parametrize("name", ["vivid", "bright", "mono"])
def test_a_camera_profile_renders_the_look(tmp_path: Path, name: str) -> None:
    """A RAW file under `faithful` and the exported profile, against the look itself: colours that are not clipped."""
    picture = colours(2500).reshape(50, 50, 3)
    tirage.write(tirage.simulate(np.repeat(np.repeat(picture, 8, 0), 8, 1) // 2, noise=False), tmp_path / "a.dng")
    export_look(name, tmp_path / "a.dcp", camera=tirage.read(tmp_path / "a.dng"))
    shown = [
        tirage.photograph(tmp_path / "a.dng", quality="fast", **choices).pixels[4::8, 4::8] / 255
        for choices in ({"look": name}, {"profile": str(tmp_path / "a.dcp")})
    ]
    found = difference(*shown)
    assert np.median(found) < 0.6 and np.percentile(found, 95) < 2.0


@pytest.mark.parametrize("name, nodes", [("vivid", 33), ("mono", 65)])
def test_opencolorio_reads_the_cube(tmp_path: Path, name: str, nodes: int) -> None:
    ocio = pytest.importorskip("PyOpenColorIO")
    export_look(name, tmp_path / "a.cube", nodes=nodes)
    transform = ocio.FileTransform(src=str(tmp_path / "a.cube"), interpolation=ocio.INTERP_TETRAHEDRAL)
    picture = colours(1500)
    shown = np.ascontiguousarray(picture / 255, np.float32)
    ocio.Config.CreateRaw().getProcessor(transform).getDefaultCPUProcessor().applyRGB(shown)
    found = difference(shown, flat_looks(picture, name))
    assert np.median(found) < oracles.CUBE_MEDIAN and found.max() < oracles.CUBE_MOST


@pytest.mark.skipif(shutil.which("rawtherapee-cli") is None, reason="RawTherapee is not installed")
def test_rawtherapee_renders_the_camera_profile(tmp_path: Path) -> None:
    """It counts light a third of a stop lower than the specification, in all that it does."""
    from PIL import Image

    picture = colours(768).reshape(24, 32, 3) // 2 + 20
    frame = tirage.simulate(np.repeat(np.repeat(picture, 16, 0), 16, 1), noise=False, sensor="generic-camera")
    tirage.write(frame, tmp_path / "a.dng")
    export_look("vivid", tmp_path / "a.dcp", camera=tirage.read(tmp_path / "a.dng"))
    (tmp_path / "a.pp3").write_text(
        "[Version]\nVersion=349\n[Exposure]\nAuto=false\nCompensation=0.28\nHistogramMatching=false\nCurve=0;\n"
        "[HLRecovery]\nEnabled=false\n[White Balance]\nEnabled=true\nSetting=Camera\n[RAW]\nCA=false\n"
        f"[Color Management]\nInputProfile=file:{tmp_path / 'a.dcp'}\nToneCurve=true\nApplyLookTable=true\n"
        "ApplyHueSatMap=true\nOutputProfile=RTv4_sRGB\n"
    )
    command = ["rawtherapee-cli", "-o", "a.png", "-p", "a.pp3", "-Y", "-n", "-b8", "-c", "a.dng"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    with Image.open(tmp_path / "a.png") as image:
        theirs = np.asarray(image.convert("RGB"))
    top, left = ((whole - part) // 2 for whole, part in zip((384, 512), theirs.shape[:2], strict=True))
    ours = tirage.photograph(tmp_path / "a.dng", look="vivid", quality="fast").pixels[8::16, 8::16]
    found = difference(theirs[8 - top :: 16, 8 - left :: 16][:24, :32] / 255, ours / 255)
    assert np.median(found) < 2.5


def test_an_import_that_fails_writes_nothing(tmp_path: Path) -> None:
    export_look("vivid", tmp_path / "a.cube", nodes=5)
    (tmp_path / "d.toml").mkdir()
    with pytest.raises(FileError, match="folder"):
        import_look(tmp_path / "a.cube", tmp_path / "d.toml")
    assert not (tmp_path / "d.npz").exists()
    with pytest.raises(UsageError, match="2 to 129"):
        export_look("vivid", tmp_path / "b.cube", nodes=0)


@pytest.mark.parametrize("name", shipped_looks())
def test_every_cube_gives_what_the_kernels_give(name: str) -> None:
    """The pointwise part alone, whatever else a look does: no grain, corner shading or local tone in between."""
    picture = colours(6000)[0]
    scene = unfinish.scene_light(picture[None], "srgb")[:, 0].T
    compiled = dataclasses.replace(compile_look(load_look(name), WHITE, "srgb"), gamut_threshold=1.0)
    ours = through_kernel(compiled, scene) / 65535
    found = difference(through_lut(picture / 255, table_of(load_look(name), 33, "srgb")), ours)
    print(f"{name}: median {np.median(found):.3f}, most {found.max():.2f}")
    assert np.median(found) < oracles.CUBE_MEDIAN and found.max() < oracles.CUBE_MOST
