"""The command line as a function and as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run a command line in this process."""
    from tirage.cli.app import tirage

    return lambda *arguments: CliRunner().invoke(tirage, [str(argument) for argument in arguments])


@pytest.fixture
def environment() -> dict[str, str]:
    """This process's environment, with the package under test importable."""
    path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


@pytest.fixture
def command() -> Callable[..., list[str]]:
    """The command line that starts tirage as a process of its own."""
    return lambda *arguments: [sys.executable, "-P", "-m", "tirage.cli", *map(str, arguments)]


@pytest.fixture
def process(command, environment) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command line as a process of its own."""

    def start(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        options = {"capture_output": True, "text": True, "env": environment, "timeout": 300, **options}
        return subprocess.run(command(*arguments), **options)

    return start


@pytest.fixture
def photographed(monkeypatch) -> list[dict[str, Any]]:
    """Replace the pipeline by one that writes a file at once; the calls it got."""
    calls: list[dict[str, Any]] = []

    def photograph(path: str, **choices: Any) -> SimpleNamespace:
        calls.append({"path": path, **choices})
        Path(choices["output"]).write_bytes(b"picture")
        return SimpleNamespace(notes=("something is not applied",) if "noted" in path else ())

    monkeypatch.setitem(sys.modules, "tirage.pipeline", SimpleNamespace(photograph=photograph))
    return calls
