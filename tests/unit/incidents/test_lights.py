"""One definition of a light, whatever its terms are made of; and the seconds at which it changes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from data.incidents.lights import Moments, changes_of, is_red, is_yellow, light_colour, second_of, yellow_begins

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
offsets = st.one_of(st.none(), st.integers(-5_000_000, 5_000_000).map(lambda us: NOON + timedelta(microseconds=us)))


@given(due=offsets, yellow=offsets, stopped=st.booleans(), after_s=st.integers(-10, 10))
def test_the_changes_say_what_the_definition_says_at_every_second(
    due: datetime | None, yellow: datetime | None, stopped: bool, after_s: int
) -> None:
    moment = NOON + timedelta(seconds=after_s)
    begins = None if yellow is None else yellow.replace(microsecond=0)
    expected = light_colour(moment, due, begins, stopped=stopped)
    come = [light for at, light in changes_of(due, yellow, stopped=stopped) if at <= moment]
    assert (come[-1] if come else "none") == expected


def test_red_and_yellow_by_hand() -> None:
    due, yellow = NOON, NOON - timedelta(hours=1)

    def told(moment: datetime) -> str:
        return light_colour(moment, due, yellow, stopped=False)

    second = timedelta(seconds=1)
    assert [told(yellow - second), told(yellow), told(due), told(due + second)] == ["none", "yellow", "yellow", "red"]


@given(due_s=st.integers(0, 2000), start_s=st.integers(0, 2000), now_s=st.integers(0, 2100), share=st.floats(0, 1))
def test_where_the_log_says_no_clock_the_share_of_the_time_since_the_start_counts(
    due_s: int, start_s: int, now_s: int, share: float
) -> None:
    of = Moments(now_s, said=False, due=due_s, reported=start_s, share=share)
    left_s, whole_s = due_s - now_s, due_s - start_s
    assert is_red(of) == (left_s < 0)
    assert is_yellow(of) == (left_s >= 0 and left_s < whole_s * share)
    assert not (is_red(of) and is_yellow(of))


def test_without_an_end_there_is_no_light() -> None:
    for said in (True, False):
        of = Moments(second_of(NOON), said=said, reported=second_of(NOON) - 60, share=0.9)
        assert not is_red(of)
        assert not is_yellow(of)
    assert yellow_begins(Moments(50, said=False, due=100, reported=0, share=0.0)) > 100
