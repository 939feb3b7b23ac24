import re
from pathlib import Path

import pytest

from data.errors import SettingInvalid
from data.settings import Settings, unknown_settings


def test_defaults_stand_when_nothing_is_set() -> None:
    settings = Settings.load({})
    assert (settings.host, settings.port, settings.language) == ("127.0.0.1", 8050, "zh")
    assert settings.database_url is None
    assert settings.zone.key == "Asia/Shanghai"


def test_calendar_and_limits_are_names_or_paths(tmp_path: Path) -> None:
    assert (Settings.load({}).calendar, Settings.load({}).limits) == ("jiangyin", "jiangyin")
    settings = Settings.load({"GRID_CALENDAR": "/etc/city.toml", "GRID_LIMITS": str(tmp_path / "limits.toml")})
    assert (settings.calendar, settings.limits) == ("/etc/city.toml", str(tmp_path / "limits.toml"))


def test_assessment_is_a_name_or_a_path() -> None:
    assert Settings.load({}).assessment == "jiangyin"
    assert Settings.load({"GRID_ASSESSMENT": "/etc/assessment.toml"}).assessment == "/etc/assessment.toml"


def test_wall_is_a_name_or_a_path() -> None:
    assert Settings.load({}).wall == Settings(home=Path("/srv")).wall == "standard"
    assert Settings.load({"GRID_WALL": "/etc/wall.toml"}).wall == "/etc/wall.toml"
    # Set and empty is not set.
    assert Settings.load({"GRID_WALL": ""}).wall == "standard"


def test_positions_are_kept_for_a_week_unless_said() -> None:
    assert Settings.load({}).track_days == Settings(home=Path("/srv")).track_days == 7
    assert Settings.load({"GRID_TRACK_DAYS": "30"}).track_days == 30


def test_environment_is_read(tmp_path: Path) -> None:
    environment = {"GRID_HOME": str(tmp_path), "PORT": "9000", "GRID_LANGUAGE": "en", "GRID_DEMO_PER_DAY": ""}
    settings = Settings.load(environment)
    assert (settings.home, settings.port, settings.language) == (tmp_path, 9000, "en")
    assert settings.demo_per_day == Settings.load({}).demo_per_day


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("GRID_TIMEZONE", "Asia/Nowhere"),
        ("GRID_TIMEZONE", "../etc/passwd"),
        ("GRID_LANGUAGE", "de"),
        ("GRID_DEMO_PER_DAY", "-1"),
        ("GRID_DEMO_DAYS", "0"),
        ("GRID_TRACK_DAYS", "0"),
        ("GRID_TRACK_DAYS", "367"),
        ("GRID_TRACK_DAYS", "week"),
        ("GRID_POOL_SIZE", "1"),
        ("GRID_STATEMENT_TIMEOUT_S", "0"),
    ],
)
def test_impossible_value_names_variable_and_value(name: str, value: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Settings.load({name: value})
    assert name in caught.value.message
    assert caught.value.values["name"] == name
    assert float(caught.value.values["value"]) == float(value) if _is_number(value) else value in caught.value.message


def _is_number(text: str) -> bool:
    return text.lstrip("-").isdigit()


def test_a_misspelt_setting_is_said() -> None:
    assert unknown_settings({"GRID_HOME": "/x", "PORT": "1", "HOST": "h", "PATH": "/", "GRID_DEMO_DAYS": "3"}) == []
    said = unknown_settings({"GRID_DEMO_DAY": "3", "GRID_PORT": "1", "GRID_ALOWED_HOSTS": "x", "GRID_QQ": ""})
    assert said == [
        "GRID_ALOWED_HOSTS is no setting and has no effect: did you mean GRID_ALLOWED_HOSTS?",
        "GRID_DEMO_DAY is no setting and has no effect: did you mean GRID_DEMO_DAYS?",
        "GRID_PORT is no setting and has no effect: did you mean PORT?",
        "GRID_QQ is no setting and has no effect",
    ]


def test_every_setting_is_known_by_its_name() -> None:
    text = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    names = set(re.findall(r"GRID_[A-Z]+(?:_[A-Z]+)*\b", text))
    assert len(names) > 10
    assert unknown_settings(dict.fromkeys(names, "x")) == []
