"""The wall's timetable: what a file may say, and what is said of one that cannot be used."""

from pathlib import Path

import pytest

from dashboard.live.timetable import SCENES, Timetable, Turn
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
    assert table == Timetable((Turn("place", 60.0, "00:00", "00:00", "each", "open_per_km2"),), 40.0)
    assert table.document()["turns"][0]["place"] == "each"


def test_a_file_says_all_of_it(tmp_path: Path) -> None:
    text = (
        '[[turn]]\nscene = "night"\nfor_s = 125.5\nfrom = "22:00"\nuntil = "06:30"\nplace = "1:T0"\n'
        'kpi = "overdue_pending_rate"\nlayers = ["hexes", "teams"]\n[alert]\nfor_s = 0\n'
    )
    turn = Turn("night", 125.5, "22:00", "06:30", "1:T0", "overdue_pending_rate", ("hexes", "teams"))
    assert load(tmp_path, text) == Timetable((turn,), 0.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no [[turn]]"),
        ("turn = 3", "no [[turn]]"),
        ("turn = [3]", "[[turn]] 1"),
        ("[[turn]]\nfor_s = 30", "scene None in [[turn]] 1"),
        ('[[turn]]\nscene = "overview"\n[[turn]]\nscene = "noon"', "'noon' in [[turn]] 2"),
        ('[[turn]]\nscene = "overview"\nfor_s = 4', "4 as for_s of [[turn]] 1"),
        ('[[turn]]\nscene = "overview"\nfor_s = true', "True"),
        ('[[turn]]\nscene = "overview"\nfrom = "8:30"', "'8:30'"),
        ('[[turn]]\nscene = "overview"\nuntil = "24:00"', "'24:00'"),
        ('[[turn]]\nscene = "overview"\nuntil = 2200', "2200"),
        ('[[turn]]\nscene = "overview"\nkpi = "closed_on_time"', "'closed_on_time'"),
        ('[[turn]]\nscene = "overview"\nplace = ""', "the place ''"),
        ('[[turn]]\nscene = "overview"\nseconds = 30', "'seconds'"),
        ('alert = 3\n[[turn]]\nscene = "overview"', "[alert]"),
        ('[[turn]]\nscene = "overview"\n[alert]\nfor_s = -1', "-1 as [alert] for_s"),
        ('[[turn]]\nscene = "overview"\nlayers = "hexes"', "layers 'hexes'"),
        ('[[turn]]\nscene = "overview"\nlayers = ["hexes", "clouds"]', "'clouds'"),
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
