"""Settings: each is declared once, read once from the environment and a file, checked and frozen."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AllowInfNan,
    BeforeValidator,
    ConfigDict,
    Strict,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.dataclasses import dataclass

from data.addresses import host_pattern, proxy_network, split_list
from data.digits import decimal_number, whole_number
from data.errors import SettingInvalid
from data.nearest_word import did_you_mean
from data.setting import Setting, declare, declared
from data.toml_file import read_document
from data.validation import first_mistake

Language = Literal["zh", "en"]
BasemapSystem = Literal["wgs84", "gcj02"]
BasemapTone = Literal["light", "dark"]


def default_home() -> Path:
    """``.grid`` in the checkout; for root in a closed folder, a place that the PostgreSQL user can reach.

    PostgreSQL refuses to run as root, so root starts it as another user, who needs access to the data folder. Opening
    the parent folders (such as ``/root``) to everybody would weaken them; a different place does not.
    """
    checkout = Path(__file__).resolve().parent.parent
    closed = [folder for folder in checkout.parents if not folder.stat().st_mode & 0o001]
    if os.geteuid() == 0 and closed:
        return Path("/var/lib/grid-command-center")
    return checkout / ".grid"


def _number(value: object) -> object:
    """Parse a number from the text of an environment variable; return other values unchanged, to be refused later."""
    try:
        return decimal_number(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _whole(value: object) -> object:
    """Parse a whole number from the text of an environment variable: digits only."""
    try:
        return whole_number(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _folder(value: object) -> object:
    try:
        return Path(value).expanduser().resolve() if isinstance(value, str) else value
    except RuntimeError as error:
        raise ValueError("a folder that can be found") from error


def _zone_name(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("the name of an IANA time zone, such as Asia/Shanghai") from error
    return text


def _proxy(text: str) -> str:
    proxy_network(text)
    return text


_Number = Annotated[float, Strict(), AllowInfNan(False), BeforeValidator(_number)]
_Whole = Annotated[int, Strict(), BeforeValidator(_whole)]
_Folder = Annotated[Path, BeforeValidator(_folder)]
_ZoneName = Annotated[str, AfterValidator(_zone_name)]
_Trimmed = Annotated[str, AfterValidator(str.strip)]
_Listed = BeforeValidator(lambda value: split_list(value) if isinstance(value, str) else value)
_Hosts = Annotated[tuple[Annotated[str, AfterValidator(host_pattern)], ...], _Listed]
_Proxies = Annotated[tuple[Annotated[str, AfterValidator(_proxy)], ...], _Listed]


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid", hide_input_in_errors=True))
class Settings:
    """All settings of a running command center.

    Name, type, default, bounds and meaning of each are declared here and nowhere else. The environment variable is
    ``GRID_`` and the name in capitals, except for ``PORT`` and ``HOST``. A test compares the README's table with this
    class.
    """

    port: _Whole = declare(8050, "the port the web server listens on", variable="PORT", ge=1, le=65535)
    host: str = declare("127.0.0.1", "the address the web server listens on", variable="HOST")
    allowed_hosts: _Hosts = declare(
        (), "host names the server accepts besides this machine's own names and addresses, such as `grid.example.org, "
        "*.city.example`; `*` accepts every host", see="docs/operations.md",
    )  # fmt: skip
    trusted_proxies: _Proxies = declare(
        (), "addresses or networks of reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted"
    )
    max_connections: _Whole = declare(
        2000, "maximum number of open connections; lower where the process may not open as many files", ge=1
    )
    max_connections_per_address: _Whole = declare(500, "maximum number of open connections from one address", ge=1)
    max_streams: _Whole = declare(1000, "maximum number of live streams (one for each screen)", ge=1)
    max_streams_per_address: _Whole = declare(400, "maximum number of live streams to one address", ge=1)
    keep_alive_s: _Whole = declare(
        20, "keep-alive timeout of idle connections, in seconds; must exceed the keep-alive of a reverse proxy in "
        "front",
        of="seconds", ge=1, le=3600,
    )  # fmt: skip
    home: _Folder = declare(
        default_home, "the data folder: embedded database and caches", written="`.grid` in the checkout"
    )
    min_free_mb: _Number = declare(
        200.0,
        "minimum free space under `GRID_HOME`, in megabytes; with less, `/readyz` reports not ready",
        of="megabytes",
        ge=0,
    )
    database_url: str | None = declare(
        None, "libpq URL of a PostgreSQL server (PostGIS is used if available); unset: the embedded server",
        secret=True,
    )  # fmt: skip
    pool_size: _Whole = declare(8, "maximum number of database connections of one process", of="connections", ge=2)
    statement_timeout_s: _Number = declare(30.0, "timeout of one SQL statement, in seconds", of="seconds", gt=0)
    timezone: _ZoneName = declare("Asia/Shanghai", "the city's time zone")
    language: Language = declare("zh", "default language of the screens, which viewers can switch: `zh` or `en`")
    demo_per_day: _Number = declare(
        1000.0, "incidents per day of the demo city; 0 turns its traffic off", of="incidents", ge=0
    )
    demo_days: _Whole = declare(90, "days of history built for the demo city", of="days", ge=1)
    calendar: str = declare(
        "jiangyin", "office hours, holidays and the city's deadlines: a shipped name or the path of a file",
        see="docs/deadlines.md",
    )  # fmt: skip
    limits: str = declare(
        "jiangyin", "time limits by category: a shipped name or the path of a file", see="docs/deadlines.md"
    )
    assessment: str = declare(
        "jiangyin", "definitions of KPIs, league table and composite scores: a shipped name or the path of a file",
        see="docs/kpis.md",
    )  # fmt: skip
    track_days: _Whole = declare(
        7, "retention period of device positions, in days", see="docs/operations.md", of="days", ge=1, le=366
    )
    wall: str = declare(
        "standard", "timetable of the wall's scenes: a shipped name or the path of a file", see="docs/wall.md"
    )
    basemap: Annotated[str | None, AfterValidator(lambda text: (text or "").strip() or None)] = declare(
        None, "the basemap: an `.mbtiles` or `.pmtiles` file, or URL templates of tiles", see="docs/basemap.md"
    )
    basemap_key: _Trimmed = declare(
        "", "API key of the map service, for `{key}` in the URL templates; it never reaches a browser", secret=True
    )
    basemap_system: BasemapSystem = declare("wgs84", "coordinate system of the basemap: `wgs84` or `gcj02`")
    basemap_tone: BasemapTone = declare(
        "light", "tone of the basemap: `light` for an ordinary map, `dark` for satellite imagery or a dark map"
    )
    basemap_attribution: _Trimmed = declare(
        "", "attribution displayed on the map; unset: the attribution in the basemap file"
    )
    basemap_cache_mb: _Number = declare(
        512.0, "maximum size of the tile cache on disk, in megabytes", of="megabytes", ge=1
    )
    settings_file: str | None = declare(
        None, "a TOML file of settings, named as above in lower case and without `GRID_`; environment variables take "
        "precedence", see="docs/operations.md",
    )  # fmt: skip

    @model_validator(mode="wrap")
    @classmethod
    def _in_our_words(cls, said: Any, read: Callable[[Any], "Settings"], info: ValidationInfo) -> "Settings":
        try:
            return read(said)
        except ValidationError as error:
            raise _refused(error, said if isinstance(said, dict) else said.kwargs or {}, info.context or {}) from error

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.timezone)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from environment variables, then from the file that ``GRID_SETTINGS_FILE`` names.

        An unset or empty variable leaves the value of the file in force, or else the default.

        Raises
        ------
        SettingInvalid
            Names the variable or the key of the file, its value and what it must be.
        """
        env = os.environ if environ is None else environ
        found = {one.name: env[one.variable] for one in SETTINGS.values() if env.get(one.variable, "").strip()}
        path = found.get("settings_file")
        in_file = _in_file(path) if path else {}
        places = {name: f"{name} in the settings file {path!r}" for name in in_file.keys() - found.keys()}
        return _READER.validate_python(in_file | found, context=places)


