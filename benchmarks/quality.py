"""Picture quality, stage by stage, beside the peers that are installed: every table of the quality issue.

`python benchmarks/quality.py [--only SECTION] [--quick] [--record]`, whose sections are demosaic, noise, end-to-end,
speed, tone, edges, highlights and aberration.
Whole sets take about ten minutes on two cores, most of it bm3d; `--quick` takes two pictures of each. The shared data
(TIRAGE_DATA) hold halves of the Kodak and McMaster sets. Seeds are fixed: all figures but the times are the same in
every run. `--record` appends the figures to benchmarks/history.jsonl.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path

from quality import aberration, demosaicing, edges, end_to_end, highlights, speed, tone
from quality.peers import missing
from quality.report import Table

QUICK_PICTURES, QUICK_ROUNDS, ROUNDS = 2, 3, 15

SECTIONS: dict[str, Callable[[int | None], list[Table]]] = {
    "demosaic": lambda count: [demosaicing.clean(count)],
    "noise": lambda count: [demosaicing.noisy(count)],
    "end-to-end": end_to_end.tables,
    "speed": lambda count: [speed.table(QUICK_ROUNDS if count else ROUNDS)],
    "tone": lambda count: [*tone.tables(count), tone.metering()],
    "edges": edges.tables,
    "highlights": highlights.tables,
    "aberration": lambda count: [aberration.lateral(), aberration.elsewhere(), aberration.axial(count)],
}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=SECTIONS)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", module="colour")
    print(f"{os.cpu_count()} cores, {platform.machine()}, {date.today()}{', two pictures a set' * options.quick}")
    if missing():
        print(f"left out, not installed: {', '.join(missing())}")
    figures = {}
    for section in [options.only] if options.only else SECTIONS:
        for table in SECTIONS[section](QUICK_PICTURES if options.quick else None):
            table.show()
            figures[table.title] = {"columns": list(table.columns), "rows": table.record()}
    if options.record:
        line = {
            "date": str(date.today()),
            "benchmark": "quality",
            "cores": os.cpu_count(),
            "machine": platform.machine(),
            "load_average": round(os.getloadavg()[0], 1),
            "quick": options.quick,
            "figures": figures,
        }
        with Path(__file__).with_name("history.jsonl").open("a") as history:
            history.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
