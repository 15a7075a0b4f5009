"""What a developer may leave alone: profiles that change nothing, noise, names. None of it may hurt."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from ...reading.tags import Tag
from ..camera import bayer
from ..dng_file import ASCII, DOUBLE, FLOAT, LONG, SHORT, UNDEFINED, Tags, Typed
from ..item import Item
from ..scenes import lit

GROUP = "Profiles and notes"
_PROFILE = "DNG 1.7.1, chapter 6, profiles"
_HUE_SAT_DATA, _LOOK_DATA, _PRIVATE = 50938, 50982, 50740


def items() -> Iterator[Item]:
    """Tables that are the identity, noise profiles, tags that nobody knows."""
    plain = bayer(lit())
    version = {Tag.DNGVersion: b"\1\7\0\0"}
    dims, points = (6, 4, 2), 48
    same = Typed(FLOAT, [0.0, 1.0, 1.0] * points)
    tables = {Tag.ProfileHueSatMapDims: list(dims), _HUE_SAT_DATA: same, Tag.ProfileName: "Conformance"}
    look = {Tag.ProfileLookTableDims: list(dims), _LOOK_DATA: same}
    head = struct.pack("<2I4dI5f", 4, 5, 1 / 3, 1 / 4, 0, 0, 3, 0.2, 0.4, 0.1, 0.1, 0.2)
    ones = np.ones(60, "<f4").tobytes()
    gain = {**version, Tag.ProfileGainTableMap: head + ones}
    floats, gamma = 3, 1.0
    gain_2 = {**version, Tag.ProfileGainTableMap2: head + struct.pack("<I3f", floats, gamma, 0.5, 2.0) + ones}
    noise = "DNG 1.7.1, chapter 4, NoiseProfile"
    cases: tuple[tuple[str, str, str, Tags], ...] = (
        ("profile-hue-sat-map", "an embedded hue/saturation table that changes nothing", _PROFILE, tables),
        ("profile-look-table", "an embedded look table that changes nothing", _PROFILE, {**look, Tag.ProfileName: "C"}),
        ("profile-both-tables", "both tables", _PROFILE, {**tables, **look}),
        ("profile-gain-table-map", "a gain table map whose gains are 1", _PROFILE, gain),
        ("profile-gain-table-map-2", "the same in ProfileGainTableMap2", _PROFILE, gain_2),
        ("noise-profile-1", "one pair for all planes", noise, {Tag.NoiseProfile: [1e-4, 1e-6]}),
        ("noise-profile-3", "a pair for each plane", noise, {Tag.NoiseProfile: [2e-4, 1e-6, 1e-4, 1e-6, 1.5e-4, 2e-6]}),
        ("private-data", "DNGPrivateData", "DNG 1.7.1, chapter 4", {_PRIVATE: Typed(UNDEFINED, b"Conformance\0" * 9)}),
        (
            "unknown-tags",
            "tags that nobody knows",
            "TIFF 6.0, section 2",
            {
                65001: Typed(SHORT, [1, 2, 3]),
                65002: Typed(ASCII, "what"),
                65003: Typed(DOUBLE, 1.5),
                65004: Typed(LONG, 7),
            },
        ),
    )
    for name, words, section, tags in cases:
        used = tuple(Tag(tag).name if tag in Tag.__members__.values() else str(tag) for tag in tags)
        yield Item(name, words, section, used, plain.but(tags), plain)
