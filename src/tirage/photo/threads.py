"""Work shared between threads: for what lets go of Python's lock, as decoders and NumPy on large arrays do."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

Result = TypeVar("Result")


def threads() -> int:
    """As many as may be used: TIRAGE_THREADS, or the cores this process may use."""
    given = os.environ.get("TIRAGE_THREADS", "")
    if given.isdecimal() and int(given):
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def for_each(act: Callable[[int], None], count: int) -> None:
    """Call `act` for 0 .. `count` - 1, in any order, together."""
    most = min(count, threads())
    if most <= 1:
        for index in range(count):
            act(index)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(most) as pool:
        for _ in pool.map(act, range(count)):
            pass


def lock() -> threading.RLock:
    """A lock that forking waits for: a process forked while another thread held it would never get it.

    The thread that holds it may take it again, or fork.
    """
    made = threading.RLock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=made.acquire, after_in_parent=made.release, after_in_child=made.release)
    return made


def begun(act: Callable[[], Result]) -> Callable[[], Result]:
    """Begin `act` beside what the caller does: what is returned waits, gives its result or raises what it raised.

    Where there is one thread `act` begins when it is waited for.
    """
    if threads() <= 1:
        return act
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(1)
    result = pool.submit(act).result
    pool.shutdown(wait=False)
    return result


def begun_in_turn(
    acts: Iterable[Callable[[], Result]], together: int, ahead: int
) -> Generator[Callable[[], Result], None, None]:
    """What `begun` gives of each, so many of them at work `together`.

    One that is asked for begins, and so many after it: their results wait. Closed, it waits for those at work, and
    others do not begin.
    """
    if threads() <= 1:
        yield from acts
        return
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(together)
    coming: deque[Callable[[], Result]] = deque()
    try:
        for act in acts:
            coming.append(pool.submit(act).result)
            if len(coming) > ahead:
                yield coming.popleft()
        yield from coming
    finally:
        pool.shutdown(cancel_futures=True)
