"""Fixtures for every test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# A busy machine is not a failure; and CI judges a change by the same examples each time.
hypothesis.settings.register_profile("tirage", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("tirage")

# A shell that starts tests in the background has them ignore Ctrl-C, and what they start inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real RAW files; the test skips where it is absent. `TIRAGE_DATA` overrides its place."""
    folder = Path(os.environ.get("TIRAGE_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "raw").is_dir():
        pytest.skip(f"no real files at {folder}; set TIRAGE_DATA to a folder of them")
    return folder


@pytest.fixture(scope="session")
def exiftool() -> Callable[..., dict[str, Any]]:
    """Runs exiftool: `exiftool(path, "-n")["ExifIFD:ISO"]`. Skips where it is not installed."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")

    def run(path: Path, *options: str) -> dict[str, Any]:
        command = ["exiftool", "-json", "-G1", "-a", *options, str(path)]
        return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[0]

    return run
