"""What merging compiles."""

from __future__ import annotations

from functools import partial

from ..kernels.vocabulary import Graph
from .align.kernel import grey, halve, lucas_kanade, tile_costs, warp_grey
from .fuse.kernel import accumulate, begin, demosaic
from .ghosts.kernel import contradiction
from .shrink.kernel import shrink
from .superresolution.kernel import add_samples, finish_samples, residual

GRAPHS = (
    Graph("merge_grey", grey),
    Graph("merge_halve", halve),
    Graph("merge_warp_grey", warp_grey),
    Graph("merge_lucas_kanade", lucas_kanade),
    Graph("merge_tile_costs", tile_costs),
    Graph("merge_demosaic", demosaic),
    Graph("merge_begin", begin),
    Graph("merge_accumulate", partial(accumulate, 1), weight=2),
    Graph("merge_accumulate_objects", partial(accumulate, 2), weight=3),
    Graph("merge_contradiction", contradiction),
    Graph("merge_shrink", shrink, weight=2),
    Graph("merge_residual", residual),
    Graph("merge_add_samples", add_samples),
    Graph("merge_finish_samples", finish_samples),
)
