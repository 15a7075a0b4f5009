"""The same file gives the same picture on every machine: sse4.1, avx2, avx512, and arm-64 under qemu-user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kernels.emulation import run_on_arm64
from portability.cases import cases
from tirage.kernels import targets
from tirage.kernels.call import library, run

CASES = Path(__file__).with_name("cases.py")


def _digests(isa: str) -> dict[str, str]:
    environment = {**os.environ, "TIRAGE_ISA": isa}
    finished = subprocess.run([sys.executable, str(CASES)], capture_output=True, text=True, env=environment)
    if "does not have" in finished.stderr:
        pytest.skip(f"this CPU does not have {isa}")
    assert finished.returncode == 0, finished.stderr
    answer = json.loads(finished.stdout.splitlines()[-1])
    assert answer["isa"] == isa
    assert sorted(answer["digests"]) == answer["graphs"], "a graph has no case"
    return answer["digests"]


def test_every_instruction_set_gives_equal_pixels() -> None:
    names = [isa.name for isa in targets.instruction_sets(targets.host())]
    if len(names) < 2:
        pytest.skip("this platform has one instruction set")
    least = _digests(names[0])
    for name in names[1:]:
        assert _digests(name) == least


def test_the_number_of_threads_does_not_matter() -> None:
    try:
        for name, (arguments, output) in cases().items():
            results = []
            for threads in (1, 3):
                library().set_threads(threads)
                output[...] = 0
                run(name, *arguments, output)
                results.append(output.copy())
            np.testing.assert_array_equal(*results, err_msg=name)
    finally:
        library().set_threads(os.cpu_count() or 1)


@pytest.mark.parametrize("name", sorted(cases()))
def test_arm_64_gives_equal_pixels(name: str) -> None:
    arguments, output = cases()[name]
    emulated = output.copy() if output.flags.c_contiguous else output.transpose(1, 2, 0).copy().transpose(2, 0, 1)
    run_on_arm64(name, *arguments, emulated)
    run(name, *arguments, output)
    np.testing.assert_array_equal(emulated, output)
    assert np.ptp(output.astype(np.float64)) > 0
