"""Worker processes: answers, deaths, and being told to stop."""

from __future__ import annotations

import contextlib
import sys
import textwrap
import time

import pytest

from tirage.cli import pool


def worker(body: str) -> list[str]:
    """The command of a real worker whose work is `body`, given `request`."""
    code = "import os, signal, sys, time\nfrom tirage.cli.worker import serve\ndef work(request):\n"
    return [sys.executable, "-c", code + textwrap.indent(textwrap.dedent(body), "    ") + "\nserve(work)\n"]


def answers(requests, command, jobs=2) -> dict[int, dict]:
    return dict(pool.run(requests, jobs, command))


def test_every_request_is_answered_once():
    assert answers([{"n": n} for n in range(20)], worker("pass")) == {n: {} for n in range(20)}


def test_nothing_to_do():
    assert answers([], worker("pass")) == {}


def test_a_user_error_and_a_bug_become_sentences():
    command = worker("""
        from tirage.photo.errors import FileError
        if request["n"] == 0: raise FileError("no light in it")
        if request["n"] == 1: 1 / 0
    """)
    got = answers([{"n": n} for n in range(3)], command)
    assert got[0] == {"error": "no light in it", "exit_code": 1}
    assert "bug in tirage" in got[1]["error"] and "ZeroDivisionError" in got[1]["error"]
    assert got[2] == {}


@pytest.mark.parametrize(
    "end", ["os.kill(os.getpid(), signal.SIGSEGV)", "os.kill(os.getpid(), signal.SIGKILL)", "os._exit(7)"]
)
def test_a_worker_that_dies_fails_only_its_file(end):
    got = answers([{"n": n} for n in range(6)], worker(f"if request['n'] == 2: {end}"))
    assert [n for n in got if "error" in got[n]] == [2]
    assert any(word in got[2]["error"] for word in ("SIGSEGV", "SIGKILL", "7"))
    assert len(got) == 6


def test_the_temporary_file_of_a_worker_that_died_is_removed(tmp_path):
    command = worker("""
        from tirage.writing.atomic import replacing
        with replacing(request["target"]) as file:
            file.write(b"half a picture")
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    """)
    got = answers([{"target": str(tmp_path / "a.jpg")}], command)
    assert "SIGKILL" in got[0]["error"]
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_cannot_start_is_an_answer_too():
    assert "error" in answers([{}], ["/nonexistent/python"])[0]


def test_noise_on_standard_output_does_not_spoil_the_answers():
    assert answers([{}, {}], worker("print('hello'); os.write(1, b'from a library\\n')")) == {0: {}, 1: {}}


def test_names_that_are_not_unicode_travel(tmp_path):
    name = b"\xff.dng".decode(errors="surrogateescape")
    path = str(tmp_path / name)
    assert answers([{"path": path}], worker("open(request['path'], 'w').close()")) == {0: {}}
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_leaving_early_lets_the_workers_clean_up(tmp_path):
    command = worker("""
        path = request["path"]
        try:
            open(path, "w").close()
            time.sleep(60)
        finally:
            os.remove(path)
    """)
    started = time.monotonic()
    requests = [{"path": str(tmp_path / str(n))} for n in range(4)]
    with pytest.raises(KeyboardInterrupt), contextlib.closing(pool.run(requests, 2, command)) as running:
        _interrupt_when(lambda: len(list(tmp_path.iterdir())) == 2)
        next(running)
    assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - started < 20


def _interrupt_when(condition) -> None:
    """Send this process Ctrl-C once `condition` holds."""
    import os
    import signal
    import threading

    def watch():
        while not condition():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=watch, daemon=True).start()


def test_threads_are_shared_out_unless_the_user_decides(monkeypatch, tmp_path):
    command = worker("open(request['path'], 'w').write(os.environ['TIRAGE_THREADS'])")
    monkeypatch.delenv("TIRAGE_THREADS", raising=False)
    monkeypatch.setattr(pool, "cores", lambda: 8)
    answers([{"path": str(tmp_path / "shared")}, {"path": str(tmp_path / "too")}], command, jobs=2)
    assert (tmp_path / "shared").read_text() == "4"
    monkeypatch.setenv("TIRAGE_THREADS", "3")
    answers([{"path": str(tmp_path / "own")}], command)
    assert (tmp_path / "own").read_text() == "3"


@pytest.mark.parametrize(
    ("memory", "cores", "files", "largest", "expected"),
    [
        (1 << 40, 8, 100, 1 << 20, 8),
        (1 << 40, 8, 3, 1 << 20, 3),
        (900 << 20, 8, 100, 1 << 20, 2),
        (4 << 30, 8, 100, 100 << 20, 2),
        (1, 8, 100, 1 << 20, 1),
        (None, 4, 100, 1 << 20, 4),
    ],
)
def test_jobs_fit_cores_memory_and_files(monkeypatch, memory, cores, files, largest, expected):
    monkeypatch.setattr(pool, "available_bytes", lambda: memory)
    monkeypatch.setattr(pool, "cores", lambda: cores)
    assert pool.default_jobs(files, largest) == expected


def test_available_memory_is_plausible():
    free = pool.available_bytes()
    assert free is None or 1 << 20 < free < 1 << 50
