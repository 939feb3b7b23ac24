"""The demo city's powers list: 890 items passed down to the towns, 75 approvals and services and 815 penalties.

How many there are is published; every item, its date and its towns are invented.
"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from data.demo.draws import key_of
from data.registers.powers import EVERY_TOWN, Power
from data.words import Means

FOLDER = Path(__file__).parent
APPROVALS, PENALTIES = 75, 815
BASIS = "演示数据（不是真实依据）"

# Two batches were passed down; what the towns could not carry was taken back later.
BATCHES = (date(2018, 1, 1), date(2019, 7, 1))
FIRST_BATCH = 0.66
WITHDRAWN, WITHDRAWN_ON = 0.045, (date(2021, 1, 1), date(2022, 7, 1), date(2024, 1, 1), date(2025, 7, 1))
# Taken back as a whole: the city's own teams act again.
TAKEN_BACK = {"0512": date(2021, 1, 1), "0509": date(2024, 1, 1), "0305": date(2025, 7, 1), "0403": date(2022, 7, 1)}
# Towns that never got some fields.
WITHOUT = {
    "320281100": ("0116", "H15"), "320281102": ("H19", "0302"), "320281109": ("H27", "0205"),
    "320281111": ("H19", "H15"),
}  # fmt: skip

# What is asked for in the first line is put right under supervision; the rest is punished.
_ACTS: tuple[tuple[str, Means], ...] = (
    ("对{who}{act}的行政处罚", "enforcement"),
    ("对{who}{act}未及时改正的行政处罚（警告）", "management"),
    ("对{who}{act}且拒不接受检查的行政处罚", "enforcement"),
    ("对{who}一年内再次{act}的行政处罚", "enforcement"),
    ("对{who}{act}未履行报告义务的行政处罚（警告）", "management"),
)
_FORMS = ("（新办）", "（变更）", "（注销）")


def build_powers(seed: int, towns: list[str]) -> list[Power]:
    """The list, penalties after approvals and services, each in the order of its code.

    Parameters
    ----------
    seed
        Decides batches and withdrawals.
    towns
        Codes of all towns.
    """
    items = [*_approvals(), *_penalties()]
    return [_dated(item, seed, towns) for item in items]


def _approvals() -> Iterator[Power]:
    rows = _rows("approvals.csv")
    for number in range(APPROVALS):
        row, form = rows[number // len(_FORMS)], _FORMS[number % len(_FORMS)]
        means: Means = "management" if row["kind"] == "approval" else "service"
        yield _power(f"SP{number + 1:03d}", row["kind"], row["subject"] + form, row["category"], means)


def _penalties() -> Iterator[Power]:
    """Form after form over all categories and subjects until there are enough, then in the order of categories."""
    rows = _rows("penalties.csv")
    wanted = [
        (row["category"], who, number, form.format(who=who, act=row["act"]), means)
        for number, (form, means) in enumerate(_ACTS)
        for row in rows
        for who in row["subjects"].split()
    ][:PENALTIES]
    order = {row["category"]: at for at, row in enumerate(rows)}
    wanted.sort(key=lambda one: (order[one[0]], one[2]))
    for number, (category, _, _, name, means) in enumerate(wanted, start=1):
        yield _power(f"CF{number:03d}", "penalty", name, category, means)


def _power(code: str, kind: str, name: str, category: str, means: Means) -> Power:
    return Power(code, kind, name, (category,), means, (EVERY_TOWN,), BATCHES[0], basis=BASIS)


def _dated(item: Power, seed: int, towns: list[str]) -> Power:
    """The item with its batch, its end if it was taken back, and without the towns that never got it."""
    key = key_of(f"power {seed} {item.code}")
    category, share = item.category[0], (key & 0xFFFF) / 0x10000
    since = BATCHES[0] if share < FIRST_BATCH else BATCHES[1]
    taken = (key >> 16 & 0xFFFF) / 0x10000 < WITHDRAWN
    until = TAKEN_BACK.get(category, WITHDRAWN_ON[(key >> 32) % len(WITHDRAWN_ON)] if taken else None)
    lacking = {town for town, categories in WITHOUT.items() if category in categories}
    holders = tuple(town for town in towns if town not in lacking) if lacking else item.towns
    return replace(item, since=since, until=until, towns=holders)


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
