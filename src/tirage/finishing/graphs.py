"""The order of finishing, stated once: exposure -> local tone -> corner shading -> look -> sharpening -> texture, grain
-> encoding."""

from __future__ import annotations

from collections.abc import Sequence

import halide as hl

from ..kernels.vocabulary import Machine, Steps
from .encode.kernel import to_8_bit, to_16_bit
from .grain.kernel import Grain
from .lens_character.kernel import CornerShading
from .local_tone.kernel import LocalGain
from .look.kernel import NODES, Look, exposed
from .sharpen.kernel import Sharpen, luma
from .texture.kernel import Texture

#: Places along x, pixels or quads, that are encoded together.
BLOCK = 32

x, y, c = hl.Var("x"), hl.Var("y"), hl.Var("c")
Colour = tuple[hl.Expr, hl.Expr, hl.Expr]
Offset = hl.Expr | int


class Finishing:
    """Scene light to display values.

    `sites` is the scene at (x, y): one R, G, B for a picture, or four for a picture of quads (site k at pixel
    (2x + k % 2, 2y + k // 2)). That grid lies `shift` off the picture's own coordinates.
    """

    def __init__(self, sites: Sequence[Colour], shift: tuple[Offset, Offset], bits: int) -> None:
        self.exposure = hl.ImageParam(hl.Float(32), 2, "exposure")
        self.corner = CornerShading()
        self.shaper = hl.ImageParam(hl.UInt(32), 1, "shaper")
        self.table = hl.ImageParam(hl.UInt(64), 1, "table")
        self.gamut_threshold = hl.Param(hl.Float(32), "gamut_threshold")
        self.first_channel = hl.Param(hl.Int(32), "first_channel")
        self.width = hl.Param(hl.Int(32), "width")
        self.height = hl.Param(hl.Int(32), "height")
        self.local = LocalGain()
        self.exposure.dim(0).set_bounds(0, 3)
        self.exposure.dim(1).set_bounds(0, 3).set_stride(3)
        self.shaper.dim(0).set_min(0)
        self.table.dim(0).set_bounds(0, NODES**3)

        self.step = 2 if len(sites) == 4 else 1
        self.steps: list[Steps] = []
        self.looks = [self._look(index, colour, shift) for index, colour in enumerate(sites)]
        self.encoded = self._encoded()
        self.picture, self.luma = hl.Func("picture"), hl.Func("luma")
        channel = hl.clamp(hl.cast(hl.Int(32), hl.abs(c - self.first_channel)), 0, 2)  # 0 1 2, or 2 1 0
        self.picture[x, y, c] = self.encoded[x + shift[0], y + shift[1], channel]
        # The picture's edge, not the sensor's, is repeated: a strip must equal the whole.
        column = hl.clamp(x, 0, self.width - 1) + shift[0]
        row = hl.clamp(y, 0, self.height - 1) + shift[1]
        self.luma[x, y] = self.encoded[column, row, 3]
        self.sharpen = Sharpen(self.picture, self.luma)
        self.texture, self.grain = Texture(self.luma), Grain(self.luma)
        self.fine, textured = hl.Func("fine"), hl.Func("textured")
        by_texture = hl.select(self.texture.strength != 0, self.texture.step, hl.i16(0))
        self.fine[x, y] = by_texture + hl.select(self.grain.spacing != 0, self.grain.step, hl.i16(0))
        up, down = hl.max(self.fine[x, y], hl.i16(0)), hl.max(hl.i16(0) - self.fine[x, y], hl.i16(0))
        raised = hl.saturating_add(self.sharpen.output[x, y, c], hl.u16(2) * hl.cast(hl.UInt(16), up))
        textured[x, y, c] = hl.saturating_sub(raised, hl.u16(2) * hl.cast(hl.UInt(16), down))
        self.output = to_8_bit(textured) if bits == 8 else to_16_bit(textured)
        self.arguments = [self.exposure, *self.corner.arguments, self.shaper, self.table, self.gamut_threshold]
        self.arguments += [self.first_channel, *self.sharpen.arguments, self.width, self.height, *self.local.arguments]
        self.arguments += [*self.texture.arguments, *self.grain.arguments]

    def _look(self, index: int, colour: Colour, shift: tuple[Offset, Offset]) -> Look:
        column, row = self.step * x + index % 2 - shift[0], self.step * y + index // 2 - shift[1]
        steps = Steps(str(index))
        scene = steps.compute("scene", *colour)
        local, corner = self.local.gain(scene, column, row, steps), self.corner.gain(column, row)
        (gain,) = steps.compute("gain", local * corner, apart=self.local.applied == 0)
        lit = tuple(channel * gain for channel in scene)
        rgb = steps.compute("exposed", *exposed(lit, self.exposure))
        self.steps.append(steps)
        return Look(rgb, self.shaper, self.table, self.gamut_threshold, steps)

    def _encoded(self) -> hl.Func:
        """R', G', B' and luma of every pixel, in the shifted grid."""
        encoded = hl.Func("encoded")
        funcs = []
        for index, site in enumerate(self.looks):
            func = hl.Func(f"encoded_{index}")
            func[x, y] = site.channels
            funcs.append(func)
        self.encoded_sites = funcs

        def at(index: int, column: hl.Expr, row: hl.Expr) -> hl.Expr:
            red, green, blue = (funcs[index][column, row][channel] for channel in range(3))
            return hl.mux(c, [red, green, blue, luma((red, green, blue))])

        if self.step == 1:
            encoded[x, y, c] = at(0, x, y)
            return encoded
        sites = [at(index, x // 2, y // 2) for index in range(4)]
        even, odd = hl.select(x % 2 == 0, sites[0], sites[1]), hl.select(x % 2 == 0, sites[2], sites[3])
        encoded[x, y, c] = hl.select(y % 2 == 0, even, odd)
        return encoded

    def schedule(self, machine: Machine, strip_rows: int) -> tuple[hl.LoopLevel, hl.LoopLevel]:
        """Strips of the output in parallel; returns where a producer of the scene is stored and computed."""
        lanes = machine.vector_floats
        output, encoded = self.output, self.encoded
        yo, yi, xb, xo, xi, xp, yp = (hl.Var(name) for name in ("yo", "yi", "xb", "xo", "xi", "xp", "yp"))
        buffer = output.output_buffer()
        buffer.dim(0).set_stride(3)
        buffer.dim(2).set_stride(1).set_bounds(0, 3)
        output.compute_root().bound(c, 0, 3).split(y, yo, yi, strip_rows, hl.TailStrategy.GuardWithIf)
        output.split(x, xo, xi, machine.vector_shorts, hl.TailStrategy.GuardWithIf)
        output.reorder(c, xi, xo, yi, yo).unroll(c).vectorize(xi)
        if machine.parallel:
            output.parallel(yo)
        output.never_partition([yo])  # a copy of the whole strip for the picture's edges triples the compile time
        encoded.compute_at(output, yo).bound(c, 0, 4)
        if self.step == 2:
            encoded.align_bounds(x, 2).align_bounds(y, 2)
            encoded.split(x, xo, xp, 2).split(xo, xb, xo, BLOCK, hl.TailStrategy.RoundUp).split(xo, xo, xi, lanes)
            encoded.split(y, y, yp, 2).reorder(xi, c, xp, yp, xo, xb, y).unroll(xp).unroll(yp).never_partition([y])
        else:
            encoded.split(x, xb, xo, BLOCK, hl.TailStrategy.RoundUp).split(xo, xo, xi, lanes)
            encoded.reorder(xi, c, xo, xb, y)
        encoded.unroll(c).vectorize(xi)
        self.luma.compute_at(output, yo).vectorize(x, machine.vector_shorts, hl.TailStrategy.RoundUp)
        self.sharpen.schedule(machine, hl.LoopLevel(output, yo), hl.LoopLevel(output, yi))
        self.fine.compute_at(output, yi).vectorize(x, machine.vector_shorts, hl.TailStrategy.RoundUp)
        self.fine.specialize((self.texture.strength == 0) & (self.grain.spacing == 0))
        self.grain.schedule(machine, hl.LoopLevel(output, yo))
        self.local.wide.compute_at(output, yo).bound(c, 0, 2).vectorize(x, lanes, hl.TailStrategy.RoundUp)
        for steps, site in zip(self.steps, self.encoded_sites, strict=True):
            steps.schedule(machine, hl.LoopLevel(encoded, xb))
            site.compute_at(encoded, xb).vectorize(x, lanes)
        return hl.LoopLevel(output, yo), hl.LoopLevel(encoded, y)
