"""Fixtures for reading: real files, exiftool, and a small picture."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture(scope="session")
def raw_files(shared_data: Path) -> Path:
    """The folder of real RAW files."""
    return shared_data / "raw"


@pytest.fixture(scope="session")
def exiftool() -> Callable[[Path], dict[str, Any]]:
    """What exiftool reads in a file: {"Group:Tag": value}, numbers as they are, lists as text."""
    if not shutil.which("exiftool"):
        pytest.skip("exiftool is not installed")

    def tags(path: Path) -> dict[str, Any]:
        command = ["exiftool", "-j", "-n", "-G1", "-c", "%.9f", str(path)]
        return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[0]

    return tags


@pytest.fixture
def mosaic() -> np.ndarray:
    """(21, 34) uint16: values below 4096, each pixel another."""
    return (np.arange(21 * 34).reshape(21, 34) * 5 + 100).astype(np.uint16)
