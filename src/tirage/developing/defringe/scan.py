"""Whether a frame's bright edges have purple or green fringes, from some of its rows and columns."""

from __future__ import annotations

import numpy as np

from . import FLOOR, Light

#: Light of a colour and of green beyond edges, (n, _PROFILE) each.
Profiles = tuple[np.ndarray, np.ndarray]

#: Rows, and columns, that are looked at.
_ROWS, _COLUMNS = 48, 16
#: An edge falls from the first to below the second within so many samples, and stays there for the rest of a profile.
_BRIGHT, _DARK, _FALL, _PROFILE = 0.7, 0.3, 5, 12
#: How far a ratio must be from those of both sides, and the light that is too much or missing, in parts of the clip,
#: on so many samples where green is darker than this; of that light, the part that the next samples have is a glow's.
_RATIO, _LIGHT, _NEAR, _LIT, _GLOW = 1.3, 0.02, 4, 0.5, 0.15
#: Fewer edges than this say nothing. The share of edges with a fringe from which it is taken away, and wholly so.
_FEWEST, _SHARE, _SURE = 16, 0.3, 0.5


def scan(light: Light) -> float:
    """The share of purple fringes that is to be taken away, to 1, or below 0 that of green ones; 0 for neither."""
    height, width = light.frame.mosaic.shape
    if min(height, width) < 4 * _PROFILE:
        return 0.0
    along_rows = _profiles(light, 1, across=True)
    if along_rows is None:
        return 0.0
    more, less, edges = _votes(*along_rows)
    if edges >= 4 * _FEWEST and abs(more - less) < 0.5 * _SHARE * edges:  # columns would hardly change that
        return 0.0
    blue = _joined(along_rows, _profiles(light, 1, across=False))
    more, less, edges = _votes(*blue)
    if edges < _FEWEST or abs(more - less) < _SHARE * edges:
        return 0.0
    if more > less:
        return _amount((more - less) / edges)
    red_more, red_less, red_edges = _votes(*_joined(*(_profiles(light, 0, across) for across in (True, False))))
    if red_edges < _FEWEST:
        return 0.0
    return -_amount(min((less - more) / edges, (red_less - red_more) / red_edges))


def _joined(*parts: Profiles | None) -> Profiles:
    known = [part for part in parts if part is not None] or [(np.zeros((0, _PROFILE)),) * 2]
    own, green = (np.concatenate([part[k] for part in known]) for k in (0, 1))
    return own, green


def _amount(share: float) -> float:
    return float(np.clip((share - _SHARE) / (_SURE - _SHARE), 0, 1))


def _profiles(light: Light, colour: int, across: bool) -> Profiles | None:
    """Light of red (0) or blue (1) and of green beyond the edges in some rows or columns; None of nothing bright."""
    mosaic = light.frame.mosaic if across else light.frame.mosaic.T
    shift = light.shift[::-1] if across else light.shift  # of lines, then along them
    first, begin = (colour - shift[0]) % 2, (colour - shift[1]) % 2
    count = min(_ROWS if across else _COLUMNS, mosaic.shape[0] // 4)
    lines = np.linspace(2, mosaic.shape[0] - 4, count).astype(np.intp) // 2 * 2 + first
    values = mosaic[lines, begin:].astype(np.float32)
    green_site = 1 + colour if across else 2 - colour
    own = np.minimum((values[:, ::2] - light.black[3 * colour]) * light.scale[3 * colour], 1)
    beside = np.minimum((values[:, 1::2] - light.black[green_site]) * light.scale[green_site], 1)
    if not beside.max() > _BRIGHT:
        return None
    length = min(own.shape[1], beside.shape[1])
    green = np.maximum(beside[:, : length - 1] + beside[:, 1:length], 0) / 2  # at samples 1 to length - 1
    own = np.maximum(own[:, :length], 0)
    # As blurred as green is by standing between two.
    own = np.concatenate([own[:, 1:-1] * 0.75 + (own[:, :-2] + own[:, 2:]) * 0.125, own[:, -1:]], axis=1)
    parts = [_beyond(own, green), _beyond(own[:, ::-1], green[:, ::-1])]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _beyond(own: np.ndarray, green: np.ndarray) -> Profiles:
    """Profiles to the right of edges from bright to dark."""
    is_bright = green > _BRIGHT
    falls = is_bright[:, : -_PROFILE - 1] & ~is_bright[:, 1:-_PROFILE]
    line, column = np.nonzero(falls)
    span = column[:, None] + 1 + np.arange(_PROFILE)
    own, green = own[line[:, None], span], green[line[:, None], span]
    is_edge = green[:, _FALL:].max(axis=1, initial=0) < _DARK
    return own[is_edge], green[is_edge]


def _votes(own: np.ndarray, green: np.ndarray) -> tuple[int, int, int]:
    """Edges with too much light of a colour beside them, with too little, and all."""
    far = (own[:, 9:].sum(axis=1) + 3 * FLOOR) / (green[:, 9:].sum(axis=1) + 3 * FLOOR)
    high, low = np.maximum(far, 1)[:, None] * green, np.minimum(far, 1)[:, None] * green
    dark = green[:, :_NEAR] < _LIT

    def fringed(extra: np.ndarray, least: np.ndarray) -> np.ndarray:
        seen = ((extra[:, :_NEAR] > least[:, :_NEAR] + _LIGHT) & dark).any(axis=1)
        return seen & (extra[:, _NEAR : 2 * _NEAR].mean(axis=1) < _GLOW * extra[:, :_NEAR].max(axis=1))

    more = fringed(own - high, (_RATIO - 1) * high)
    less = fringed(low - own, (_RATIO - 1) * own)
    return int((more & ~less).sum()), int((less & ~more).sum()), len(own)
