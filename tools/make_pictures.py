"""Make the pictures of the README: `python tools/make_pictures.py docs/pictures`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from click.testing import CliRunner
from PIL import Image

from tirage.cli.app import tirage

SIZE = (480, 360)


def main(folder: Path) -> None:
    """Run the demo and shrink what it writes."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as demo:
        result = CliRunner().invoke(tirage, ["demo", "-o", demo], standalone_mode=False)
        if result.exception:
            raise result.exception
        for path in sorted(Path(demo).glob("*.jpg")):
            with Image.open(path) as picture:
                picture.thumbnail(SIZE, Image.Resampling.LANCZOS)
                picture.convert("RGB").save(folder / path.name, quality=88)
            print(folder / path.name)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
