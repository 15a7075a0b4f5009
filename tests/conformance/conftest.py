"""The set on disk, once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tirage.conformance.run import make


@pytest.fixture(scope="session")
def conformance_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the whole set."""
    folder = tmp_path_factory.mktemp("conformance")
    make(folder)
    return folder
