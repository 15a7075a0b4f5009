"""`tirage look fit`: a look learned from pictures."""

from __future__ import annotations

from pathlib import Path

import click

from ..photo.errors import UsageError
from .merge import progress_bar
from .report import complain

_PATH = click.Path(path_type=Path, readable=False)


@click.command(
    "fit",
    epilog="""\b
Examples:
  tirage look fit --pairs shots/ -o mycamera.toml            IMG_1.dng with IMG_1.jpg, and so on
  tirage look fit before.png after.png -o film.toml
  tirage look fit a.png a_film.png b.png b_film.png -o film.toml
  tirage look fit identity_hald.png graded_hald.png -o film.toml
""",
)
@click.argument("pictures", nargs=-1, metavar="[BEFORE AFTER]...", type=_PATH)
@click.option("--pairs", metavar="DIR", type=_PATH, help="a folder of RAW files, each with a JPEG of the same name")
@click.option("-o", "--output", metavar="PATH", type=_PATH, required=True, help="the look file, .toml")
@click.option("--overwrite", is_flag=True, help="replace files that exist")
def fit(pictures: tuple[Path, ...], pairs: Path | None, output: Path, overwrite: bool) -> None:
    """Learn the look that turns pictures BEFORE into pictures AFTER, or RAW files into a camera's JPEGs.

    Pictures may be cropped, scaled, turned and a little warped against each other. Says how close the look comes to
    pairs that it did not see; refuses where no one look fits. Its table goes into a .npz beside the look file.
    """
    from ..learning import fit_look, pairs_in, pairs_of

    if (pairs is None) == (not pictures):
        raise UsageError("give either --pairs with a folder, or pictures before and after")
    alone: list[str] = []
    if pairs is None:
        chosen = pairs_of(pictures)
    else:
        chosen, alone = pairs_in(pairs)
    with progress_bar("comparing") as progress:
        found = fit_look(chosen, output, overwrite=overwrite, progress=progress)
    if alone:
        some = ", ".join(alone[:5]) + (f" and {len(alone) - 5} more" if len(alone) > 5 else "")
        complain(f"note: {some}: no partner of the same name, left out")
    unseen = "parts of the pictures it was not learned from" if found.by_areas else "pairs it was not learned from"
    click.echo(f"{found.pairs} {'pair' if found.pairs == 1 else 'pairs'} -> {output} (and {output.stem}.npz)")
    click.echo(f"on {unseen}: Delta E 2000 {found.median:.2f} in the middle, {found.tail:.2f} at 95 %")
    if found.pairs > 1:
        click.echo(f"least alike: {found.worst[0]}, {found.worst[1]:.2f} in the middle")
    click.echo(f"at grey: {found.exposure_stops:+.2f} stops, contrast {found.contrast:.2f}")
    if abs(found.corner_stops) >= 0.03:
        click.echo(f"corners {found.corner_stops:+.2f} stops against the middle: of the lens, left out")
