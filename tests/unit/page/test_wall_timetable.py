"""The wall's timetable: what a file may say, and what is said of one that cannot be used."""

from pathlib import Path

import pytest

from dashboard.live.timetable import SCENES, Timetable, TimetableEntry
from data.errors import SettingInvalid


def load(folder: Path, text: str) -> Timetable:
    path = folder / "day.toml"
    path.write_text(text, encoding="utf-8")
    return Timetable.load(str(path))


def test_the_standard_one_shows_every_scene() -> None:
    table = Timetable.load("standard")
    assert {turn.scene for turn in table.turns} == set(SCENES)
    assert table.alert_for_s > 0


def test_what_a_file_leaves_out_has_a_default(tmp_path: Path) -> None:
    table = load(tmp_path, '[[turn]]\nscene = "place"\n')
    assert table == Timetable((TimetableEntry("place", 60.0, "00:00", "00:00", "each", "open_per_km2"),), 40.0)
    assert table.document()["turns"][0]["place"] == "each"


def test_a_file_says_all_of_it(tmp_path: Path) -> None:
    text = (
        '[[turn]]\nscene = "night"\nfor_s = 125.5\nfrom = "22:00"\nuntil = "06:30"\nplace = "1:T0"\n'
        'kpi = "overdue_pending_rate"\nlayers = ["hexes", "teams"]\n[alert]\nfor_s = 0\n'
    )
    turn = TimetableEntry("night", 125.5, "22:00", "06:30", "1:T0", "overdue_pending_rate", ("hexes", "teams"))
    assert load(tmp_path, text) == Timetable((turn,), 0.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "turn is missing; it must be a list with at least one [[turn]]"),
        ("turn = 3", "turn is 3; it must be a list"),
        ("turn = []", "turn is []; it must be a list with at least one [[turn]]"),
        ("turn = [3]", "[[turn]] 1 is 3; it must be a table"),
        ("[[turn]]\nfor_s = 30", "[[turn]] 1, scene is missing; it must be 'overview'"),
        (
            '[[turn]]\nscene = "overview"\n[[turn]]\nscene = "noon"',
            "[[turn]] 2, scene is 'noon'; it must be 'overview'",
        ),
        ('[[turn]]\nscene = "overview"\nfor_s = 4', "[[turn]] 1, for_s is 4; it must be 5 to 86400 seconds"),
        ('[[turn]]\nscene = "overview"\nfor_s = true', "[[turn]] 1, for_s is True; it must be a number"),
        ('[[turn]]\nscene = "overview"\nfrom = "8:30"', "[[turn]] 1, from is '8:30'; it must be a time such as 08:30"),
        ('[[turn]]\nscene = "overview"\nuntil = "24:00"', "[[turn]] 1, until is '24:00'; it must be a time"),
        ('[[turn]]\nscene = "overview"\nuntil = 2200', "[[turn]] 1, until is 2200; it must be a time"),
        (
            '[[turn]]\nscene = "overview"\nkpi = "closed_on_time"',
            "kpi is 'closed_on_time'; it must be a KPI that colours the map",
        ),
        (
            '[[turn]]\nscene = "overview"\nplace = ""',
            "[[turn]] 1, place is ''; it must be each, worst or the id of a grid",
        ),
        ('[[turn]]\nscene = "overview"\nseconds = 30', "[[turn]] 1, seconds is 30; it must be left out"),
        ('[[turn]]\nscene = "overview"\nkpi = "open_per_km"', "did you mean open_per_km2?"),
        ('[[turn]]\nscene = "overview"\nfrm = "08:30"', "did you mean from?"),
        ('[[turn]]\nscene = "overview"\nlevel = 10', "level is 10; it must be 1 (coarsest) to 9, or 0 (finest)"),
        ('turns = 2\n[[turn]]\nscene = "overview"', "turns is 2; it must be left out"),
        ('[[turn]]\nscene = "overview"\n[alert]\nseconds = 3', "alert.seconds is 3; it must be left out"),
        ('alert = 3\n[[turn]]\nscene = "overview"', "alert is 3; it must be a table"),
        ('[[turn]]\nscene = "overview"\n[alert]\nfor_s = -1', "alert.for_s is -1; it must be 0 to 86400 seconds"),
        ('[[turn]]\nscene = "overview"\nlayers = "hexes"', "layers is 'hexes'; it must be a list"),
        (
            '[[turn]]\nscene = "overview"\nlayers = ["hexes", "clouds"]',
            "layers has 'clouds'; it must be one of hexes, ",
        ),
        ("[[turn]", "cannot be read"),
    ],
)
def test_what_cannot_be_names_the_entry(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingInvalid, match="GRID_WALL") as raised:
        load(tmp_path, text)
    assert said in raised.value.message


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingInvalid, match="no-such-day"):
        Timetable.load("no-such-day")


def test_a_file_without_an_ending_is_found_where_the_command_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hall").write_text('[[turn]]\nscene = "night"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert Timetable.load("hall").turns == (TimetableEntry("night", 60.0),)
    assert Timetable.load("./hall") == Timetable.load("hall")
    # A name of the project's own comes first.
    (tmp_path / "standard").write_text("", encoding="utf-8")
    assert Timetable.load("standard").turns
