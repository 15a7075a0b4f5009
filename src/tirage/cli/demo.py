"""`tirage demo`."""

from __future__ import annotations

import click


@click.command()
def demo() -> None:
    """Make a RAW file and develop it under three looks."""
