"""The order of developing, stated once: planes -> colour noise -> demosaic -> camera colour.

And how its intermediates are stored.
"""

from __future__ import annotations

import halide as hl

from ..kernels.vocabulary import Machine
from .camera_colour.kernel import camera_to_scene
from .colour_noise.kernel import ColourNoise
from .demosaic import kernel as quads
from .demosaic.learned import kernel as learned
from .demosaic.malvar2004 import kernel as malvar2004
from .demosaic.menon2007 import kernel as menon2007
from .linearise.kernel import Mosaic, SensorMosaic

METHODS = {
    "malvar2004": malvar2004.demosaic,
    "menon2007": menon2007.demosaic,
    "learned_one_pass": learned.demosaic(passes=1),
    "learned": learned.demosaic(passes=2),
}

#: The method whose sensor mosaics have their colour noise taken out on the way, and whose estimates are bounded by it.
COLOUR_NOISE_METHOD = "malvar2004"


class Demosaicing:
    """A mosaic's planes, and R, G, B at the sites of its quads."""

    def __init__(self, source: Mosaic, method: str) -> None:
        self.source = source
        self.planes = source.planes()
        self.colour_noise = None
        if isinstance(source, SensorMosaic) and method == COLOUR_NOISE_METHOD:
            self.colour_noise = ColourNoise(source, self.planes)
            self.quads = malvar2004.demosaic(self.colour_noise.output, self.colour_noise.deviation)
        else:
            self.quads = METHODS[method](self.planes)
        self.arguments = [*source.arguments, *(self.colour_noise.arguments if self.colour_noise else [])]
        self.arguments += self.quads.arguments

    def schedule(self, machine: Machine, strip: hl.LoopLevel, row: hl.LoopLevel) -> None:
        """Keep the planes and the intermediates for a strip of the consumer, a row of quads at a time.

        Folding them to the few rows in use halves Menon: 205 to 133 CPU-ms for the fused graph on 12 MP.
        """
        x, y, site = quads.x, quads.y, quads.site
        lanes = machine.vector_floats
        planes, padded = self.planes, self.source.padded
        padded.store_at(strip).compute_at(row).vectorize(x, machine.vector_shorts, hl.TailStrategy.RoundUp)
        planes.store_at(strip).compute_at(row).bound(site, 0, 4).reorder(site, x, y).unroll(site)
        planes.vectorize(x, lanes, hl.TailStrategy.RoundUp).fold_storage(y, 16)
        if self.colour_noise:
            self.colour_noise.schedule(machine, strip, row)
        if self.quads.schedule:
            self.quads.schedule(machine, strip, row)
        for func in self.quads.stored:
            func.store_at(strip).compute_at(row).vectorize(x, lanes, hl.TailStrategy.RoundUp).fold_storage(y, 8)


class Developing:
    """Stored values to scene light, in quads: `sites` are R, G, B of the four sites at (x, y)."""

    def __init__(self, method: str) -> None:
        self.sensor = SensorMosaic()
        self.demosaicing = Demosaicing(self.sensor, method)
        self.matrix = hl.ImageParam(hl.Float(32), 2, "matrix")
        self.sites = [camera_to_scene(colour, self.matrix) for colour in self.demosaicing.quads.sites]
        self.arguments = [*self.demosaicing.arguments, self.matrix]
        self.matrix.dim(0).set_bounds(0, 3)
        self.matrix.dim(1).set_bounds(0, 3).set_stride(3)
