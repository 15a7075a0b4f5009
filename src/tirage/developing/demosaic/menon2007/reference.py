"""Menon, Andriani & Calvagno (2007) in NumPy float64, on whole pictures with masks, step by step as in the paper."""

from __future__ import annotations

import numpy as np

BORDER = 16


def _shifted(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """The value `down` rows below and `right` columns to the right of each pixel; the border absorbs what wraps."""
    return np.roll(image, (-down, -right), (0, 1))


def _mean_of_two(image: np.ndarray, horizontal: bool) -> np.ndarray:
    down, right = (0, 1) if horizontal else (1, 0)
    return (_shifted(image, down, right) + _shifted(image, -down, -right)) / 2


def _mean_of_three(image: np.ndarray, horizontal: bool) -> np.ndarray:
    down, right = (0, 1) if horizontal else (1, 0)
    return (_shifted(image, down, right) + image + _shifted(image, -down, -right)) / 3


def demosaic(mosaic: np.ndarray, cfa: str) -> np.ndarray:
    """`(H, W)` to `(3, H, W)` float64."""
    mosaic = np.pad(np.asarray(mosaic, np.float64), BORDER, mode="reflect")
    rows, columns = np.mgrid[: mosaic.shape[0], : mosaic.shape[1]]
    colours = np.array([["RGB".index(cfa[2 * i + j]) for j in (0, 1)] for i in (0, 1)])
    own = colours[rows % 2, columns % 2]  # BORDER is even
    red_site, green_site, blue_site = own == 0, own == 1, own == 2
    red_row = np.isin(rows % 2, [i for i in (0, 1) if 0 in colours[i]])
    green_on_red_row, green_on_blue_row = green_site & red_row, green_site & ~red_row

    # Green along each direction: the mean of the neighbours plus half the colour's own curvature.
    def green_along(horizontal: bool) -> np.ndarray:
        down, right = (0, 2) if horizontal else (2, 0)
        curvature = (2 * mosaic - _shifted(mosaic, down, right) - _shifted(mosaic, -down, -right)) / 4
        return np.where(green_site, mosaic, _mean_of_two(mosaic, horizontal) + curvature)

    green_h, green_v = green_along(True), green_along(False)
    difference_h = np.where(green_site, 0, mosaic - green_h)
    difference_v = np.where(green_site, 0, mosaic - green_v)
    change_h = np.abs(difference_h - _shifted(difference_h, 0, 2))
    change_v = np.abs(difference_v - _shifted(difference_v, 2, 0))
    # Figure 4: the weights of the changes that start at (down, right) of the pixel.
    weights = {(0, -2): 3, (0, 0): 3, (2, -2): 1, (2, 0): 1, (-2, -2): 1, (-2, 0): 1, (1, -1): 1, (-1, -1): 1}
    total_h = sum(weight * _shifted(change_h, *at) for at, weight in weights.items())
    total_v = sum(weight * _shifted(change_v, at[1], at[0]) for at, weight in weights.items())
    horizontal = total_v >= total_h
    green = np.where(horizontal, green_h, green_v)

    def along(image: np.ndarray, mean) -> np.ndarray:
        return np.where(horizontal, mean(image, True), mean(image, False))

    red, blue = np.where(red_site, mosaic, 0.0), np.where(blue_site, mosaic, 0.0)
    red_excess = np.where(red_site, mosaic - green, 0.0)
    blue_excess = np.where(blue_site, mosaic - green, 0.0)
    red = np.where(green_on_red_row, mosaic + _mean_of_two(red_excess, True), red)
    red = np.where(green_on_blue_row, mosaic + _mean_of_two(red_excess, False), red)
    blue = np.where(green_on_blue_row, mosaic + _mean_of_two(blue_excess, True), blue)
    blue = np.where(green_on_red_row, mosaic + _mean_of_two(blue_excess, False), blue)
    red_over_blue = along(red - blue, _mean_of_two)
    red = np.where(blue_site, mosaic + red_over_blue, red)
    blue = np.where(red_site, mosaic - red_over_blue, blue)

    # Refining: green at red and blue, then red and blue at green, then red at blue and blue at red.
    green = np.where(red_site, mosaic - along(red - green, _mean_of_three), green)
    green = np.where(blue_site, mosaic - along(blue - green, _mean_of_three), green)
    for_red, for_blue = red - green, blue - green
    red = np.where(green_on_blue_row, green + _mean_of_two(for_red, False), red)
    red = np.where(green_on_red_row, green + _mean_of_two(for_red, True), red)
    blue = np.where(green_on_red_row, green + _mean_of_two(for_blue, False), blue)
    blue = np.where(green_on_blue_row, green + _mean_of_two(for_blue, True), blue)
    red_over_blue = along(red - blue, _mean_of_three)
    red = np.where(blue_site, mosaic + red_over_blue, red)
    blue = np.where(red_site, mosaic - red_over_blue, blue)
    inside = slice(BORDER, -BORDER)
    return np.stack([red, green, blue])[:, inside, inside]
