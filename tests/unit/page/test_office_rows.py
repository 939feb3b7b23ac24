"""The office's tables and sentences: rows in words, what a search finds, and what each verdict says."""

from datetime import date, datetime, timedelta
from typing import get_args

import pytest

from dashboard.components.screen import Screen
from dashboard.pages.office.registers.page import columns
from dashboard.pages.office.registers.rows import (
    COLUMNS,
    KINDS,
    TABLES,
    Filters,
    KeptRows,
    Table,
    found,
    kind_text,
    rows_of,
)
from dashboard.pages.office.registers.sentences import headline, post_sentence, reason_sentence, rule_sentence
from dashboard.words.texts import LANGUAGES, entries
from data.registers.directory import Directory
from data.registers.powers import Power
from data.registers.reasons import Part, Verdict, reasons_for
from data.registers.roster import Duty
from tests.unit.incidents.test_reasons import NOON, POWERS, SINCE, SYSTEM, UNITS, ZONE, directory

ZH, EN = Screen("zh", "light"), Screen("en", "dark")


def cells(table: Table, column: str, filters: Filters = Filters(), built: Directory | None = None) -> list[object]:  # noqa: B008
    return [row.cells[column] for row in found(rows_of(table, built or directory(), NOON, ZH), filters)]


@pytest.mark.parametrize("table", TABLES)
def test_rows_have_the_columns_and_every_kind_its_word(table: Table) -> None:
    for screen in (ZH, EN):
        rows = rows_of(table, directory(), NOON, screen)
        assert rows
        assert {tuple(row.cells) for row in rows} == {COLUMNS[table]}
        assert {row.kind for row in rows} <= set(KINDS[table])
        assert all(kind_text(table, kind, screen) for kind in KINDS[table])
        # Functions in columns would need what our policy forbids.
        assert all(isinstance(value, str | int) for column in columns(table, screen) for value in column.values())


def test_rows_are_made_once_a_minute_and_anew_for_other_registers() -> None:
    kept, first = KeptRows(), directory()
    rows = kept.rows("people", first, NOON, ZH)
    assert [row.cells for row in rows] == [row.cells for row in rows_of("people", first, NOON, ZH)]
    assert kept.rows("people", first, NOON + timedelta(seconds=59), ZH) is rows
    assert kept.rows("people", first, NOON, EN) is not rows
    assert kept.rows("units", first, NOON, ZH) is not rows
    later = kept.rows("people", first, NOON + timedelta(minutes=1), ZH)
    assert later is not rows
    assert kept.rows("people", directory(), NOON + timedelta(minutes=1), ZH) is not later


def test_units_say_where_for_what_and_how_many() -> None:
    assert cells("units", "area") == ["全市", "全市", "镇0", "村0"]
    assert cells("units", "categories") == ["全部类别", "全部类别", "全部类别", "同上级单位"]
    assert cells("units", "parent") == ["", "指挥中心", "指挥中心", "零镇执法队"]
    assert cells("units", "people") == [1, 1, 1, 1]


def test_people_are_those_with_a_duty_today_and_say_whether_they_are_there() -> None:
    people = cells("people", "person")
    assert "idle" not in people
    assert len(people) == 7
    assert cells("people", "duty", Filters("孙二")) == ["不在班"]
    assert cells("people", "duty", Filters("周四")) == ["在班"]


def test_powers_say_what_they_are_today() -> None:
    day = NOON.date()
    powers = [*POWERS, Power("P2", "penalty", "b", ("*",), "service", ("*",), SINCE, day),
              Power("P3", "penalty", "c", ("01*",), "service", ("T1", "gone"), date(2027, 1, 1))]  # fmt: skip
    built = Directory.build(SYSTEM, UNITS, [], [], powers, 1, zone=ZONE)
    assert cells("powers", "state", built=built) == ["有效", "已收回", "尚未生效"]
    assert cells("powers", "towns", built=built) == ["镇0", "全市", "镇1、gone"]
    assert cells("powers", "code", Filters(town="T1"), built) == ["P2", "P3"]
    assert cells("powers", "code", Filters(kind="withdrawn"), built) == ["P2"]


@pytest.mark.parametrize(
    ("search", "persons"),
    [("孙二", ["squad"]), ("ＳＱＵＡＤ", ["squad"]), ("３月", []), ("村0", []), ("中队 孙", ["squad"]), ("中队 周", []),
     ("镇0 督查", ["checks"]), ("２０２６－１１", 7)],
)  # fmt: skip
def test_a_search_finds_rows_with_all_its_words(search: str, persons: list[str] | int) -> None:
    people = cells("people", "person", Filters(search))
    assert (people if isinstance(persons, list) else len(people)) == persons


def test_a_grid_of_another_edition_stands_in_no_town() -> None:
    built = directory([Duty("idle", "member", "3:GONE", "", SINCE)])
    assert cells("people", "place", built=built) == ["3:GONE"]
    assert cells("people", "town", built=built) == [""]
    assert cells("people", "person", Filters(town="T0"), built) == []


def test_every_verdict_and_part_has_its_sentence() -> None:
    wanted = {f"why.{verdict}" for verdict in get_args(Verdict)} | {f"why_part.{part}" for part in get_args(Part)}
    assert wanted - set(entries()) == set()


def test_the_reason_is_a_sentence_with_post_unit_power_and_days() -> None:
    answer = reasons_for(directory(), "squad", NOON, category="0101", grid_id="3:L00", means=["enforcement"])
    (reason,) = answer.reasons
    assert headline(answer, "垃圾", ZH) == "孙二可以办理格0的“垃圾”。"
    assert reason_sentence(reason, ZH) == "因为自 2026-11-01 起任一中队负责人，此类事项派遣给一中队。"
    assert rule_sentence(reason, ZH) == (
        "权责清单：镇0自 2026-11-01 起行使“查处垃圾”（P1），由管辖此网格的一中队办理。"
    )
    assert headline(answer, "rubbish", EN) == "孙二 may handle rubbish in 格0."
    assert reason_sentence(reason, EN).startswith("Because leader of 一中队 since 2026-11-01;")


def test_the_finding_says_what_is_missing_and_what_may_not_be() -> None:
    def said(person: str, **asked: str) -> str:
        return headline(reasons_for(directory(), person, NOON, **asked), "垃圾", ZH)  # type: ignore[arg-type]

    assert said("idle") == "王七在 2026-11-18 没有任何职责，什么都不能办。"
    assert "再选类别和地点" in said("squad")
    assert "再选地点" in said("squad", category="0101")
    assert "再选类别" in said("squad", grid_id="3:L00")
    assert said("squad", category="0101", grid_id="3:L00") == "孙二可以办理格0的“垃圾”，仅限执法手段。"
    assert said("checks", category="0101", grid_id="3:L00") == "郑六不能办理格0的“垃圾”。"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_has_holes(language: str) -> None:
    screen = Screen(language, "dark")  # type: ignore[arg-type]  # a language is one
    ended = [Duty("idle", "leader", "", "gone", SINCE), Duty("twin", "chief", "1:T0", "", SINCE, date(2027, 1, 1))]
    for built in (directory(), directory(ended), directory(units=[])):
        for person in built.persons:
            answer = reasons_for(built, person, datetime(2026, 11, 18, 3, tzinfo=ZONE), category="9", grid_id="1:T1")
            lines = [headline(answer, "x", screen)]
            lines += [post_sentence(post, built, screen) for post in answer.posts]
            lines += [
                line for one in answer.reasons for line in (reason_sentence(one, screen), rule_sentence(one, screen))
            ]
            assert not [line for line in lines if "{" in line or "None" in line or "  " in line], person
