"""The commands of the registers as a user types them."""

from datetime import date
from pathlib import Path

import pytest

import app
from data.city.categories import Category, save_categories
from data.city.editions import save_edition
from data.registers.tables import list_versions
from data.store.connection import Store
from tests.unit.stats.cities import make_system

FILES = {
    "units": "code,name,kind,parent,grids,categories\nC,指挥中心,center,,,\nX,市综合执法支队,city_team,C,,*\n"
             "A0,零镇执法队,town_team,C,1:T0,*\nA0-1,一中队,squad,A0,2:V0,*\n",
    "persons": "id,name\nP1,甲\nP2,乙\nP3,丙\n",
    "duties": "person,post,grid,unit,since,until,hours\nP1,chief,1:T0,,2026-01-01,,\nP2,leader,,A0-1,2026-01-01,,\n"
              "P3,leader,,X,2026-01-01,,\n",
    "powers": "code,kind,name,category,means,towns,since,until,basis\n"
              "E1,penalty,乱搭,0101,enforcement,*,2020-01-01,2026-06-01,法\n",
}  # fmt: skip
WHO = ["registers", "who", "--category", "0101", "--means", "enforcement", "--grid", "3:L00", "--day"]


@pytest.fixture
def arguments(embedded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options that name the four files; the settings name a database with a small city."""
    monkeypatch.setenv("GRID_DATABASE_URL", embedded_url)
    monkeypatch.setenv("GRID_HOME", str(tmp_path))
    with Store.connect(embedded_url, migrate=False) as store:
        save_edition(store, make_system(), city="小城", name="2026", holds_from=date(2026, 1, 1))
        save_categories(store, [Category("0101", "私搭乱建", "Illegal structures", "市容")])
    found = []
    for name, text in FILES.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        found += [f"--{name}", str(path)]
    return found


def test_check_import_ask(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["registers", "check", *arguments]) == 0
    assert "4 units, 3 persons, 3 duties, 1 powers: 0 errors, 2 warnings." in capsys.readouterr().out
    assert app.main(["registers", "import", *arguments]) == 0
    assert "is in force: 4 units, 3 persons, 3 duties, 1 powers." in capsys.readouterr().out
    assert app.main(["registers", "import", *arguments]) == 0
    assert "Nothing is new" in capsys.readouterr().out
    assert app.main(["registers", "check"]) == 0
    assert "镇1 has no team" in capsys.readouterr().out

    assert app.main([*WHO, "2026-05-31"]) == 0
    held = capsys.readouterr().out
    assert "The town: 镇0 holds E1 乱搭 since 2020-01-01 until 2026-06-01." in held
    assert "It goes to 一中队 (A0-1), rule town_squad; on duty: 乙 (leader)." in held
    assert app.main([*WHO, "2026-06-01"]) == 0
    withdrawn = capsys.readouterr().out
    assert "0101 私搭乱建, enforcement, 格0 (镇0), 2026-06-01:" in withdrawn
    assert "The city: E1 乱搭, passed down on 2020-01-01, was withdrawn on 2026-06-01." in withdrawn
    assert "It goes to 市综合执法支队 (X), rule withdrawn; on duty: 丙 (leader)." in withdrawn
    assert app.main([*WHO, "2019-12-31"]) == 0
    assert "is passed down to 镇0 only on 2020-01-01" in capsys.readouterr().out
    assert app.main(["registers", "who", "--category", "0102", *WHO[4:], "2026-05-31"]) == 1
    assert "no category '0102' (did you mean '0101'?)" in capsys.readouterr().err


def test_holes_are_listed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["registers", "import", *arguments]) == 0
    capsys.readouterr()
    assert app.main(["registers", "holes", "--day", "2026-11-22", "--all"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "center_unmanned: unit:C 指挥中心"
    assert "unit_unmanned: unit:A0 零镇执法队" in lines
    assert "chief_vacant chief: 2:V0 村0; 甲 answers" in lines
    assert not any("1:T0" in line for line in lines)
    # 5 leaves' posts on 12 leaves, 12 + 6 + 2 chiefs, the center and a team.
    assert lines[-1] == "82 holes on 2026-11-22."
    assert len(lines) == 83


def test_one_error_and_nothing_is_imported(
    arguments: list[str], embedded_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    duties = tmp_path / "duties.csv"
    duties.write_text(FILES["duties"] + "P9,chief,1:gone,,2026-02-30,,\nP9,chief,1:gone,,2026-02-28,,\n", "utf-8")
    assert app.main(["registers", "check", *arguments]) == 1
    told = capsys.readouterr().out
    assert f"error: {duties}, line 5: since '2026-02-30': is no day: write it as 2026-11-22" in told
    assert f"error: {duties}, line 6: person 'P9': is no person of the roster" in told
    assert f"error: {duties}, line 6: grid '1:gone': is not in the grid system in force" in told
    assert app.main(["registers", "import", *arguments]) == 1
    assert "(and 2 more); nothing was imported" in capsys.readouterr().err
    with Store.connect(embedded_url, migrate=False) as store:
        assert list_versions(store) == []


def test_a_register_alone_is_a_new_version_with_the_others(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.main(["registers", "import", *arguments]) == 0
    powers = tmp_path / "more.csv"
    powers.write_text(FILES["powers"].replace("2026-06-01", ""), encoding="utf-8")
    assert app.main(["registers", "import", "--powers", str(powers)]) == 0
    assert app.main([*WHO, "2026-06-01"]) == 0
    assert "The town: 镇0 holds E1 乱搭 since 2020-01-01." in capsys.readouterr().out
    assert app.main(["registers", "list"]) == 0
    newest, first = capsys.readouterr().out.splitlines()
    assert newest.endswith("4 units, 3 persons, 3 duties, 1 powers [in force]")
    assert not first.endswith("[in force]")


def test_an_import_without_a_file_says_what_it_needs(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["registers", "import"]) == 1
    assert "--units, --persons, --duties, --powers" in capsys.readouterr().err
