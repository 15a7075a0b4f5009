"""The embedded profiles mean what they say: against littlecms, colour-science and exiftool."""

from __future__ import annotations

import io

import colour
import imagecodecs
import numpy as np
import pytest
from PIL import ImageCms

import oracles
from tirage.colour import icc
from tirage.photo.recipe import COLOUR_SPACES

PEERS = {"srgb": "sRGB", "display-p3": "Display P3"}
D50_ICC = (0.9642, 1.0, 0.8249)
#: Chromaticities of red, green and blue: IEC 61966-2-1; SMPTE EG 432-1.
PRIMARIES = {
    "srgb": [(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)],
    "display-p3": [(0.68, 0.32), (0.265, 0.69), (0.15, 0.06)],
}


def colorants(profile: bytes) -> np.ndarray:
    """The matrix as an independent reader finds it."""
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile
    return np.array([opened.red_colorant[0], opened.green_colorant[0], opened.blue_colorant[0]]).T


@pytest.mark.parametrize("space", COLOUR_SPACES)
def test_colorants_are_those_littlecms_makes(space):
    primaries = [number for xy in PRIMARIES[space] for number in (*xy, 1.0)]
    peer = imagecodecs.cms_profile("rgb", whitepoint=[0.3127, 0.3290, 1.0], primaries=primaries, gamma=2.2)
    assert colorants(icc.profile(space)) == pytest.approx(colorants(peer), abs=oracles.ICC_COLORANT)


@pytest.mark.parametrize("space", COLOUR_SPACES)
def test_white_is_exactly_the_connection_space(space):
    """Else a neutral picture would take a cast of one unit in the last place."""
    assert np.rint(colorants(icc.profile(space)).sum(axis=1) * 65536) == pytest.approx(
        np.rint(np.array(D50_ICC) * 65536)
    )


@pytest.mark.parametrize("space", COLOUR_SPACES)
def test_to_xyz_as_colour_science_has_it(space):
    encoded = np.random.default_rng(1).random((1000, 3))
    peer = colour.RGB_COLOURSPACES[PEERS[space]]
    d65, d50 = colour.xy_to_XYZ(peer.whitepoint), np.array(D50_ICC)
    linear = peer.cctf_decoding(encoded)
    primaries = colour.normalised_primary_matrix(peer.primaries, peer.whitepoint)
    adapted = colour.chromatic_adaptation(linear @ primaries.T, d65, d50, transform="Bradford")
    ours = imagecodecs.cms_transform(
        encoded[None], icc.profile(space), imagecodecs.cms_profile("xyz"), colorspace="rgb", outcolorspace="xyz"
    )[0]
    assert np.abs(ours - adapted).max() < oracles.ICC_XYZ


@pytest.mark.parametrize("space", COLOUR_SPACES)
def test_pillow_takes_a_picture_to_srgb_as_colour_science_does(space):
    from PIL import Image

    pixels = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    ours = ImageCms.profileToProfile(
        Image.fromarray(pixels),
        ImageCms.ImageCmsProfile(io.BytesIO(icc.profile(space))),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    peer = colour.RGB_to_RGB(
        pixels / 255, PEERS[space], "sRGB", apply_cctf_decoding=True, apply_cctf_encoding=True
    ).clip(0, 1)
    assert np.abs(np.asarray(ours) / 255 - peer).max() <= oracles.ICC_8_BIT


@pytest.mark.parametrize("space", COLOUR_SPACES)
def test_exiftool_finds_a_valid_version_4_display_profile(space, tmp_path, exiftool):
    path = tmp_path / "profile.icc"
    path.write_bytes(icc.profile(space))
    found = exiftool(path, "-validate", "-warning")
    assert found["ExifTool:Validate"] == "OK"
    found = exiftool(path)
    assert found["ICC-header:ProfileVersion"] == "4.4.0"
    assert found["ICC_Profile:ProfileDescription"] == PEERS[space] == icc.name(space)
    assert found["ICC-header:ProfileDateTime"] == "2025:01:01 00:00:00"


def test_layout_obeys_the_specification():
    """ICC.1:2022, 7.2 and 7.3: size, signature, tags inside the file and on 4-byte boundaries."""
    profile = icc.profile("srgb")
    assert int.from_bytes(profile[:4], "big") == len(profile) and profile[36:40] == b"acsp"
    for start in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        offset, size = (int.from_bytes(profile[start + at : start + at + 4], "big") for at in (4, 8))
        assert offset % 4 == 0 and offset + size <= len(profile)


def test_an_unknown_space_is_refused():
    with pytest.raises(KeyError):
        icc.profile("cmyk")
