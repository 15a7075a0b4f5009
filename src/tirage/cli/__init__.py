"""The command line: parse, call the pipeline, report. Knows no image science.

`main` is the entry point. Nothing heavy is imported before a command needs it, so `tirage --help` stays quick.
"""

from __future__ import annotations

import os


def main() -> None:
    """Run the `tirage` command on this process's arguments and exit with its code."""
    # OpenBLAS starts a pool of threads as NumPy is imported; no pixel path uses it, and it costs 60 ms.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from .app import tirage

    tirage.main(prog_name="tirage")
