"""Work that is begun beside the caller's."""

from __future__ import annotations

import threading

import pytest

from tirage.photo.threads import begun


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
