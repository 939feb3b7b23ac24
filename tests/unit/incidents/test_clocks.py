"""Clocks: worked examples, computed by hand on a paper calendar; the same stand in docs/deadlines.md.

Office hours: 08:30-12:00 and 14:00-17:30 in summer (May to September, 7 h a day), to 17:00 in winter (6.5 h a day).
The limits are the city's: claim 4 office hours, finish 5 working days, yellow at a quarter of the office time.
"""

from datetime import datetime
from typing import Any

import pytest

from data.calendar.work_calendar import WorkCalendar
from data.errors import StepInvalid
from data.incidents.clocks import Clocks
from data.incidents.lights import light_colour
from tests.unit.incidents.clock_case import Case, at, claimed, dispatched

CLOCKS = Clocks(WorkCalendar.load("jiangyin"))


def moments(*texts: str) -> tuple[datetime, ...]:
    return tuple(at(text) for text in texts)


def test_friday_evening() -> None:
    """Dispatched on Friday 2026-06-05 at 18:20, after the offices closed.

    | clock  | counting                                                              | ends        |
    |--------|-----------------------------------------------------------------------|-------------|
    | claim  | Mon 08:30-12:00 = 3.5 h, Mon 14:00-14:30 = 0.5 h                      | Mon 8 14:30 |
    | yellow | a quarter of 4 h is 1 h: 0.5 h back to 14:00, 0.5 h back from 12:00   | Mon 8 11:30 |
    | finish | Mon 1, Tue 2, Wed 3, Thu 4, Fri 5                                     | Fri 12 17:30|
    | yellow | 5 days of 7 h = 35 h, a quarter 8.75 h: Fri 7 h, Thu 1.75 h from 17:30| Thu 11 15:45|
    """
    case = dispatched(CLOCKS, at("2026-06-05 18:20"))
    assert (case.state.due_claim_at, case.state.due_at) == moments("2026-06-08 14:30", "2026-06-12 17:30")
    assert case.clock == moments("2026-06-08 14:30", "2026-06-08 11:30")
    case.take("claimed", at("2026-06-08 09:00"))
    assert case.clock == moments("2026-06-12 17:30", "2026-06-11 15:45")


def test_lunch_break() -> None:
    """Reported and dispatched on Monday 2026-06-08 at 12:45.

    | clock    | counting                                            | ends        |
    |----------|-----------------------------------------------------|-------------|
    | dispatch | 2 h from 14:00                                      | Mon 8 16:00 |
    | yellow   | a quarter of 2 h is 0.5 h                           | Mon 8 15:30 |
    | claim    | Mon 14:00-17:30 = 3.5 h, Tue 08:30-09:00 = 0.5 h    | Tue 9 09:00 |
    | yellow   | 1 h: Tue 0.5 h back to 08:30, Mon 0.5 h before 17:30| Mon 8 17:00 |
    """
    case = Case(CLOCKS)
    case.take("reported", at("2026-06-08 12:45"))
    assert case.clock == moments("2026-06-08 16:00", "2026-06-08 15:30")
    case.take("dispatched", at("2026-06-08 12:45"))
    assert case.clock == moments("2026-06-09 09:00", "2026-06-08 17:00")


def test_eve_of_national_day() -> None:
    """Dispatched on Tuesday 2025-09-30 at 16:00; 1 to 8 October closed, Saturday the 11th worked; then winter hours.

    | clock  | counting                                                                     | ends         |
    |--------|------------------------------------------------------------------------------|--------------|
    | claim  | Tue 16:00-17:30 = 1.5 h (still summer), Thu 9 08:30-11:00 = 2.5 h            | Thu 9 11:00  |
    | yellow | 1 h                                                                          | Thu 9 10:00  |
    | finish | Thu 9, Fri 10, Sat 11 (worked), Mon 13, Tue 14; closes at 17:00 in winter    | Tue 14 17:00 |
    | yellow | 1.5 h + 5 days of 6.5 h = 34 h, a quarter 8.5 h: Tue 6.5 h, Mon 2 h to 17:00 | Mon 13 15:00 |
    """
    case = dispatched(CLOCKS, at("2025-09-30 16:00"))
    assert case.clock == moments("2025-10-09 11:00", "2025-10-09 10:00")
    case.take("claimed", at("2025-10-09 09:00"))
    assert case.clock == moments("2025-10-14 17:00", "2025-10-13 15:00")


