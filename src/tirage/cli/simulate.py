"""`tirage simulate`: the RAW file that a sensor would have recorded of a photograph."""

from __future__ import annotations

import click


@click.command()
def simulate() -> None:
    """Make the RAW file a sensor would have recorded."""
