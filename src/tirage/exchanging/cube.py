"""The .cube file (Adobe, "Cube LUT Specification" 1.0, 2013; DaVinci Resolve's input ranges and shapers too)."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ..finishing.look.lut import LEAST_NODES, MOST_NODES, through_lut
from ..photo.errors import FileError, UsageError
from ..photo.look import Look

#: Nodes of the table that a one-dimensional .cube becomes.
_NODES_OF_CURVES = 65
_MOST_CURVE, _MOST_BYTES = 65536, 1 << 28
_NUMBER = re.compile(r"[-+]?(\d|\.\d)")


def checked_nodes(nodes: int) -> int:
    """`nodes`, where a .cube may have so many along an axis; else UsageError."""
    if not LEAST_NODES <= nodes <= MOST_NODES:
        raise UsageError(
            f"a .cube has {LEAST_NODES} to {MOST_NODES} nodes along an axis, not {nodes}; 33 and 65 are usual"
        )
    return nodes


def encoded(table: np.ndarray, look: Look, space: str) -> bytes:
    """The file of `table` (n, n, n, 3), red changing fastest."""
    given = {
        "srgb": "in: the picture under the look faithful, sRGB-encoded",
        "acescct": "in: scene light, ACEScct-encoded, 0.18 = grey",
    }
    title = re.sub(r'["\r\n]', " ", f"{look.name} {look.version}")
    head = [f"# {given[space]}; out: the look, sRGB-encoded", f'TITLE "{title}"', f"LUT_3D_SIZE {len(table)}"]
    head += ["DOMAIN_MIN 0 0 0", "DOMAIN_MAX 1 1 1"]
    rows = "\n".join(f"{red:.6f} {green:.6f} {blue:.6f}" for red, green, blue in table.reshape(-1, 3).tolist())
    return ("\n".join(head) + "\n" + rows + "\n").encode("ascii", "replace")


def read(path: Path) -> np.ndarray:
    """The table (n, n, n, 3) float64 of the .cube at `path`, for input 0..1; FileError for what is none."""
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise FileError(f"'{path}' is no .cube: it has {size} bytes")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(f"'{path}' is no .cube: it is not text") from None
    except OSError as error:
        raise FileError(f"can't read '{path}': {(error.strerror or str(error)).lower()}") from None
    return _table(*_parsed(text, path), path)


def _parsed(text: str, path: Path) -> tuple[dict[str, list[str]], np.ndarray]:
    """The keywords, each with its words, and the rows of numbers (n, 3)."""
    keywords: dict[str, list[str]] = {}
    numbers: list[str] = []
    for place, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split() if not line.lstrip().startswith("TITLE") else ["TITLE"]
        if not words:
            continue
        if _NUMBER.match(words[0]) or words[0].lower().strip("+-") in ("nan", "inf", "infinity"):
            if len(words) != 3:
                raise FileError(f"'{path}', line {place}: a row has three numbers, not {len(words)}")
            numbers += words
        elif re.fullmatch(r"[A-Z][A-Z0-9_]*", words[0]):
            if numbers:
                raise FileError(f"'{path}', line {place}: {words[0]} after the first row; the file is damaged")
            keywords[words[0]] = words[1:]
        else:
            raise FileError(f"'{path}', line {place}: {words[0][:40]!r} is neither a keyword nor a number")
    try:
        rows = np.array(numbers, np.float64).reshape(-1, 3)
    except ValueError as error:
        raise FileError(f"'{path}' holds what is no number: {str(error).rsplit(':', 1)[-1].strip()}") from None
    if not np.isfinite(rows).all():
        raise FileError(f"'{path}' holds a number that is not finite")
    return keywords, rows


def _table(keywords: dict[str, list[str]], rows: np.ndarray, path: Path) -> np.ndarray:
    """The table for input 0..1: curves first, where there are any, then the cube."""
    curve_nodes, nodes = (_size(keywords, key, most, path) for key, most in _SIZES.items())
    if not (curve_nodes or nodes):
        raise FileError(f"'{path}' is no .cube: it states neither LUT_3D_SIZE nor LUT_1D_SIZE")
    expected = curve_nodes + nodes**3
    if len(rows) != expected:
        raise FileError(f"'{path}' has {len(rows)} rows where its size asks for {expected}; it is cut short or damaged")
    low, high = _domain(keywords, "LUT_3D" if nodes else "LUT_1D", path)
    count = nodes or _NODES_OF_CURVES
    steps = np.linspace(0, 1, count)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    colours = np.stack([red, green, blue], -1)
    if curve_nodes:
        least, most = _domain(keywords, "LUT_1D", path)
        place = (colours - least) / (most - least) * (curve_nodes - 1)
        curves = rows[:curve_nodes]
        colours = np.stack([np.interp(place[..., k], np.arange(curve_nodes), curves[:, k]) for k in range(3)], -1)
    if not nodes:
        return colours
    cube = rows[curve_nodes:].reshape(nodes, nodes, nodes, 3)
    if not curve_nodes and (low == 0).all() and (high == 1).all():
        return cube
    return through_lut((colours - low) / (high - low), cube)


_SIZES = {"LUT_1D_SIZE": _MOST_CURVE, "LUT_3D_SIZE": MOST_NODES}


def _size(keywords: dict[str, list[str]], key: str, most: int, path: Path) -> int:
    """The size stated by `key`, 0 where it is not."""
    if key not in keywords:
        return 0
    words = keywords[key]
    if len(words) != 1 or not words[0].isdecimal() or not LEAST_NODES <= int(words[0]) <= most:
        raise FileError(f"'{path}': {key} must be a whole number from {LEAST_NODES} to {most}, not {' '.join(words)!r}")
    return int(words[0])


def _domain(keywords: dict[str, list[str]], which: str, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The input (3,) at the first node and at the last."""
    low, high = np.zeros(3), np.ones(3)
    try:
        if f"{which}_INPUT_RANGE" in keywords:
            low[:], high[:] = (float(word) for word in keywords[f"{which}_INPUT_RANGE"])
        if "DOMAIN_MIN" in keywords:
            low = np.array([float(word) for word in keywords["DOMAIN_MIN"]])
        if "DOMAIN_MAX" in keywords:
            high = np.array([float(word) for word in keywords["DOMAIN_MAX"]])
    except ValueError:
        raise FileError(f"'{path}': its input range is not made of numbers") from None
    if low.shape != (3,) or high.shape != (3,) or not (np.isfinite([low, high]).all() and (high > low).all()):
        raise FileError(f"'{path}': its input range must rise, for three channels")
    return low, high
