"""How long a call takes, at its best."""

from __future__ import annotations

import time
from collections.abc import Callable


def best(function: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Least wall and CPU seconds of a call."""
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        function()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)
