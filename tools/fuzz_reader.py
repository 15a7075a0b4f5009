"""Feed the reader damaged DNGs: `python tools/fuzz_reader.py --seed 1 --count 20000`.

Starts from eight small valid files (byte orders, packings, compressions, mosaic and three colours, opcode lists) and
from the files of the conformance set, and changes bytes, cuts, copies and overwrites fields. Every file must be read,
described and developed, or refused by one sentence of tirage's own; anything else is kept beside the run and makes it
fail. The same seed damages the same bytes.
"""

from __future__ import annotations

import argparse
import random
import resource
import struct
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import dng_maker as dng  # noqa: E402
from tirage import develop  # noqa: E402
from tirage.conformance.items import all_items  # noqa: E402
from tirage.photo.errors import TirageError  # noqa: E402
from tirage.reading import read  # noqa: E402
from tirage.reading.describe import describe  # noqa: E402

MEMORY_LIMIT = 6 << 30
#: A damaged size may be a large picture: it is read, but not developed.
MOST_PIXELS = 1 << 20
FIELDS = (b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f", b"\0\0\1\0", b"\x7f\xff\xff\xff")


def valid_files(folder: Path, generator: np.random.Generator) -> list[bytes]:
    """The files that damage starts from, with every kind of tag the reader knows."""
    mosaic = (np.add.outer(np.arange(40), np.arange(48)) * 20 % 4096 + generator.integers(0, 32, (40, 48))).astype("u2")
    colours = np.stack([mosaic, mosaic + 7, mosaic * 2], -1)
    gains = struct.pack(">IIIIIIIIIIddddI", 0, 0, 40, 48, 0, 1, 2, 2, 4, 5, 1 / 3, 1 / 4, 0, 0, 1)
    gains += np.ones((4, 5), ">f4").tobytes()
    vignette = struct.pack(">IIII", 3, 0x01030000, 1, 56) + bytes(56)
    tags: dict[int, tuple] = {
        50712: (dng.SHORT, list(range(4096))),
        50713: (dng.SHORT, (2, 2)),
        50714: (dng.SHORT, (64, 65, 66, 67)),
        50715: (dng.SRATIONAL, [0] * 44),
        50717: (dng.SHORT, 4095),
        50719: (dng.RATIONAL, (1, 1)),
        50720: (dng.RATIONAL, (40, 30)),
        50722: (dng.SRATIONAL, dng.COLOR_MATRIX),
        50723: (dng.SRATIONAL, (1, 0, 0, 0, 1, 0, 0, 0, 1)),
        50727: (dng.RATIONAL, (1, 1, 1)),
        50730: (dng.SRATIONAL, ((0, 0),)),
        50779: (dng.SHORT, 17),
        50829: (dng.LONG, (2, 2, 38, 46)),
        50964: (dng.SRATIONAL, dng.COLOR_MATRIX),
        51009: (dng.UNDEFINED, struct.pack(">IIIII", 2, 9, 0x01030000, 0, len(gains)) + gains + vignette),
        51022: (dng.UNDEFINED, struct.pack(">I", 1) + vignette),
        51041: (dng.DOUBLE, (1e-4, 1e-6)),
        51125: (dng.RATIONAL, (0, 0, 1, 1)),
        52533: (dng.UNDEFINED, struct.pack("<H4I", 0, 3127, 10000, 329, 1000)),
    }
    kinds: list[tuple[np.ndarray, dict]] = [
        (mosaic, {}),
        (mosaic, {"order": ">", "in_sub_ifd": True}),
        (mosaic, {"bits": 12, "rows_per_strip": 7}),
        (mosaic, {"compression": 7, "bits": 12, "tile": (16, 16)}),
        (mosaic, {"compression": 8, "tile": (16, 16), "predictor": 2}),
        (mosaic, {"compression": 52546, "tile": (16, 16)}),
        ((colours / 5000).astype("f4"), {"compression": 8, "predictor": 3, "tile": (16, 16)}),
        ((colours >> 5).astype("u1"), {"compression": 34892, "bits": 8, "tile": (16, 16)}),
    ]
    shot = {33434: (dng.RATIONAL, ((1, 100),)), 34855: (dng.SHORT, 100), 36867: (dng.ASCII, "2024:01:02 03:04:05")}
    place = {0: (dng.BYTE, b"\2\2\0\0"), 2: (dng.RATIONAL, (1, 2, 3))}
    files = []
    for pixels, layout in kinds:
        own = {tag: value for tag, value in tags.items() if pixels.ndim == 2 or tag not in (50712, 50713, 50714)}
        files.append(dng.make_dng(folder / "valid.dng", pixels, tags=own, exif=shot, gps=place, **layout).read_bytes())
    return files


def damaged(content: bytes, chance: random.Random) -> bytes:
    """`content` with one to eight faults, most of them near the end, where the tags are."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        if len(data) < 16:
            break
        near_end = max(0, len(data) - 1 - chance.randrange(min(len(data), 1400)))
        place = chance.randrange(len(data)) if chance.random() < 0.3 else near_end
        fault = chance.random()
        if fault < 0.5:
            data[place] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        elif fault < 0.7:
            start = place & ~1
            data[start : start + 4] = chance.choice((*FIELDS, struct.pack("<I", chance.randrange(1 << 20))))
        elif fault < 0.8:
            del data[place:]
        elif fault < 0.9:
            source, length = chance.randrange(len(data)), chance.randrange(1, 40)
            data[place : place + length] = data[source : source + length]
        else:
            data[place] ^= 1 << chance.randrange(8)
    return bytes(data)


def main() -> int:
    """Run and print; 1 where a file was neither read nor refused in order."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20_000)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    warnings.simplefilter("error")
    chance = random.Random(options.seed)
    good = failures = 0
    slowest_s = 0.0
    with tempfile.TemporaryDirectory() as folder:
        files = valid_files(Path(folder), np.random.default_rng(options.seed))
        files += [item.dng.encoded() for item in all_items() if item.dng is not None]
        path = Path(folder, "damaged.dng")
        for index in range(options.count):
            content = damaged(files[index % len(files)], chance)
            path.write_bytes(content)
            start = time.process_time()
            try:
                frame = read(path)
                describe(frame, path)
                if frame.mosaic.size < MOST_PIXELS:
                    develop(frame, quality="fast", profile="embedded")
                good += 1
            except TirageError as error:
                assert "\n" not in str(error), error
            except Exception:
                failures += 1
                kept = Path(f"fuzz-{options.seed}-{index}.dng")
                kept.write_bytes(content)
                print(f"{kept}:")
                traceback.print_exc(limit=-3)
            slowest_s = max(slowest_s, time.process_time() - start)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{options.count} damaged files: {good} read, {failures} failures, slowest {slowest_s:.2f} s, {peak_mib} MiB")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
