"""A worker process: one JSON request per line in, one JSON answer per line out, until its input ends.

Decoding a stranger's file can end a process (a decoder's fault, no memory left); here only this one is lost.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from .report import debugging, exit_code, sentence

Request = dict[str, Any]
#: Called with how much is done, of how much, and what it is.
Progress = Callable[[int, int, str], None]


def develop_one(request: Request, progress: Progress | None = None) -> list[str]:
    """Develop the file or the burst that `request` names, by its recipe; the notes worth showing.

    A burst's picture gets the name that goes with its reference, which `request` then has as its "target".
    """
    from ..photo.recipe import Recipe
    from ..pipeline import photograph

    source = request["source"]
    if "burst" in request:
        from ..pipeline import merge

        source = merge(request["burst"], progress=progress, **request["merge"])
        request["target"] = dict(zip(request["burst"], request["targets"], strict=True))[source.source]
    picture = photograph(
        source,
        output=request["target"],
        recipe=Recipe.from_mapping(request["recipe"]),
        format=request["format"],
        overwrite=request["overwrite"],
        strip_gps=request["strip_gps"],
    )
    return list(picture.notes)


def serve(work: Callable[[Request], list[str] | None]) -> None:
    """Answer each request on standard input with {} or {"notes"} once `work` has done it, or {"error", "exit_code"}."""
    _unwind_when_told_to_stop()
    # Libraries that print must not spoil the answers: those get a private copy of standard output.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            request = json.loads(line)
            notes = work(request)
            answer: dict[str, Any] = {"notes": notes} if notes else {}
            if "burst" in request:
                answer["target"] = request["target"]
        except Exception as error:
            if debugging():
                import traceback

                traceback.print_exc()
            answer = {"error": sentence(error), "exit_code": exit_code(error)}
        print(json.dumps(answer), file=answers, flush=True)


def _unwind_when_told_to_stop() -> None:
    """Leave on the first SIGINT or SIGTERM through every `finally`, so that no temporary file stays behind."""

    def leave(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise SystemExit(128 + number)

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)


if __name__ == "__main__":
    serve(develop_one)
