"""The door to the kernels: what it takes, what it refuses, and that it computes what NumPy computes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import timeit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels import emulation
from tirage.kernels.call import Library, Placed, _threads
from tirage.kernels.developer import developer_library
from tirage.photo.errors import KernelError, UsageError

GRAPHS = "kernels.graphs:GRAPHS"


@pytest.fixture(scope="module")
def library() -> Library:
    pytest.importorskip("halide")
    return developer_library(GRAPHS)


def blurred(image: np.ndarray, gain: float) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(np.float64), (5, 5))
    return windows.sum((2, 3)) * gain


def picture(height: int, width: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width), dtype=np.float32)


# What it computes


@given(
    shape=st.tuples(*[st.integers(1, 7)] * 3),
    order=st.permutations([0, 1, 2]),
    signs=st.tuples(*[st.sampled_from([1, -1, 2, -3])] * 3),
    image_origin=st.tuples(*[st.integers(-50, 50)] * 3),
    offset=st.tuples(*[st.integers(0, 3)] * 3),
    read_only=st.booleans(),
)
def test_any_strides_and_origins(shape, order, signs, image_origin, offset, read_only, library) -> None:
    """A copy of any view into any view is what NumPy's slicing says, and touches nothing else."""

    def view(array: np.ndarray) -> np.ndarray:
        return array.transpose(order)[tuple(slice(None, None, sign) for sign in signs)]

    memory = np.arange(np.prod(shape) * 27, dtype=np.uint16).reshape([3 * n for n in shape])
    image = view(memory)
    image.flags.writeable = not read_only
    begin = [min(o, n - 1) for o, n in zip(offset, image.shape, strict=True)]
    wanted = image[tuple(slice(b, None) for b in begin)]
    background = np.full_like(memory, 7)
    output = view(background)[tuple(slice(b, None) for b in begin)]
    expected = background.copy()
    view(expected)[tuple(slice(b, None) for b in begin)] = wanted
    output_origin = tuple(o + b for o, b in zip(image_origin, begin, strict=True))
    library.run("copy", Placed(image, image_origin), Placed(output, output_origin))
    np.testing.assert_array_equal(background, expected)


def test_placed_neighbourhood_is_found(library: Library) -> None:
    image, output = picture(44, 64), np.zeros((40, 60), np.float32)
    library.run("blur", Placed(image, (-2, -2)), np.float32(0.04), np.int32(0), output)
    np.testing.assert_allclose(output, blurred(image, 0.04), rtol=1e-5)


def test_two_outputs(library: Library) -> None:
    image = np.arange(50, dtype=np.uint8)
    one, two = np.zeros_like(image), np.zeros_like(image)
    library.run("two", image, np.uint8(255), one, two)
    np.testing.assert_array_equal(one, image + 1)
    np.testing.assert_array_equal(two, image + 2)


