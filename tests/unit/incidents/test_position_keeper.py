"""The thread that removes old positions: at the start, in steps, and whatever goes wrong."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.errors import DatabaseUnavailable
from data.positions import position_keeper
from data.positions.position_keeper import PositionKeeper

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def until(holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end_s, "it did not come"
        time.sleep(0.005)


@pytest.fixture
def forget(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Any]], list[datetime]]:
    """Have the store answer so, one after the other, and nothing more after that; gives what it was asked."""
    monkeypatch.setattr(position_keeper, "STEP_ROWS", 10)
    monkeypatch.setattr(position_keeper, "_BREATH_S", 0.001)

    def answer(answers: list[Any]) -> list[datetime]:
        asked: list[datetime] = []

        def forgotten(_store: object, before: datetime) -> int:
            asked.append(before)
            found = answers.pop(0) if answers else 0
            if isinstance(found, Exception):
                raise found
            return int(found)

        monkeypatch.setattr(position_keeper, "forget_positions", forgotten)
        return asked

    return answer


def test_it_removes_step_by_step_until_nothing_is_too_old(forget: Callable[[list[Any]], list[datetime]]) -> None:
    asked = forget([10, 10, 3])
    keeper = PositionKeeper(None, 7, poll_s=60, now=lambda: NOW)  # type: ignore[arg-type]  # nothing is asked of it
    keeper.start()
    until(lambda: keeper.done == 1)
    keeper.stop()
    keeper.stop()
    assert not keeper.alive
    assert (keeper.removed, asked) == (23, [NOW - timedelta(days=7)] * 3)


@pytest.mark.parametrize("error", [DatabaseUnavailable("away"), RuntimeError("a mistake of ours")])
def test_a_failure_is_told_and_tried_again(
    error: Exception, forget: Callable[[list[Any]], list[datetime]], caplog: pytest.LogCaptureFixture
) -> None:
    forget([error, 4])
    keeper = PositionKeeper(None, 7, poll_s=0.01)  # type: ignore[arg-type]
    keeper.start()
    until(lambda: keeper.done >= 1)
    keeper.stop()
    assert keeper.removed == 4
    assert "could not be removed" in caplog.text
