"""Checks of the registers, and their CSV files: every finding with its place."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from data.errors import FeedUnreadable, RegisterInvalid
from data.feeds.registers_csv import read_registers_csv, require_sound
from data.registers.powers import Power
from data.registers.register_checks import RegisterFinding, check_registers
from data.registers.registers import Register, Registers
from data.registers.roster import Duty, Person
from data.registers.units import Unit
from tests.unit.stats.cities import make_system

SYSTEM = make_system()
CLASSES = {"0101": "市容", "0201": "秩序"}
DAY, LATER = date(2026, 1, 1), date(2026, 6, 1)
SOUND = Registers(
    units=(
        Unit("C", "指挥中心", "center"),
        *(Unit(f"A{i}", f"{i}镇执法队", "town_team", "C", (f"1:T{i}",), ("*",)) for i in range(3)),
        Unit("A0-1", "一中队", "squad", "A0", ("2:V0", "3:L02")),
        Unit("D", "城管局", "department", "C", (), ("0101", "02*", "市容")),
    ),
    persons=(Person("P1", "甲"), Person("P2", "乙")),
    duties=(
        Duty("P1", "chief", "2:V0", "", DAY),
        Duty("P1", "chief", "2:V0", "", DAY, LATER, "mon 08:00-12:00"),
        Duty("P2", "leader", "", "A0", DAY),
    ),
    powers=(
        Power("E1", "penalty", "乱搭", ("0101",), "enforcement", ("T0",), DAY, LATER),
        Power("E1", "penalty", "乱搭", ("0101",), "enforcement", ("T0", "T1"), LATER),
    ),
)


def found(registers: Registers, severity: str = "error") -> list[tuple[str, int, str, str]]:
    findings = check_registers(registers, SYSTEM, CLASSES)
    assert [one.severity for one in findings] == sorted(one.severity for one in findings)
    return [(one.register, one.row, one.field, one.value) for one in findings if one.severity == severity]


def unit(**changed: object) -> Unit:
    return replace(SOUND.units[4], **changed)  # type: ignore[arg-type]  # fields of a unit


def test_sound_registers_have_no_finding() -> None:
    assert check_registers(SOUND, SYSTEM, CLASSES) == []
    assert check_registers(Registers(), SYSTEM) == []


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"code": "grid:1:T0"}, "code", "grid:1:T0"),
        ({"code": "center"}, "code", "center"),
        ({"parent": "gone"}, "parent", "gone"),
        ({"parent": "A0-1"}, "parent", "A0-1"),
        ({"grids": ("2:V0", "2:gone")}, "grids", "2:gone"),
        ({"grids": ("V0",)}, "grids", "V0"),
        ({"grids": ("9:V0",)}, "grids", "9:V0"),
        ({"grids": ("x:V0",)}, "grids", "x:V0"),
        ({"categories": ("0*1",)}, "categories", "0*1"),
        ({"categories": ("**",)}, "categories", "**"),
    ],
)
def test_errors_of_units(changed: dict[str, object], field: str, value: str) -> None:
    units = [*SOUND.units[:4], unit(**changed), SOUND.units[5]]
    assert found(replace(SOUND, units=tuple(units))) == [("units", 4, field, value)]


def test_a_circle_is_named_at_each_of_its_units_only() -> None:
    ring = [Unit("R1", "甲", "station", "R2", (), ("*",)), Unit("R2", "乙", "station", "R1"),
            Unit("R3", "丙", "station", "R1")]  # fmt: skip
    found_ = check_registers(replace(SOUND, units=(*SOUND.units, *ring)), SYSTEM, CLASSES)
    assert [(one.row, one.reason) for one in found_] == [
        (6, "goes round in a circle: R1 > R2 > R1"), (7, "goes round in a circle: R2 > R1 > R2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"grids": ("2:V0", "3:L04")}, "grids", "3:L04"),
        ({"grids": ("2:V0", "2:V0")}, "grids", "2:V0"),
        ({"parent": "D"}, "parent", "D"),
        ({"parent": ""}, "parent", ""),
        ({"categories": ("0301",)}, "categories", "0301"),
        ({"kind": "station", "parent": "", "categories": ()}, "categories", ""),
    ],
)
def test_warnings_of_units(changed: dict[str, object], field: str, value: str) -> None:
    registers = replace(SOUND, units=(*SOUND.units[:4], unit(**changed), SOUND.units[5]))
    assert found(registers) == []
    assert found(registers, "warning") == [("units", 4, field, value)]


def test_the_center_and_the_towns_without_a_team_are_missed() -> None:
    units = tuple(replace(one, parent="", kind="department" if one.kind == "center" else one.kind)
                  for one in SOUND.units[:3])  # fmt: skip
    units = (replace(units[0], categories=("*",)), *units[1:])
    said = found(replace(SOUND, units=units, duties=()), "warning")
    assert said == [("units", -1, "kind", ""), ("units", -1, "grids", "1:T2")]


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"person": "P9"}, "person", "P9"),
        ({"unit": "A0"}, "grid", "2:V0"),
        ({"grid": ""}, "grid", ""),
        ({"grid": "2:gone"}, "grid", "2:gone"),
        ({"grid": "", "unit": "gone", "post": "leader"}, "unit", "gone"),
        ({"post": "leader"}, "post", "leader"),
        ({"grid": "", "unit": "A0"}, "post", "chief"),
        ({"until": DAY}, "until", "2026-01-01"),
        ({"hours": "always"}, "hours", "always"),
    ],
)
def test_errors_of_duties(changed: dict[str, object], field: str, value: str) -> None:
    duty = replace(SOUND.duties[0], **changed)  # type: ignore[arg-type]  # fields of a duty
    assert found(replace(SOUND, duties=(duty,))) == [("duties", 0, field, value)]


def test_warnings_of_duties() -> None:
    duties = (SOUND.duties[0], SOUND.duties[0], Duty("P1", "supervisor", "2:V1", "", DAY, LATER),
              Duty("P2", "supervisor", "2:V1", "", LATER))  # fmt: skip
    assert found(replace(SOUND, duties=duties), "warning") == [
        ("duties", 1, "", ""), ("duties", 2, "post", "supervisor"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "severity", "field", "value"),
    [
        ({"towns": ("T0", "V0")}, "error", "towns", "V0"),
        ({"towns": ()}, "error", "towns", ""),
        ({"category": ()}, "error", "category", ""),
        ({"category": ("*1",)}, "error", "category", "*1"),
        ({"until": DAY}, "error", "until", "2026-01-01"),
        ({"category": ("秩*",)}, "warning", "category", "秩*"),
    ],
)
def test_powers(changed: dict[str, object], severity: str, field: str, value: str) -> None:
    power = replace(SOUND.powers[0], **changed)  # type: ignore[arg-type]  # fields of a power
    assert found(replace(SOUND, powers=(power,)), severity) == [("powers", 0, field, value)]


def test_one_item_twice_for_the_same_town_and_days() -> None:
    rows = (SOUND.powers[0], replace(SOUND.powers[1], since=date(2026, 5, 31)), replace(SOUND.powers[0], towns=("T2",)))
    assert found(replace(SOUND, powers=rows), "warning") == [("powers", 1, "code", "E1")]


def test_units_of_one_code() -> None:
    assert found(replace(SOUND, units=(*SOUND.units, SOUND.units[5]))) == [("units", 6, "code", "D")]


def test_persons_of_one_id() -> None:
    assert found(replace(SOUND, persons=(*SOUND.persons, Person("P1", "丙")))) == [("persons", 2, "id", "P1")]


FILES: dict[Register, str] = {
    "units": "code,name,kind,parent,grids,categories\nC,指挥中心,center,,,\nA0,零镇执法队,town_team,C,1:T0,*\n"
             "A0-1,一中队,squad,A0,2:V0 3:L02,0101 02* 市容\n",
    "persons": "name,id,remark\n甲,P1,\n乙,00042,x\n",
    "duties": "person,post,grid,unit,since,until,hours\nP1,chief,2:V0,,2026-01-01,2026-06-01,mon-fri 08:00-12:00\n"
              '00042,leader,,A0,2026-01-01,,"mon,wed 08:00-12:00; sat 22:00-06:00"\n',
    "powers": "code,kind,name,category,means,towns,since,until,basis\n"
              "E1,penalty,乱搭,0101,enforcement,T0 T1,2020-01-01,,《条例》第一条\n",
}  # fmt: skip


def write(folder: Path, files: dict[Register, str], encoding: str = "utf-8") -> dict[Register, Path]:
    paths = {}
    for register, text in files.items():
        paths[register] = folder / f"{register}.csv"
        paths[register].write_bytes(text.encode(encoding))
    return paths


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_are_read(tmp_path: Path, encoding: str) -> None:
    read = read_registers_csv(write(tmp_path, FILES, encoding))
    assert read.findings == ()
    registers = read.registers
    assert registers.units[2] == Unit("A0-1", "一中队", "squad", "A0", ("2:V0", "3:L02"), ("0101", "02*", "市容"))
    assert registers.persons == (Person("P1", "甲"), Person("00042", "乙"))
    assert registers.duties[1] == Duty("00042", "leader", "", "A0", date(2026, 1, 1), None,
                                       "mon,wed 08:00-12:00; sat 22:00-06:00")  # fmt: skip
    assert registers.powers == (
        Power(
            "E1", "penalty", "乱搭", ("0101",), "enforcement", ("T0", "T1"), date(2020, 1, 1), None, "《条例》第一条"
        ),
    )
    assert [one for one in check_registers(registers, SYSTEM, CLASSES) if one.severity == "error"] == []


def test_a_register_without_a_file_is_the_one_in_force(tmp_path: Path) -> None:
    paths = write(tmp_path, {"persons": FILES["persons"]})
    read = read_registers_csv(paths, replace(SOUND, version=7))
    assert read.registers == replace(SOUND, persons=read.registers.persons, version=7)
    located = read.located(RegisterFinding("error", "duties", 2, "person", "P2", "is no person of the roster"))
    assert str(located) == "error: duties in force, line 3: person 'P2': is no person of the roster"


def test_all_findings_come_out_with_file_and_line(tmp_path: Path) -> None:
    broken: dict[Register, str] = {
        "units": "code,name,kind,parent,grids,categories\n,甲,team,,,\nA 1,,squad,,,\nB,乙,squad,\n"
                 "D,丙,station,,1:T0,*\n",
        "persons": 'id,name\nP1,\n\nP2,"two\nlines"\nP3,丙\n',
        "duties": "person,post,grid,unit,since,until,hours\nP1,boss,1:T0,,2026-1-1,20260601,\nP3,member,3:L00,,,,\n"
                  "P9,leader,,B,2026-01-01,,\n",
        "powers": "code,kind,name,category,means,towns,since,until,basis\nE1,,x,*,fine,*,2026-01-01,2026-02-30,\n",
    }  # fmt: skip
    paths = write(tmp_path, broken)
    read = read_registers_csv(paths)
    said = [(Path(one.file).stem, one.line, one.field, one.value) for one in read.findings]
    assert said == [
        ("units", 2, "code", ""), ("units", 2, "kind", "team"), ("units", 3, "name", ""), ("units", 3, "code", "A 1"),
        ("units", 4, "", "B,乙,squad,"),
        ("persons", 2, "name", ""), ("persons", 4, "name", "two\nlines"),
        ("duties", 2, "post", "boss"), ("duties", 2, "since", "2026-1-1"), ("duties", 2, "until", "20260601"),
        ("duties", 3, "since", ""),
        ("powers", 2, "kind", ""), ("powers", 2, "means", "fine"), ("powers", 2, "until", "2026-02-30"),
    ]  # fmt: skip
    # P1 stands in a row that cannot be used: that it is named elsewhere is no second mistake. B's line has no cells.
    crossed = [read.located(one) for one in check_registers(read.registers, SYSTEM, None, read.excused)]
    errors = [one for one in crossed if one.severity == "error"]
    assert [(one.line, one.field, one.value) for one in errors] == [(4, "person", "P9"), (4, "unit", "B")]
    with pytest.raises(RegisterInvalid) as refused:
        require_sound([*read.findings, *crossed])
    values = refused.value.values
    assert {name: values[name] for name in ("file", "line", "field", "value")} == {
        "file": str(paths["units"]), "line": 2, "field": "code", "value": "",
    }  # fmt: skip
    assert len(values["findings"]) == len(said) + 2
    assert "(and 15 more)" in refused.value.message


def test_warnings_alone_do_not_stop_an_import(tmp_path: Path) -> None:
    read = read_registers_csv(write(tmp_path, FILES))
    warnings = [read.located(one) for one in check_registers(read.registers, SYSTEM, {"9": ""})]
    assert {one.severity for one in warnings} == {"warning"}
    require_sound(warnings)


def test_a_file_without_a_column_or_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedUnreadable, match="lacks the columns name"):
        read_registers_csv(write(tmp_path, {"persons": "id\nP1\n"}))
    with pytest.raises(FeedUnreadable, match="cannot be opened"):
        read_registers_csv({"persons": tmp_path / "nowhere.csv"})
