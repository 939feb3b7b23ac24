from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from data.errors import SettingInvalid
from data.settings import SETTINGS, Settings, unknown_settings


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
        ("GRID_STATEMENT_TIMEOUT_S", "inf"),
        ("GRID_BASEMAP_SYSTEM", "bd09"),
        ("GRID_BASEMAP_TONE", "grey"),
        ("GRID_BASEMAP_CACHE_MB", "0.5"),
        ("GRID_HOME", "~nobody-by-this-name/grid"),
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


def test_every_setting_is_known_by_its_variable() -> None:
    assert unknown_settings({setting.variable: "x" for setting in SETTINGS.values()}) == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "abc", "PORT is 'abc': it must be a whole number from 1 to 65535"),
        ("GRID_DEMO_DAYS", "1.5", "GRID_DEMO_DAYS is '1.5': it must be a whole number of days, 1 or more"),
        ("GRID_MIN_FREE_MB", "-1", "GRID_MIN_FREE_MB is '-1': it must be a number of megabytes, 0 or more"),
        ("GRID_LANGUAGE", "de", "GRID_LANGUAGE is 'de': it must be zh or en"),
        (
            "GRID_TIMEZONE", "Mars",
            "GRID_TIMEZONE is 'Mars': it must be the name of an IANA time zone, such as Asia/Shanghai",
        ),
        (
            "GRID_TRUSTED_PROXIES", "10.0.0.1, here",
            "GRID_TRUSTED_PROXIES has 'here': it must be an IP address or a network, such as 127.0.0.1 or 10.1.0.0/16",
        ),
    ],
)  # fmt: skip
def test_the_error_says_what_must_be(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Settings.load({name: value})
    assert caught.value.message == said


def test_numbers_are_read_as_they_are_written() -> None:
    settings = Settings.load({"PORT": "9000", "GRID_DEMO_DAYS": "030", "GRID_DEMO_PER_DAY": "1e3"})
    assert (settings.port, settings.demo_days, settings.demo_per_day) == (9000, 30, 1000.0)
    assert type(settings.demo_days) is int


@pytest.mark.parametrize("text", ["9_000", "+9000", " 9000", "9000\r", "９０００", "9000.0", "9e3", "9000²"])
def test_a_whole_number_is_written_in_plain_digits(text: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Settings.load({"PORT": text})
    assert caught.value.message == f"PORT is {text!r}: it must be a whole number from 1 to 65535"


@pytest.mark.parametrize("text", ["1_0.5", "+2.5", " 2.5", "２.5", "nan", "inf", "1e999"])
def test_a_number_is_written_in_plain_digits(text: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Settings.load({"GRID_MIN_FREE_MB": text})
    assert "it must be a number of megabytes" in caught.value.message


def test_lists_are_split_at_commas_and_blanks() -> None:
    settings = Settings.load({"GRID_ALLOWED_HOSTS": "a.example,b.example  C.example."})
    assert settings.allowed_hosts == ("a.example", "b.example", "c.example")


def test_settings_are_frozen_and_copies_are_checked(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, basemap="  ")
    assert settings.basemap is None
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]
    assert replace(settings, port=9000).port == 9000
    with pytest.raises(SettingInvalid, match="PORT is 0"):
        replace(settings, port=0)
    with pytest.raises(SettingInvalid, match="GRID_MAX_STREAMS is True"):
        Settings(home=tmp_path, max_streams=True)


def test_no_secret_is_printed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, basemap_key="k-1", database_url="postgresql://u:k-2@host/db")
    assert "k-1" not in repr(settings)
    assert "k-2" not in repr(settings)
    path = _file(tmp_path, "basemap_key = 998877\n")
    with pytest.raises(SettingInvalid, match="basemap_key") as caught:
        Settings.load({"GRID_SETTINGS_FILE": path})
    assert "998877" not in caught.value.message + str(caught.value.values) + str(caught.value.__cause__)


def _file(folder: Path, text: str) -> str:
    path = folder / "grid.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_variables_win_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        f'port = 9000\nlanguage = "en"\ndemo_per_day = 0\nallowed_hosts = ["A.example"]\nhome = "{tmp_path}"\n',
    )
    settings = Settings.load({"GRID_SETTINGS_FILE": path, "PORT": "9001", "GRID_LANGUAGE": ""})
    assert (settings.port, settings.language, settings.demo_per_day) == (9001, "en", 0)
    assert (settings.allowed_hosts, settings.home) == (("a.example",), tmp_path)
    assert settings.demo_days == Settings.load({}).demo_days
    assert settings.settings_file == path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = 0", "port in the settings file 'PATH' is 0: it must be a whole number from 1 to 65535"),
        ("port = true", "port in the settings file 'PATH' is True: it must be a whole number from 1 to 65535"),
        ("host = 5", "host in the settings file 'PATH' is 5: it must be a text"),
        ("allowed_hosts = 5", "allowed_hosts in the settings file 'PATH' is 5: it must be a list of texts"),
        ('allowed_hosts = ["a.example", "b/c"]', "allowed_hosts in the settings file 'PATH' has 'b/c': it must be"),
        ("demo_day = 3", "demo_day in the settings file 'PATH' is no setting: did you mean demo_days?"),
        ("GRID_DEMO_DAYS = 3", "is no setting: did you mean demo_days?"),
        ("[web]\nport = 1", "web in the settings file 'PATH' is no setting"),
        ('settings_file = "x"', "settings_file in the settings file 'PATH' is no setting"),
        ("port =", "GRID_SETTINGS_FILE is 'PATH': it cannot be read"),
    ],
)
def test_what_a_file_cannot_say_names_the_file(tmp_path: Path, text: str, said: str) -> None:
    path = _file(tmp_path, text)
    with pytest.raises(SettingInvalid) as caught:
        Settings.load({"GRID_SETTINGS_FILE": path})
    assert said.replace("PATH", path) in caught.value.message


def test_a_settings_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingInvalid, match=r"GRID_SETTINGS_FILE is '/no/such\.toml': it cannot be read"):
        Settings.load({"GRID_SETTINGS_FILE": "/no/such.toml"})