def test_eve_of_spring_festival() -> None:
    """Dispatched on Friday 2026-02-13 at 16:00; Saturdays 14 and 28 February worked, 15 to 23 closed.

    | what                      | counting                                                    | ends         |
    |---------------------------|-------------------------------------------------------------|--------------|
    | claim                     | Fri 16:00-17:00 = 1 h, Sat 14 08:30-11:30 = 3 h             | Sat 14 11:30 |
    | finish                    | Sat 14, Tue 24, Wed 25, Thu 26, Fri 27                      | Fri 27 17:00 |
    | suspended Sat 14 10:00    | claimed; days left: 24, 25, 26, 27 = 4                      |              |
    | resumed Thu 26 Feb 09:00  | Fri 27, Sat 28 (worked), Mon 2 March, Tue 3 March           | Tue 3 17:00  |
    """
    case = dispatched(CLOCKS, at("2026-02-13 16:00"))
    assert (case.state.due_claim_at, case.state.due_at) == moments("2026-02-14 11:30", "2026-02-27 17:00")
    case.take("claimed", at("2026-02-14 09:00"))
    assert case.take("suspended", at("2026-02-14 10:00"))["left"]["finish_working_days"] == 4
    case.take("resumed", at("2026-02-26 09:00"))
    assert case.state.due_at == case.state.clock_due_at == at("2026-03-03 17:00")


def test_suspended_over_new_year() -> None:
    """Dispatched on Monday 2025-12-29 at 10:00; 1 to 3 January closed, Sunday the 4th worked.

    | what                       | counting                                                        | ends            |
    |----------------------------|-----------------------------------------------------------------|-----------------|
    | finish                     | Tue 30, Wed 31, Sun 4, Mon 5, Tue 6                             | Tue 6 Jan 17:00 |
    | yellow                     | Mon 5 h + 5 days of 6.5 h = 37.5 h, a quarter 9 h 22 min 30 s:  |                 |
    |                            | Tue 6.5 h, Mon 2 h 52 min 30 s before 17:00                     | Mon 5 14:07:30  |
    | suspended Wed 31 Dec 16:00 | days left: 4, 5, 6 = 3; hours left: 1 + 3 x 6.5 = 20.5          |                 |
    | resumed Sun 4 Jan 09:00    | Mon 5, Tue 6, Wed 7                                             | Wed 7 Jan 17:00 |
    | yellow                     | the same 9 h 22 min 30 s: Wed 6.5 h, Tue 2 h 52 min 30 s        | Tue 6 14:07:30  |
    """
    case = claimed(CLOCKS, at("2025-12-29 10:00"), at("2025-12-29 11:00"))
    assert case.clock == moments("2026-01-06 17:00", "2026-01-05 14:07:30")
    assert case.take("suspended", at("2025-12-31 16:00")) == {
        "left": {"finish_office_s": 73_800, "finish_working_days": 3}
    }
    assert case.light(at("2026-01-20 10:00")).colour == "none"
    assert set(case.take("resumed", at("2026-01-04 09:00"))) == {"due_at", "clock"}
    assert case.state.due_at == at("2026-01-07 17:00")
    assert case.clock == moments("2026-01-07 17:00", "2026-01-06 14:07:30")


