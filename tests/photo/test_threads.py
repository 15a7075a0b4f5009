"""Work that is begun beside the caller's, and locks that survive a fork."""

from __future__ import annotations

import inspect
import subprocess
import sys
import threading
import time
from functools import partial

import pytest

from tirage.photo.threads import begun, begun_in_turn


@pytest.mark.parametrize("count", ["1", "2"])
def test_what_is_begun_gives_its_result_and_its_error(count: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIRAGE_THREADS", count)
    assert begun(lambda: 7)() == 7
    with pytest.raises(ZeroDivisionError):
        begun(lambda: 1 // 0)()


def test_what_is_begun_runs_beside_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIRAGE_THREADS", "2")
    told = threading.Event()
    result = begun(lambda: told.wait(60))
    told.set()
    assert result()


def test_what_is_no_longer_wanted_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIRAGE_THREADS", "2")
    told, done = threading.Event(), []

    def act(number: int) -> None:
        if number == 1:
            told.wait(60)
        done.append(number)

    coming = begun_in_turn((partial(act, number) for number in range(5)), 1, 3)
    next(coming)()

    def tell() -> None:
        while inspect.getgeneratorstate(coming) != inspect.GEN_RUNNING:  # until it is being closed
            time.sleep(0.01)
        time.sleep(0.5)
        told.set()

    threading.Thread(target=tell).start()
    coming.close()
    assert done == [0, 1]


FORKS = """
import os, signal, threading, time
from tirage.photo import threads
lock = threads.lock()

def child_can_take_it():
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        with lock:
            os._exit(0)
    return os.waitpid(child, 0)[1] == 0

signal.alarm(60)
with lock:
    assert child_can_take_it()
held = threading.Event()

def hold():
    with lock:
        held.set()
        time.sleep(0.3)

holder = threading.Thread(target=hold)
holder.start()
held.wait()
assert child_can_take_it()
holder.join()
with lock:
    pass
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_lock_is_free_in_a_forked_process() -> None:
    result = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKS], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
