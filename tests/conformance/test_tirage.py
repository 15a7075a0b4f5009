"""tirage is right about every item, and would be wrong about each if it did not know its feature."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from tirage.conformance.developers import Developer, preset
from tirage.conformance.items import all_items
from tirage.conformance.run import Result, run

NAMES = [item.name for item in all_items()]
#: Right without the tag too: tirage finds the level at which a sensor saturates in its pixels.
FOUND_IN_PIXELS = {"clipped-highlight-mosaic"}
IGNORABLE = [item.name for item in all_items() if item.ignored is not None and item.name not in FOUND_IN_PIXELS]


@pytest.fixture(scope="module")
def tirage() -> Iterator[Developer]:
    developer = preset("tirage")
    yield developer
    developer.close()


@pytest.fixture(scope="module")
def results(tirage: Developer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    folder = tmp_path_factory.mktemp("items")
    return {result.item: result for result in run(folder, [tirage], list(all_items()))}


@pytest.fixture(scope="module")
def ignoring(tirage: Developer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Results of the items as a developer reads them that does not know their features."""
    folder = tmp_path_factory.mktemp("ignored")
    items = [dataclasses.replace(item, dng=item.ignored) for item in all_items() if item.ignored is not None]
    return {result.item: result for result in run(folder, [tirage], items)}


@pytest.mark.parametrize("name", NAMES)
def test_tirage_is_right(results: dict[str, Result], name: str) -> None:
    assert results[name].right, results[name].reason


@pytest.mark.parametrize("name", IGNORABLE)
def test_ignoring_is_wrong(ignoring: dict[str, Result], name: str) -> None:
    assert not ignoring[name].right


def test_the_set_holds_its_figures(results: dict[str, Result], tmp_path: Path) -> None:
    """The numbers of the issue: corner/centre 1.000 +-0.005, warps within 0.3 px."""
    for name in ("gain-map-2", "gain-map-2-four", "gain-map-3", "gain-map-3-planes", "fix-vignette-radial"):
        assert results[name].measured["corner"] == pytest.approx(1, abs=0.005), name
    warps = {name: result.measured for name, result in results.items() if "residual_px" in result.measured}
    assert len(warps) >= 10
    assert max(measured["residual_px"] for measured in warps.values()) <= 0.3