SETTINGS: Final[Mapping[str, Setting]] = declared(Settings)
# Not a setting of the product: with it, the test suite fails where it would otherwise skip.
_OF_THE_TESTS = "GRID_REQUIRE_ALL"
_READER = TypeAdapter(Settings)


def unknown_settings(environ: Mapping[str, str]) -> list[str]:
    """List the variables that look like settings but are not; empty where all are known.

    A misspelt setting would otherwise leave its default in force without notice.
    """
    known = {one.variable.removeprefix("GRID_"): one.variable for one in SETTINGS.values()}
    found = []
    for name in sorted(environ):
        plain = name.removeprefix("GRID_")
        if plain == name or name == known.get(plain) or name == _OF_THE_TESTS:
            continue
        near = known.get(plain) or known.get(did_you_mean(plain, known))
        found.append(f"{name} is no setting and has no effect{f': did you mean {near}?' if near else ''}")
    return found


def _in_file(path: str) -> dict[str, Any]:
    """Read the settings file; refuse any key that is not a setting."""
    try:
        document = read_document(Path(path).expanduser())
    except (OSError, ValueError, RuntimeError) as error:
        raise SettingInvalid(
            f"GRID_SETTINGS_FILE is {path!r}: it cannot be read ({error}): give the path of a TOML file",
            name="GRID_SETTINGS_FILE", value=path,
        ) from error  # fmt: skip
    known = SETTINGS.keys() - {"settings_file"}
    for key in document:
        if key not in known:
            near = did_you_mean(key.removeprefix("GRID_"), sorted(known))
            raise SettingInvalid(
                f"{key} in the settings file {path!r} is no setting{f': did you mean {near}?' if near else ''} "
                "See the README for those there are",
                name=key, value=path,
            )  # fmt: skip
    return document


def _refused(error: ValidationError, said: Mapping[str, Any], places: Mapping[str, str]) -> SettingInvalid:
    """Build the error for a setting: its place in the file, or else its variable, and the value as written."""
    mistake = first_mistake(error)
    name = str(mistake.place[0])
    if name not in SETTINGS:
        return SettingInvalid(f"{name} is no setting", name=name, value=str(mistake.value))
    setting = SETTINGS[name]
    where = places.get(name, setting.variable)
    expected = mistake.expected if mistake.kind == "value_error" else setting.must
    if setting.secret:
        return SettingInvalid(f"{where} must be {expected} (its value is not shown)", name=where, value="")
    verb, value = ("has", mistake.value) if mistake.in_list else ("is", said.get(name))
    return SettingInvalid(f"{where} {verb} {value!r}: it must be {expected}", name=where, value=str(value))