def test_both_clocks_suspended_over_new_year() -> None:
    """Dispatched on Wednesday 2025-12-31 at 15:30, suspended before it was claimed.

    | what                      | counting                                                              | ends         |
    |---------------------------|-----------------------------------------------------------------------|--------------|
    | claim                     | Wed 15:30-17:00 = 1.5 h, Sun 4 08:30-11:00 = 2.5 h                    | Sun 4 11:00  |
    | finish                    | Sun 4, Mon 5, Tue 6, Wed 7, Thu 8                                     | Thu 8 17:00  |
    | suspended Wed 31 16:30    | claim: 0.5 h + 2.5 h = 3 h left; finish: 5 days left                  |              |
    | resumed Mon 5 Jan 11:00   | claim: Mon 11:00-12:00 = 1 h, 14:00-16:00 = 2 h                       | Mon 5 16:00  |
    |                           | finish: Tue 6, Wed 7, Thu 8, Fri 9, Mon 12                            | Mon 12 17:00 |
    | yellow                    | claim: 1 h, as before                                                 | Mon 5 15:00  |
    """
    case = dispatched(CLOCKS, at("2025-12-31 15:30"))
    assert (case.state.due_claim_at, case.state.due_at) == moments("2026-01-04 11:00", "2026-01-08 17:00")
    left = case.take("suspended", at("2025-12-31 16:30"))["left"]
    assert (left["claim_office_s"], left["finish_working_days"]) == (3 * 3600, 5)
    assert "claim_working_days" not in left
    case.take("resumed", at("2026-01-05 11:00"))
    assert (case.state.due_claim_at, case.state.due_at) == moments("2026-01-05 16:00", "2026-01-12 17:00")
    assert case.clock == moments("2026-01-05 16:00", "2026-01-05 15:00")


def test_from_summer_to_winter_hours_in_office_hours() -> None:
    """A limit of 4 office hours, dispatched on Tuesday 2025-09-30 at 15:30; winter hours begin in the holiday.

    | what                     | counting                                                             | ends         |
    |--------------------------|----------------------------------------------------------------------|--------------|
    | finish                   | Tue 15:30-17:30 = 2 h, Thu 9 08:30-10:30 = 2 h                       | Thu 9 10:30  |
    | suspended Tue 30 16:30   | left: Tue 1 h (closes 17:30) + Thu 2 h = 3 h                         |              |
    | resumed Fri 10 Oct 15:00 | Fri 15:00-17:00 = 2 h (closes 17:00 now), Sat 11 (worked) 08:30-09:30| Sat 11 09:30 |
    | yellow                   | 1 h: all of Saturday's hour, so from the close of Friday             | Fri 10 17:00 |
    """
    case = claimed(CLOCKS, at("2025-09-30 15:30"), at("2025-09-30 15:40"), finish_limit="4h")
    assert case.state.due_at == at("2025-10-09 10:30")
    assert case.take("suspended", at("2025-09-30 16:30"))["left"] == {"finish_office_s": 3 * 3600}
    case.take("resumed", at("2025-10-10 15:00"))
    assert case.clock == moments("2025-10-11 09:30", "2025-10-10 17:00")


def test_from_summer_to_winter_hours_in_working_days() -> None:
    """One working day left, suspended on Monday 2025-09-29 at 10:00, due Tuesday the 30th at 17:30 (summer).

    | what                     | counting                                           | ends         |
    |--------------------------|----------------------------------------------------|--------------|
    | resumed Fri 10 Oct 09:00 | Sat 11 (worked) = 1; the offices close at 17:00 now| Sat 11 17:00 |
    """
    case = claimed(CLOCKS, at("2025-09-29 09:00"), at("2025-09-29 09:30"), finish_limit="1d")
    assert case.state.due_at == at("2025-09-30 17:30")
    case.take("suspended", at("2025-09-29 10:00"))
    case.take("resumed", at("2025-10-10 09:00"))
    assert case.state.due_at == at("2025-10-11 17:00")


