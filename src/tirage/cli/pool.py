"""Worker processes that take requests until there are none; one that dies fails only the file it had."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

from .report import debugging

#: Memory that developing one file may take: at least this, and this many times the file's own size. A 24 MB file of
#: 12 MP takes 140 MiB to JPEG and 230 MiB to 16 bits; compressed files are half as large as their pixels.
BYTES_PER_FILE = 400 << 20
TIMES_ITS_SIZE = 16

#: How long workers have to remove their temporary files once they are told to stop.
GRACE_S = 5.0

WORKER = (sys.executable, "-P", "-m", "tirage.cli.worker")


def cores() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_bytes() -> int | None:
    """Memory that new processes may take, within this process's own limits; None where the system won't say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None
    try:  # a container's limit, cgroup v2
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
        free = min(free, limit - int(Path("/sys/fs/cgroup/memory.current").read_text()))
    except (OSError, ValueError):
        pass
    return free


def default_jobs(files: int, largest_bytes: int) -> int:
    """How many of `files` files, the largest of `largest_bytes`, to develop at once: as cores and memory allow."""
    memory = available_bytes()
    room = files if memory is None else memory // max(BYTES_PER_FILE, TIMES_ITS_SIZE * largest_bytes)
    return max(1, min(files, cores(), room))


def run(requests: Iterable[dict[str, Any]], jobs: int, command: Iterable[str] = WORKER) -> Generator[tuple[int, dict]]:
    """Yield (index of the request, answer) as workers finish, in the order they finish.

    An answer is {} or {"error": sentence, "exit_code": int}. Leaving early stops the workers and waits for them.
    """
    waiting: queue.SimpleQueue[tuple[int, dict] | None] = queue.SimpleQueue()
    finished: queue.SimpleQueue[tuple[int, dict]] = queue.SimpleQueue()
    total = 0
    for total, request in enumerate(requests, 1):
        waiting.put((total - 1, request))
    workers = [_Worker(list(command), waiting, finished, max(1, cores() // jobs)) for _ in range(min(jobs, total))]
    for _ in workers:
        waiting.put(None)
    try:
        for worker in workers:
            worker.start()
        for _ in range(total):
            yield finished.get()
    finally:
        for worker in workers:
            worker.stop()
        for worker in workers:
            if worker.is_alive():
                worker.join()


class _Worker(threading.Thread):
    """A thread that feeds one worker process, and starts another when that has died."""

    def __init__(self, command: list[str], waiting: Any, finished: Any, threads: int) -> None:
        super().__init__(daemon=True)
        self.command, self.waiting, self.finished = command, waiting, finished
        self.environment = {"TIRAGE_THREADS": str(threads), **os.environ}
        self.process: subprocess.Popen[str] | None = None
        self.stopping = False
        self.lock = threading.Lock()

    def run(self) -> None:
        """Take requests until there are none or `stop` is called."""
        try:
            while (item := self.waiting.get()) is not None and not self.stopping:
                index, request = item
                self.finished.put((index, self._answer(request)))
        finally:
            if self.process is not None:
                self.process.stdin.close()  # type: ignore[union-attr]
                self._wait()
                self.process.stdout.close()  # type: ignore[union-attr]

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The worker's answer to `request`, or the reason why there is none."""
        try:
            process = self._running()
            process.stdin.write(json.dumps(request) + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            return json.loads(process.stdout.readline())  # type: ignore[union-attr]
        except (OSError, ValueError):
            code = self._wait()
            if self.process is not None and "target" in request:
                _sweep(request["target"], self.process.pid)
            return {"error": f"the process developing it {_death(code)}", "exit_code": 1}

    def _running(self) -> subprocess.Popen[str]:
        """The worker process, a new one if there is none."""
        with self.lock:
            if self.stopping:
                raise OSError("stopping")
            if self.process is None or self.process.poll() is not None:
                self.process = subprocess.Popen(
                    self.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=None if debugging() else subprocess.DEVNULL,
                    env=self.environment,
                    text=True,
                )
            return self.process

    def stop(self) -> None:
        """Tell the worker process to leave what it is doing."""
        with self.lock:
            self.stopping = True
            if self.process is not None and self.process.poll() is None:
                self.process.terminate()

    def _wait(self) -> int | None:
        """Wait for the worker process to end, kill it if it does not; its exit code."""
        if self.process is None:
            return None
        try:
            return self.process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def _sweep(target: str, pid: int) -> None:
    """Remove the temporary file (`writing.atomic` names it so) that the dead process `pid` left beside `target`."""
    for path in Path(os.path.realpath(target)).parent.glob(f".tirage-{pid}-*.tmp"):
        path.unlink(missing_ok=True)


def _death(code: int | None) -> str:
    """How a process ended, in words."""
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        hint = "; there may be too little memory, try --jobs 1" if name == "SIGKILL" else "; the file may be damaged"
        return f"was ended by {name}{hint}"
    return f"ended unexpectedly (exit code {code}); the file may be damaged"
