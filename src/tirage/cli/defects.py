"""`tirage defects`: the bad pixels of a sensor, from several of its frames."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(
    epilog="""\b
Examples:
  tirage defects shots/*.dng -o camera.toml
  tirage develop IMG_0001.dng --defects camera.toml
"""
)
@click.argument("frames", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@click.option(
    "-o", "--output", metavar="FILE", required=True, type=click.Path(path_type=Path), help="the TOML to write"
)
@click.option("--overwrite", is_flag=True, help="replace FILE if it exists")
def defects(frames: tuple[Path, ...], output: Path, overwrite: bool) -> None:
    """Find the hot and dead pixels of a sensor from FRAMES of different scenes, dark ones among them.

    One frame shows only what is beyond doubt; several show weaker ones too. --defects FILE of `tirage develop` repairs
    what the file names beside what each frame shows by itself.
    """
    from ..developing.defects import find_in_several
    from ..developing.defects.files import as_toml
    from ..reading import read
    from ..writing.atomic import replacing

    sensors = [read(path) for path in frames]
    found = find_in_several(sensors)
    with replacing(output, overwrite=overwrite) as file:
        file.write(as_toml(found, sensors[0]).encode())
    count = "1 defect" if len(found) == 1 else f"{len(found)} defects"
    click.echo(f"{count} in {len(frames)} frame{'s' * (len(frames) > 1)} -> {output}")