@pytest.mark.parametrize(
    ("resumed", "due"),
    [
        ("2026-06-16 10:00", "2026-06-16 17:30"),
        ("2026-06-16 12:30", "2026-06-16 17:30"),
        ("2026-06-16 18:00", "2026-06-17 17:30"),
        ("2026-06-14 10:00", "2026-06-15 17:30"),
        ("2026-06-18 20:00", "2026-06-22 17:30"),
    ],
)
def test_no_day_left(resumed: str, due: str) -> None:
    """Due on Friday 2026-06-12 at 17:30, suspended that morning at 09:00: 0 working days left.

    | resumed          | counting                                                   | ends         |
    |------------------|------------------------------------------------------------|--------------|
    | Tue 16 10:00     | the close of that day is still ahead                       | Tue 16 17:30 |
    | Tue 16 12:30     | in the lunch break: still ahead                            | Tue 16 17:30 |
    | Tue 16 18:00     | it is past: the next working day's                         | Wed 17 17:30 |
    | Sun 14 10:00     | no working day: the next one's                             | Mon 15 17:30 |
    | Thu 18 20:00     | past; Fri 19 to Sun 21 is the Dragon Boat Festival         | Mon 22 17:30 |
    """
    case = claimed(CLOCKS, at("2026-06-05 10:00"), at("2026-06-05 11:00"))
    assert case.state.due_at == at("2026-06-12 17:30")
    assert case.take("suspended", at("2026-06-12 09:00"))["left"]["finish_working_days"] == 0
    case.take("resumed", at(resumed))
    assert case.state.due_at == at(due)


def test_overdue_stays_overdue_and_counts_on() -> None:
    """Due on Monday 2026-06-08 at 17:30, suspended on Tuesday at 10:00: 1.5 office hours overdue.

    | moment                | counting                                                            | overdue |
    |-----------------------|---------------------------------------------------------------------|---------|
    | suspended Tue 9 10:00 | Tue 08:30-10:00                                                     | 1.5 h   |
    | resumed Thu 11 15:00  | the end moves to 1.5 h before: Thu 14:00-15:00 = 1 h, 11:30-12:00   | 1.5 h   |
    | Thu 11 16:00          | + 1 h                                                               | 2.5 h   |
    | Fri 12 03:00          | + 1.5 h to 17:30; the night does not count                          | 4 h     |
    """
    case = claimed(CLOCKS, at("2026-06-05 10:00"), at("2026-06-05 11:00"), finish_limit="1d")
    assert case.state.due_at == at("2026-06-08 17:30")
    assert case.light(at("2026-06-08 17:30")).colour == "yellow"
    assert case.light(at("2026-06-08 20:00")).colour == "red"
    assert case.light(at("2026-06-08 20:00")).overdue_s == 0
    assert case.take("suspended", at("2026-06-09 10:00"))["left"] == {"finish_office_s": -5400}
    assert case.light(at("2026-06-10 10:00")).colour == "none"
    case.take("resumed", at("2026-06-11 15:00"))
    assert case.state.due_at == at("2026-06-11 11:30")
    for moment, overdue_h in (("2026-06-11 15:00", 1.5), ("2026-06-11 16:00", 2.5), ("2026-06-12 03:00", 4)):
        light = case.light(at(moment))
        assert (light.colour, light.share_left, light.overdue_s) == ("red", 0.0, overdue_h * 3600)


@pytest.mark.parametrize(
    ("extended", "said", "due"),
    [
        ("2026-06-10 10:00", {"days": 2}, "2026-06-16 17:30"),
        ("2026-06-10 10:00", {"hours": 4}, "2026-06-15 14:30"),
        ("2026-06-10 10:00", {"due_at": "2026-06-13T12:00:00+08:00"}, "2026-06-13 12:00"),
        ("2026-06-16 10:00", {"days": 1}, "2026-06-17 17:30"),
        ("2026-06-16 11:00", {"hours": 2}, "2026-06-16 15:00"),
    ],
)
def test_extending(extended: str, said: dict[str, Any], due: str) -> None:
    """Due on Friday 2026-06-12 at 17:30.

    | extended              | by         | counting                                                | ends         |
    |-----------------------|------------|---------------------------------------------------------|--------------|
    | Wed 10 10:00, ahead   | 2 days     | from the old end: Mon 15, Tue 16                        | Tue 16 17:30 |
    | Wed 10 10:00, ahead   | 4 hours    | from the old end: Mon 08:30-12:00 = 3.5, 14:00-14:30    | Mon 15 14:30 |
    | Wed 10 10:00          | to a moment| as it is said, a Saturday                               | Sat 13 12:00 |
    | Tue 16 10:00, overdue | 1 day      | from now: Wed 17                                        | Wed 17 17:30 |
    | Tue 16 11:00, overdue | 2 hours    | from now: 11:00-12:00 = 1 h, 14:00-15:00 = 1 h          | Tue 16 15:00 |
    """
    case = claimed(CLOCKS, at("2026-06-05 18:20"), at("2026-06-08 09:00"))
    case.take("extended", at(extended), **said)
    assert case.state.due_at == case.state.clock_due_at == at(due)


