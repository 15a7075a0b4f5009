"""What is written is what is read."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from developing.scenes import frame
from opcodes.lists import HEIGHT, WIDTH, lists
from tirage.developing.linearise import sensor_tables
from tirage.developing.opcode_list_2 import with_list_2_applied
from tirage.opcodes import decode
from tirage.opcodes.apply import apply_to_stored
from tirage.opcodes.encode import encode
from tirage.opcodes.names import NAMES, code, described, name
from tirage.photo.errors import TirageError
from tirage.photo.operations import Operation, WarpRectilinear


def facts(operation: Operation) -> dict:
    """Every field, arrays as lists."""
    fields = ((field.name, getattr(operation, field.name)) for field in dataclasses.fields(operation))
    return {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in fields}


def stands_in(first: Operation, second: Operation) -> bool:
    """Whether the second is there for readers that don't know the first, an optional WarpRectilinear2."""
    return first.optional and code(first) == 14 and code(second) in (1, 2)


@given(lists())
def test_a_list_comes_back_equal(operations: list[Operation]) -> None:
    operations = [dataclasses.replace(one, optional=index % 2 == 0) for index, one in enumerate(operations)]
    assume(not any(stands_in(*pair) for pair in pairwise(operations)))
    notes: list[str] = []
    back = decode.operations(encode(operations), "OpcodeList3", WIDTH, HEIGHT, notes)
    assert [(type(one), facts(one)) for one in back] == [(type(one), facts(one)) for one in operations]
    assert encode(back) == encode(operations) and notes == []


def test_a_warp_that_stands_in_for_an_optional_newer_one_is_skipped() -> None:
    newer = WarpRectilinear(
        np.eye(1, 15), np.zeros((1, 2)), (0.5, 0.5), np.array([[0.0, 1.0]]), dng_version=(1, 6, 0, 0), optional=True
    )
    older = WarpRectilinear(np.eye(1, 4), np.zeros((1, 2)), (0.5, 0.5))
    for optional, kept in ((True, 1), (False, 2)):
        data = encode([dataclasses.replace(newer, optional=optional), older])
        assert len(decode.operations(data, "OpcodeList3", WIDTH, HEIGHT, [])) == kept


@given(lists())
def test_every_operation_has_a_name_and_a_line(operations: list[Operation]) -> None:
    for one in operations:
        assert NAMES[code(one)] == name(one)
        assert described(one).startswith(f"{name(one)}: ") and "\n" not in described(one)


@settings(max_examples=200)
@given(lists(), st.lists(st.tuples(st.integers(0, 399), st.sampled_from([0, 1, 2, 127, 128, 255])), max_size=4))
def test_what_mutated_lists_hold_can_act(operations: list[Operation], changes: list[tuple[int, int]]) -> None:
    """Either one sentence, or operations that do no harm to a frame."""
    data = bytearray(encode(operations))
    for at, value in changes:
        data[at % len(data)] = value
    try:
        found = decode.operations(bytes(data), "OpcodeList2", WIDTH, HEIGHT, [])
    except TirageError as error:
        assert "OpcodeList2" in str(error) and "\n" not in str(error)
        return
    raw = frame(HEIGHT, WIDTH, opcode_list_2=found, opcode_list_3=found)
    with np.errstate(over="ignore", invalid="ignore"):
        assert apply_to_stored(found, raw.mosaic, 1, []).shape == raw.mosaic.shape
        done = with_list_2_applied(raw)
        assert sensor_tables(done, np.ones(3), done.default_crop).gain.array.nbytes < 2**22
