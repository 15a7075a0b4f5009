"""Menon, Andriani & Calvagno (2007), "Demosaicing with directional filtering and a posteriori decision"."""

from __future__ import annotations

import halide as hl

from ..kernel import Demosaiced, neighbour, x, y


def demosaic(planes: hl.Func) -> Demosaiced:
    """The CFA planes `planes[x, y, site]` to RGB at each site of each quad, with the paper's refining step.

    Works on colour differences: `red_minus_green` at red sites and so on. Both directions are interpolated
    (section II.A), the one whose differences vary less is kept (II.B), red and blue follow (II.C), then the
    high frequencies are refined (III).
    """
    red, green_r, green_b, blue = (neighbour(planes, site) for site in range(4))

    def stored(name: str, *values: hl.Expr) -> hl.Func:
        func = hl.Func(name)
        func[x, y] = values[0] if len(values) == 1 else tuple(values)
        return func

    def part(func: hl.Func, index: int):
        return lambda dx=0, dy=0: func[x + dx, y + dy][index]

    def interpolated(colour, before, after, step_x: int, step_y: int) -> hl.Expr:
        """Colour minus green at a red or blue site, green interpolated along one direction (equation 2)."""
        second = 2 * colour(0, 0) - colour(-step_x, -step_y) - colour(step_x, step_y)
        return colour(0, 0) - ((before + after) * 0.5 + second * 0.25)

    # Colour differences along each direction, at red and at blue.
    across = stored(
        "difference_horizontal",
        interpolated(red, green_r(-1, 0), green_r(0, 0), 1, 0),
        interpolated(blue, green_b(0, 0), green_b(1, 0), 1, 0),
    )
    down = stored(
        "difference_vertical",
        interpolated(red, green_b(0, -1), green_b(0, 0), 0, 1),
        interpolated(blue, green_r(0, 0), green_r(0, 1), 0, 1),
    )

    # How much they change over two pixels.
    def change(func: hl.Func, dx: int, dy: int):
        return tuple(hl.abs(func[x, y][i] - func[x + dx, y + dy][i]) for i in range(2))

    change_across = stored("change_horizontal", *change(across, 1, 0))
    change_down = stored("change_vertical", *change(down, 0, 1))
    h_red, h_blue = part(change_across, 0), part(change_across, 1)
    v_red, v_blue = part(change_down, 0), part(change_down, 1)

    # The classifier: changes summed over 5x5 with the weights of figure 4.
    def total_across(same, other_near, other_far):
        pair = [same(-1, dy) + same(0, dy) for dy in (-1, 0, 1)]
        return 3 * pair[1] + (pair[0] + pair[2]) + (other_near + other_far)

    def total_down(same, other_near, other_far):
        pair = [same(dx, -1) + same(dx, 0) for dx in (-1, 0, 1)]
        return 3 * pair[1] + (pair[0] + pair[2]) + (other_near + other_far)

    across_wins_red = total_down(v_red, v_blue(-1, -1), v_blue(0, -1)) >= total_across(
        h_red, h_blue(-1, -1), h_blue(-1, 0)
    )
    across_wins_blue = total_down(v_blue, v_red(0, 0), v_red(1, 0)) >= total_across(h_blue, h_red(0, 0), h_red(0, 1))
    wins = stored("horizontal_wins", hl.cast(hl.UInt(8), across_wins_red), hl.cast(hl.UInt(8), across_wins_blue))
    wins_red, wins_blue = wins[x, y][0] != 0, wins[x, y][1] != 0
    chosen = stored(
        "difference_chosen",
        hl.select(wins_red, across[x, y][0], down[x, y][0]),
        hl.select(wins_blue, across[x, y][1], down[x, y][1]),
    )

    def at_green(differences: hl.Func, name: str):
        """Red minus green and blue minus green at the two green sites: the mean of the two neighbours (equation 6)."""
        r, b = part(differences, 0), part(differences, 1)
        func = stored(
            name,
            (r() + r(1, 0)) * 0.5,  # red at green on red rows
            (b(0, -1) + b()) * 0.5,  # blue there
            (r() + r(0, 1)) * 0.5,  # red at green on blue rows
            (b(-1, 0) + b()) * 0.5,  # blue there
        )
        return [part(func, i) for i in range(4)]

    r1, b1, r2, b2 = at_green(chosen, "at_green")

    def red_minus_blue(r, b):
        return lambda dx=0, dy=0: r(dx, dy) - b(dx, dy)

    rows_1, rows_2 = red_minus_blue(r1, b1), red_minus_blue(r2, b2)
    centre_red = hl.select(wins_red, rows_1(-1, 0) + rows_1(), rows_2(0, -1) + rows_2()) * 0.5
    centre_blue = hl.select(wins_blue, rows_2() + rows_2(1, 0), rows_1() + rows_1(0, 1)) * 0.5

    # Refining: low-pass each difference along the chosen direction, rebuild from the refined ones.
    third = hl.f32(1 / 3)
    refined = stored(
        "difference_refined",
        hl.select(wins_red, r1(-1, 0) + r1(), r2(0, -1) + r2()) * third + chosen[x, y][0] * third,
        hl.select(wins_blue, b2() + b2(1, 0), b1() + b1(0, 1)) * third + chosen[x, y][1] * third,
    )
    r1, b1, r2, b2 = at_green(refined, "at_green_refined")
    rows_1, rows_2 = red_minus_blue(r1, b1), red_minus_blue(r2, b2)
    smooth_red = hl.select(wins_red, rows_1(-1, 0) + rows_1(), rows_2(0, -1) + rows_2()) * third + centre_red * third
    smooth_blue = hl.select(wins_blue, rows_2() + rows_2(1, 0), rows_1() + rows_1(0, 1)) * third + centre_blue * third

    at_red = (red(0, 0), red(0, 0) - refined[x, y][0], red(0, 0) - smooth_red)
    at_green_r = (green_r(0, 0) + r1(), green_r(0, 0), green_r(0, 0) + b1())
    at_green_b = (green_b(0, 0) + r2(), green_b(0, 0), green_b(0, 0) + b2())
    at_blue = (blue(0, 0) + smooth_blue, blue(0, 0) - refined[x, y][1], blue(0, 0))
    return Demosaiced(
        (at_red, at_green_r, at_green_b, at_blue),
        stored=(across, down, change_across, change_down, wins, chosen, refined),
    )