def test_the_yellow_moment_moves_with_an_extension() -> None:
    """Dispatched on Friday evening 2026-06-05 (35 office hours to Friday the 12th), extended by two days.

    | what   | counting                                                                            | moment       |
    |--------|-------------------------------------------------------------------------------------|--------------|
    | yellow | a quarter of 35 h + 14 h = 12.25 h before Tue 16 17:30: Tue 7 h, Mon 3.5 h to 14:00,|              |
    |        | 1.75 h before 12:00                                                                 | Mon 15 10:15 |
    """
    case = claimed(CLOCKS, at("2026-06-05 18:20"), at("2026-06-08 09:00"))
    case.take("extended", at("2026-06-10 10:00"), days=2)
    assert case.clock == moments("2026-06-16 17:30", "2026-06-15 10:15")


def test_extending_before_the_claim_leaves_the_claim_running() -> None:
    case = dispatched(CLOCKS, at("2026-06-05 18:20"))
    assert case.take("extended", at("2026-06-06 10:00"), days=2) == {"due_at": "2026-06-16T17:30:00+08:00"}
    case.take("claimed", at("2026-06-08 09:00"))
    assert case.clock == moments("2026-06-16 17:30", "2026-06-15 10:15")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"due_at": "2026-06-12T17:30:00+08:00"}, "due_at"),  # the old one
        ({"due_at": "2026-06-11T17:30:00+08:00"}, "due_at"),
        ({}, "due_at"),
        ({"days": 1, "hours": 2}, "due_at"),
        ({"days": 0}, "days"),
        ({"days": -3}, "days"),
        ({"days": 10**9}, "days"),
        ({"hours": 0}, "hours"),
        ({"hours": 1e-12}, "due_at"),  # nothing, to the microsecond
        ({"hours": float("nan")}, "hours"),
        ({"due_at": "9999-12-31T23:59:59+00:00"}, "due_at"),
        ({"due_at": "2201-01-01T00:00:00+08:00"}, "due_at"),
    ],
)
def test_impossible_extensions(said: dict[str, Any], field: str) -> None:
    case = claimed(CLOCKS, at("2026-06-05 18:20"), at("2026-06-08 09:00"))
    with pytest.raises(StepInvalid) as caught:
        case.take("extended", at("2026-06-10 10:00"), **said)
    assert caught.value.values["field"] == field
    assert case.state.due_at == at("2026-06-12 17:30")


def test_an_overdue_incident_is_not_extended_into_the_past() -> None:
    case = claimed(CLOCKS, at("2026-06-05 18:20"), at("2026-06-08 09:00"))
    with pytest.raises(StepInvalid):
        case.take("extended", at("2026-06-16 10:00"), due_at="2026-06-15T17:30:00+08:00")


def test_the_definition_of_the_light() -> None:
    yellow, due = moments("2026-06-08 10:00", "2026-06-08 12:00")
    before, between, after = moments("2026-06-08 09:59", "2026-06-08 11:00", "2026-06-08 12:01")
    seen = [light_colour(moment, due, yellow, stopped=False) for moment in (before, yellow, between, due, after)]
    assert seen == ["none", "yellow", "yellow", "yellow", "red"]
    assert light_colour(after, due, yellow, stopped=True) == "none"
    assert light_colour(after, None, None, stopped=False) == "none"
    assert light_colour(between, due, None, stopped=False) == "none"


def test_no_deadline_lies_beyond_all_calendars() -> None:
    """Extended again and again, each time by as much as may be said: it never ends in an error of arithmetic."""
    case = claimed(CLOCKS, at("2026-06-05 18:20"), at("2026-06-08 09:00"))

    def extend_on() -> None:
        for _ in range(10):
            case.take("extended", at("2026-06-10 10:00"), days=10_000)

    with pytest.raises(StepInvalid, match="it lies in 2199 at the latest"):
        extend_on()
