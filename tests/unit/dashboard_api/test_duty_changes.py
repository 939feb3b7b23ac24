"""The thread that hands open incidents over: when it works, and that nothing takes it down."""

import threading
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from dashboard.center.duty_changes import DutyChanges
from data.errors import DatabaseUnavailable

ZONE = ZoneInfo("Asia/Shanghai")


def until(holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end_s, "it did not come"
        time.sleep(0.005)


def test_it_works_at_the_start_and_after_each_change() -> None:
    calls: list[int] = []
    changes = DutyChanges(lambda: calls.append(1) or 3, ZONE, poll_s=60)
    changes.start()
    until(lambda: changes.done == 1)
    changes.changed()
    until(lambda: changes.done == 2)
    changes.stop()
    changes.stop()
    assert len(calls) == 2


def test_a_change_during_the_work_is_not_lost() -> None:
    entered, go_on = threading.Event(), threading.Event()
    calls: list[int] = []

    def hand_over() -> int:
        calls.append(1)
        entered.set()
        assert go_on.wait(10)
        return 0

    changes = DutyChanges(hand_over, ZONE)
    changes.start()
    assert entered.wait(10)
    changes.changed()
    go_on.set()
    until(lambda: changes.done == 2)
    changes.stop()
    assert len(calls) == 2


@pytest.mark.parametrize("error", [DatabaseUnavailable("away"), RuntimeError("a mistake of ours")])
def test_a_failure_is_told_and_tried_again(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []

    def hand_over() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise error
        return 0

    changes = DutyChanges(hand_over, ZONE)
    changes.start()
    until(lambda: changes.done == 1)
    changes.stop()
    assert len(calls) == 2
    assert any("open incidents" in record.getMessage() for record in caplog.records)


def test_it_ends_before_it_began() -> None:
    changes = DutyChanges(lambda: 0, ZONE)
    changes.stop()
    changes.start()
    until(lambda: not changes.alive)
    assert changes.done == 0
