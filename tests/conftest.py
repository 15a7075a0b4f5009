"""Fixtures for every test."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

# A busy machine is not a failure; and CI judges a change by the same examples each time.
hypothesis.settings.register_profile("tirage", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("tirage")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real RAW files; the test skips where it is absent. `TIRAGE_DATA` overrides its place."""
    folder = Path(os.environ.get("TIRAGE_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "raw").is_dir():
        pytest.skip(f"no real files at {folder}; set TIRAGE_DATA to a folder of them")
    return folder