def test_results_do_not_depend_on_threads(library: Library) -> None:
    image = picture(304, 204)
    results = []
    try:
        for count in (1, 2, 7):
            library.set_threads(count)
            results.append(np.zeros((300, 200), np.float32))
            library.run("blur", Placed(image, (-2, -2)), np.float32(1), np.int32(0), results[-1])
    finally:
        library.set_threads(_threads())
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_nor_on_the_kernels_beside(library: Library) -> None:
    """Kernels begin alone and among as many as there are threads, and go on when others have ended."""
    image, wanted = picture(304, 204), np.zeros((300, 200), np.float32)
    library.run("blur", Placed(image, (-2, -2)), np.float32(1), np.int32(0), wanted)
    equal: list[bool] = []

    def repeat(times: int) -> None:
        for _ in range(times):
            result = np.zeros_like(wanted)
            library.run("blur", Placed(image, (-2, -2)), np.float32(1), np.int32(0), result)
            equal.append(np.array_equal(result, wanted))

    library.set_threads(2)
    try:
        callers = [threading.Thread(target=repeat, args=(times,)) for times in (20, 50, 100)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    finally:
        library.set_threads(_threads())
    assert len(equal) == 170 and all(equal)


def test_equal_bits_on_every_instruction_set(library: Library) -> None:
    """And on an emulated arm-64. Infinity and NaN come out in the same places; a NaN's payload may differ."""
    image = (picture(33, 47) * 20 - 0.9).astype(np.float32)
    image[3, 3:7] = np.inf, -np.inf, np.nan, -0.0
    results = {}
    for isa, built in emulation.libraries(GRAPHS).items():
        assert built.isa == isa
        built.run("transcendental", image, results.setdefault(isa, np.zeros_like(image)))
    emulation.run_on_arm64("transcendental", image, results.setdefault("arm-64", np.zeros_like(image)), graphs=GRAPHS)
    assert len(results) > 1
    first, *others = results.values()
    assert np.isfinite(first).mean() > 0.9
    for other in others:
        np.testing.assert_array_equal(first, other)


def test_arm64_keeps_layouts_and_errors() -> None:
    interleaved = np.arange(24, dtype=np.uint16).reshape(2, 4, 3)
    output = np.zeros_like(interleaved)
    planar = interleaved.transpose(2, 0, 1)
    emulation.run_on_arm64("copy", planar[:, ::-1], output.transpose(2, 0, 1), graphs=GRAPHS)
    np.testing.assert_array_equal(output, interleaved[::-1])
    with pytest.raises(KernelError, match="accessed at 5, which is beyond the max"):
        emulation.run_on_arm64("copy", planar, Placed(output.transpose(2, 0, 1), (0, 1, 2)), graphs=GRAPHS)


# What it refuses


def test_kernel_speaks_for_itself(library: Library) -> None:
    image, output = picture(40, 60), np.zeros((40, 60), np.float32)
    with pytest.raises(KernelError, match="'blur': Input buffer image is accessed at -2"):
        library.run("blur", image, np.float32(1), np.int32(0), output)
    with pytest.raises(KernelError, match="'two': Requirement Failed"):
        library.run("two", np.full(9, 5, np.uint8), np.uint8(4), np.zeros(9, np.uint8), np.zeros(9, np.uint8))
    with pytest.raises(KernelError, match="stride"):
        library.run("blur", image[:, ::2], np.float32(1), np.int32(0), Placed(output[:30, :20], (5, 5)))


@pytest.mark.parametrize(
    ("image", "complaint"),
    [
        (np.zeros((2, 3, 4), np.float32), "argument 1 (image): must be uint16, not float32"),
        (np.zeros((2, 3, 4), np.dtype(np.uint16).newbyteorder()), "must be in native byte order"),
        (np.zeros((3, 4), np.uint16), "must have 3 dimensions, not 2 (shape (3, 4))"),
        (np.zeros((2, 0, 4), np.uint16), "must not be empty (shape (2, 0, 4))"),
        (np.zeros(49, np.uint8)[1:].view(np.uint16).reshape(2, 3, 4), "not aligned"),
        (np.zeros((2, 3, 4), "u2,u1")["f0"], "not aligned"),
        ([[[1]]], "must be an array of uint16, not a list"),
        (None, "must be an array of uint16, not a NoneType"),
        (np.uint16(1), "must be an array of uint16, not a uint16"),
        (Placed(np.zeros((2, 3, 4), np.uint16), (0, 0)), "3 dimensions, but its origin has 2"),
        (Placed(np.zeros((2, 3, 4), np.uint16), (0, 0, 2**31 - 2)), "is too large for a kernel"),
        (np.lib.stride_tricks.as_strided(np.zeros(1, np.uint16), (1, 1, 1), (0, 2**33, 0)), "is too large"),
    ],
)
def test_unfit_arrays(image, complaint: str, library: Library) -> None:
    with pytest.raises(KernelError) as caught:
        library.run("copy", image, np.zeros((2, 3, 4), np.uint16))
    assert complaint in str(caught.value)
    assert str(caught.value).startswith("kernel 'copy', argument 1 (image): ")


def test_read_only_output(library: Library) -> None:
    output = np.zeros((2, 3, 4), np.uint16)
    output.flags.writeable = False
    with pytest.raises(KernelError, match=r"argument 2 \(copy\): is an output, but the array is read-only"):
        library.run("copy", np.ones((2, 3, 4), np.uint16), output)


@pytest.mark.parametrize("gain", [1, 1.0, np.float64(1), np.int32(1), np.ones(1, np.float32), None])
def test_scalars_are_of_their_exact_type(gain, library: Library) -> None:
    with pytest.raises(KernelError, match=r"argument 2 \(gain\): must be a NumPy scalar of type float32, not"):
        library.run("blur", picture(9, 9), gain, np.int32(0), np.zeros((5, 5), np.float32))


def test_wrong_name_and_count(library: Library) -> None:
    with pytest.raises(KernelError, match="no kernel 'blurr'; did you mean 'blur'"):
        library.run("blurr")
    with pytest.raises(KernelError, match=r"takes 2 arguments \(image, copy\), but was given 1"):
        library.run("copy", np.zeros((1, 1, 1), np.uint16))


def test_each_thread_gets_its_own_error(library: Library) -> None:
    """Eight threads provoke different errors at once: none may be told another's, or none at all."""
    heard: dict[int, set[str]] = {}

    def provoke(limit: int) -> None:
        image, output = np.full(100, limit + 1, np.uint8), np.zeros(100, np.uint8)
        for _ in range(300):
            try:
                library.run("two", image, np.uint8(limit), output, output.copy())
                heard.setdefault(limit, set()).add("nothing")
            except KernelError as error:
                heard.setdefault(limit, set()).add(str(error))

    threads = [threading.Thread(target=provoke, args=(limit,)) for limit in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for limit in range(8):
        assert len(heard[limit]) == 1
        assert heard[limit].pop().endswith(f" {limit + 1} {limit}")


def test_python_runs_on_while_a_kernel_runs(library: Library) -> None:
    """The GIL is released: with no turns given by force, another thread gets one only while a kernel runs."""
    image, output = picture(3004, 4004), np.zeros((3000, 4000), np.float32)
    ticks, done = [0], threading.Event()

    def count() -> None:
        while not done.is_set():
            ticks[0] += 1
            time.sleep(0)  # gives the turn back

    library.set_threads(1)
    interval = sys.getswitchinterval()
    counter = threading.Thread(target=count)
    counter.start()
    sys.setswitchinterval(1e3)
    try:
        before = ticks[0]
        for _ in range(1000):  # a busy machine may have no core for the counter at first
            library.run("blur", Placed(image, (-2, -2)), np.float32(1), np.int32(0), output)
            if ticks[0] > before:
                return
        pytest.fail("no other thread ran during a thousand kernels")
    finally:
        sys.setswitchinterval(interval)
        done.set()
        counter.join()
        library.set_threads(_threads())


def test_a_call_costs_little(library: Library) -> None:
    image, output = np.zeros((1, 1, 1), np.uint16), np.zeros((1, 1, 1), np.uint16)
    seconds = min(timeit.repeat(lambda: library.run("copy", image, output), number=500, repeat=7)) / 500
    assert seconds < 50e-6


# Threads and their number


def test_thread_count_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIRAGE_THREADS", "3")
    assert _threads() == 3
    for wrong in ("0", "-1", "many", "1.5"):
        monkeypatch.setenv("TIRAGE_THREADS", wrong)
        with pytest.raises(UsageError, match="TIRAGE_THREADS must be a whole number of at least 1"):
            _threads()
    monkeypatch.delenv("TIRAGE_THREADS")
    assert _threads() >= 1


def test_no_threads_is_an_error(library: Library) -> None:
    with pytest.raises(UsageError, match="at least 1, not 0"):
        library.set_threads(0)


# Processes and their memory

PREAMBLE = """
import os, signal, sys, threading
from pathlib import Path
import numpy as np
from tirage.kernels.call import Placed
from tirage.kernels.developer import developer_library
library = developer_library("kernels.graphs:GRAPHS")
library.set_threads(4)
"""

FORKS = """
def right(size):
    output = np.zeros((size, size), np.float32)
    image = np.ones((size + 4, size + 4), np.float32)
    library.run("blur", Placed(image, (-2, -2)), np.float32(1), np.int32(0), output)
    return bool((output == 25).all())

def keep_on():
    while not done.is_set():
        right(600)

done = threading.Event()
threads = [threading.Thread(target=keep_on) for _ in range(3)]
for thread in threads:
    thread.start()
codes = []
tasks = Path("/proc/self/task")
for _ in range(60):
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        threaded = right(200) and (not tasks.exists() or len(list(tasks.iterdir())) > 1)
        os._exit(0 if threaded and right(201) else 1)
    codes.append(os.waitpid(child, 0)[1])
done.set()
for thread in threads:
    thread.join()
assert right(300)
assert not any(codes), codes
"""

SHORT_OF_MEMORY = """
import resource
def run(size):
    image = np.zeros(size, np.uint8)
    output = np.zeros(size, np.uint8)
    library.run("stored", image, output)
    assert output.all()

library.set_threads(1)  # more threads would claim address space of their own
run(60 << 20)  # its intermediate is kept
pages = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (pages + (256 << 20), resource.RLIM_INFINITY))
run(90 << 20)
"""


def in_its_own_process(script: str) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PREAMBLE + script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_fork_while_kernels_run_leaves_both_sides_working(library: Library) -> None:
    """`multiprocessing` forks; the child has none of the threads that its parent's kernels ran on."""
    in_its_own_process(FORKS)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory by RLIMIT_AS, reads /proc")
def test_memory_kept_for_later_is_given_back_where_it_is_needed_now(library: Library) -> None:
    in_its_own_process(SHORT_OF_MEMORY)
