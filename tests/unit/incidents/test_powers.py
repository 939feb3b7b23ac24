"""Who may handle this, here, on that day."""

import random
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from data.registers.powers import Power, Powers
from data.words import MEANS, Means
from tests.unit.incidents.slow_directory import CATEGORIES, CHOICES, CLASSES, who

START = date(2024, 1, 1)
TOWNS = ("T0", "T1", "T2")


def power(code: str, category: str, towns: str, since: str, until: str = "", means: Means = "enforcement") -> Power:
    ends = date.fromisoformat(until) if until else None
    return Power(code, "penalty", f"事项{code}", tuple(category.split()), means, tuple(towns.split()),
                 date.fromisoformat(since), ends, "法")  # fmt: skip


def drawn(rng: random.Random) -> list[Power]:
    found = []
    for number in range(rng.choice([0, 1, 3, 12])):
        since = START + timedelta(days=rng.randint(0, 30))
        until = rng.choice([None, since + timedelta(days=rng.randint(1, 30))])
        towns = rng.choice([("*",), ("T0",), ("T1", "T2"), ("T2", "*")])
        category, means = rng.choice(list(CHOICES)), rng.choice(MEANS)
        found.append(Power(f"P{number % 9}", "penalty", "事项", category, means, towns, since, until))
    return found


@settings(deadline=None, max_examples=300)
@given(seed=st.integers(0, 2**32))
def test_the_answer_agrees_with_the_rows(seed: int) -> None:
    rng = random.Random(seed)
    rows = drawn(rng)
    powers = Powers.build(rows, CLASSES)
    for _ in range(10):
        category, means, town = rng.choice(CATEGORIES), rng.choice(MEANS), rng.choice(TOWNS)
        day = START + timedelta(days=rng.randint(-2, 62))
        answer = powers.who(category, means, town, day)
        level, rule, codes = who(rows, category, means, town, day)
        assert (answer.level, answer.rule) == (level, rule)
        named = set() if answer.item is None else {answer.item.code, *answer.others}
        assert named == codes
        assert (answer.category, answer.means, answer.town, answer.day) == (category, means, town, day)


def test_an_item_holds_from_its_first_day_until_the_day_it_is_withdrawn() -> None:
    powers = Powers.build([power("1", "0101", "T0", "2024-03-01", "2025-03-01")], CLASSES)
    rules = {
        day: powers.who("0101", "enforcement", "T0", date.fromisoformat(day)).rule
        for day in ("2024-02-29", "2024-03-01", "2025-02-28", "2025-03-01")
    }
    assert rules == {
        "2024-02-29": "not_yet", "2024-03-01": "town_holds", "2025-02-28": "town_holds", "2025-03-01": "withdrawn",
    }  # fmt: skip
    answer = powers.who("0101", "enforcement", "T0", date(2025, 6, 1))
    assert answer.values == {
        "item": "1", "item_name": "事项1", "kind": "penalty", "basis": "法", "since": "2024-03-01",
        "until": "2025-03-01", "day": "2025-06-01",
    }  # fmt: skip


def test_one_item_in_force_is_enough_and_the_withdrawn_ones_are_said() -> None:
    rows = [power("1", "0101", "*", "2024-01-01", "2024-06-01"), power("2", "01*", "*", "2024-01-01"),
            power("3", "0101", "T1", "2024-01-01"), power("4", "*", "*", "2024-05-01")]  # fmt: skip
    answer = Powers.build(rows, CLASSES).who("0101", "enforcement", "T0", date(2024, 7, 1))
    assert answer.level == "town"
    assert answer.item == rows[1]
    assert answer.others == ("4",)
    assert answer.withdrawn == ("1",)


def test_the_closest_then_the_last_to_come_or_go_is_named() -> None:
    rows = [power("1", "0101", "T0", "2024-01-01", "2024-03-01"), power("2", "0101", "T0", "2024-01-01", "2024-05-01"),
            power("3", "*", "T0", "2024-01-01", "2024-06-01"), power("5", "0101", "T1", "2025-06-01"),
            power("4", "0101", "T1", "2025-02-01")]  # fmt: skip
    powers = Powers.build(rows, CLASSES)
    gone = powers.who("0101", "enforcement", "T0", date(2024, 7, 1))
    assert (gone.item, gone.others) == (rows[1], ("1", "3"))
    coming = powers.who("0101", "enforcement", "T1", date(2024, 7, 1))
    assert (coming.rule, coming.item, coming.others) == ("not_yet", rows[4], ("5",))


def test_no_power() -> None:
    answer = Powers.build([power("1", "0101", "*", "2024-01-01")], {}).who("0101", "management", "T0", START)
    assert (answer.level, answer.rule, answer.item, answer.others) == ("city", "no_power", None, ())
    assert set(answer.values.values()) == {"", "2024-01-01"}
