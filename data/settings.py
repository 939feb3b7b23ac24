"""Settings: read once from the environment, checked, frozen."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.addresses import host_patterns, proxy_networks, split_list
from data.errors import SettingInvalid
from data.nearest_word import did_you_mean

Language = Literal["zh", "en"]
BasemapSystem = Literal["wgs84", "gcj02"]
BasemapTone = Literal["light", "dark"]


@dataclass(frozen=True)
class Settings:
    """All settings of a running command center; each is an environment variable, see README.

    Attributes
    ----------
    home
        Folder of everything the center keeps on disk: the embedded database, caches.
    database_url
        libpq URL of a server; None starts the embedded one under `home`.
    host, port
        Where the web server listens.
    timezone
        IANA name of the city's zone.
    language
        Language of the screen unless the viewer switched.
    demo_per_day
        Incidents per day of the demo city, in its history and in the live traffic; 0 switches the traffic off.
    demo_days
        Days of history the demo city is built with.
    pool_size
        Most database connections of one process.
    statement_timeout_s
        Time budget of one statement.
    calendar
        Office hours and working days: a name that `WorkCalendar.load` knows, or the path of a file like it.
    limits
        Time limits by category: a name that `Limits.load` knows, or the path of a file like it.
    assessment
        Definitions of KPIs, league table, scores: a name that `Assessment.load` knows, or the path of a file like it.
    wall
        The scenes of the wall by time of day: a name that `Timetable.load` knows, or the path of a file like it.
    basemap
        The map under the grids: addresses of tiles with ``{z}``, ``{x}`` and ``{y}``, separated by spaces and laid over
        each other, or the path of a ``.mbtiles`` or ``.pmtiles`` file; None is no such map.
    basemap_key
        Fills ``{key}`` in the addresses; no page, log or error says it.
    basemap_system
        The coordinate system the tiles are drawn in; "gcj02" ones are moved to where they belong.
    basemap_tone
        "light" is a map as for paper, which dark screens turn over; "dark" a photograph from above, or a dark map.
    basemap_attribution
        Whose map it is, said on the map; empty says what the file says of itself.
    basemap_cache_mb
        Most that is kept on disk of tiles from addresses.
    track_days
        Positions of devices on duty are kept for so many times 24 hours.
    allowed_hosts
        Hosts the server answers for, besides this machine's own names and addresses: names, addresses,
        ``*.example.org`` for all names below one, ``*`` for every host.
    trusted_proxies
        Addresses and networks of proxies; ``X-Forwarded-For`` and ``X-Forwarded-Proto`` count from these peers only.
    max_connections, max_connections_per_address
        Most open connections, in all and of one address; fewer where the process may not open as many files.
    max_streams, max_streams_per_address
        Most event streams at a time (a screen is one), in all and of one address.
    keep_alive_s
        An idle connection waits so long for its next request; longer than a proxy in front keeps its own.
    min_free_mb
        With less free space than this under `home` the server is not ready.
    """

    home: Path
    database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8050
    timezone: str = "Asia/Shanghai"
    language: Language = "zh"
    demo_per_day: float = 1000.0
    demo_days: int = 90
    pool_size: int = 8
    statement_timeout_s: float = 30.0
    calendar: str = "jiangyin"
    limits: str = "jiangyin"
    assessment: str = "jiangyin"
    wall: str = "standard"
    basemap: str | None = None
    basemap_key: str = field(default="", repr=False)
    basemap_system: BasemapSystem = "wgs84"
    basemap_tone: BasemapTone = "light"
    basemap_attribution: str = ""
    basemap_cache_mb: float = 512.0
    track_days: int = 7
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    max_connections: int = 2000
    max_connections_per_address: int = 500
    max_streams: int = 1000
    max_streams_per_address: int = 400
    keep_alive_s: int = 20
    min_free_mb: float = 200.0

    def __post_init__(self) -> None:
        """Reject values that cannot be."""
        _require(0 < self.port < 65536, "PORT", self.port, "a number from 1 to 65535")
        _require(self.demo_per_day >= 0, "GRID_DEMO_PER_DAY", self.demo_per_day, "0 or more incidents")
        _require(self.demo_days >= 1, "GRID_DEMO_DAYS", self.demo_days, "1 or more days")
        _require(self.pool_size >= 2, "GRID_POOL_SIZE", self.pool_size, "2 or more connections")
        _require(self.statement_timeout_s > 0, "GRID_STATEMENT_TIMEOUT_S", self.statement_timeout_s, "more than 0")
        _require(1 <= self.track_days <= 366, "GRID_TRACK_DAYS", self.track_days, "1 to 366 days")
        _require(self.language in get_args(Language), "GRID_LANGUAGE", self.language, "zh or en")
        systems = get_args(BasemapSystem)
        _require(self.basemap_system in systems, "GRID_BASEMAP_SYSTEM", self.basemap_system, " or ".join(systems))
        tones = get_args(BasemapTone)
        _require(self.basemap_tone in tones, "GRID_BASEMAP_TONE", self.basemap_tone, " or ".join(tones))
        _require(self.basemap_cache_mb >= 1, "GRID_BASEMAP_CACHE_MB", self.basemap_cache_mb, "1 or more")
        for name in ("max_connections", "max_connections_per_address", "max_streams", "max_streams_per_address"):
            _require(getattr(self, name) >= 1, f"GRID_{name.upper()}", getattr(self, name), "1 or more")
        _require(1 <= self.keep_alive_s <= 3600, "GRID_KEEP_ALIVE_S", self.keep_alive_s, "1 to 3600 seconds")
        _require(self.min_free_mb >= 0, "GRID_MIN_FREE_MB", self.min_free_mb, "0 or more megabytes")
        object.__setattr__(self, "allowed_hosts", host_patterns(self.allowed_hosts, "GRID_ALLOWED_HOSTS"))
        proxy_networks(self.trusted_proxies, "GRID_TRUSTED_PROXIES")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingInvalid(
                f"GRID_TIMEZONE is {self.timezone!r}: give the name of an IANA time zone, such as Asia/Shanghai",
                name="GRID_TIMEZONE", value=self.timezone,
            ) from error  # fmt: skip

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.timezone)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from environment variables; unset or empty ones keep their default.

        Raises
        ------
        SettingInvalid
            Names the variable, its value and what it must be.
        """
        env = os.environ if environ is None else environ
        found = {name: value for name, value in env.items() if value.strip()}
        return cls(
            home=Path(found["GRID_HOME"]).expanduser().resolve() if "GRID_HOME" in found else default_home(),
            database_url=found.get("GRID_DATABASE_URL"),
            host=found.get("HOST", cls.host),
            port=_whole(found, "PORT", cls.port),
            timezone=found.get("GRID_TIMEZONE", cls.timezone),
            language=found.get("GRID_LANGUAGE", cls.language),  # type: ignore[arg-type]  # checked above
            demo_per_day=_number(found, "GRID_DEMO_PER_DAY", cls.demo_per_day),
            demo_days=_whole(found, "GRID_DEMO_DAYS", cls.demo_days),
            pool_size=_whole(found, "GRID_POOL_SIZE", cls.pool_size),
            statement_timeout_s=_number(found, "GRID_STATEMENT_TIMEOUT_S", cls.statement_timeout_s),
            calendar=found.get("GRID_CALENDAR", cls.calendar),
            limits=found.get("GRID_LIMITS", cls.limits),
            assessment=found.get("GRID_ASSESSMENT", cls.assessment),
            wall=found.get("GRID_WALL", cls.wall),
            basemap=found.get("GRID_BASEMAP", "").strip() or None,
            basemap_key=found.get("GRID_BASEMAP_KEY", "").strip(),
            basemap_system=found.get("GRID_BASEMAP_SYSTEM", cls.basemap_system),  # type: ignore[arg-type]  # checked above
            basemap_tone=found.get("GRID_BASEMAP_TONE", cls.basemap_tone),  # type: ignore[arg-type]  # checked above
            basemap_attribution=found.get("GRID_BASEMAP_ATTRIBUTION", cls.basemap_attribution).strip(),
            basemap_cache_mb=_number(found, "GRID_BASEMAP_CACHE_MB", cls.basemap_cache_mb),
            track_days=_whole(found, "GRID_TRACK_DAYS", cls.track_days),
            allowed_hosts=split_list(found.get("GRID_ALLOWED_HOSTS", "")),
            trusted_proxies=split_list(found.get("GRID_TRUSTED_PROXIES", "")),
            max_connections=_whole(found, "GRID_MAX_CONNECTIONS", cls.max_connections),
            max_connections_per_address=_whole(
                found, "GRID_MAX_CONNECTIONS_PER_ADDRESS", cls.max_connections_per_address
            ),
            max_streams=_whole(found, "GRID_MAX_STREAMS", cls.max_streams),
            max_streams_per_address=_whole(found, "GRID_MAX_STREAMS_PER_ADDRESS", cls.max_streams_per_address),
            keep_alive_s=_whole(found, "GRID_KEEP_ALIVE_S", cls.keep_alive_s),
            min_free_mb=_number(found, "GRID_MIN_FREE_MB", cls.min_free_mb),
        )


def default_home() -> Path:
    """``.grid`` in the checkout; for root under a closed folder, a place PostgreSQL's own user can reach.

    PostgreSQL refuses to run as root, so as root it runs as another user, who must be able to walk to its data.
    Opening the folders above (such as ``/root``) to everybody would harm; another place does not.
    """
    checkout = Path(__file__).resolve().parent.parent
    closed = [folder for folder in checkout.parents if not folder.stat().st_mode & 0o001]
    if os.geteuid() == 0 and closed:
        return Path("/var/lib/grid-command-center")
    return checkout / ".grid"


def unknown_settings(environ: Mapping[str, str]) -> list[str]:
    """Say which variables look like settings and are none; empty where all are known.

    A misspelt setting would otherwise leave its default in force without a word.
    """
    known = {_variable(name) for name in (*_NAMES, _OF_THE_TESTS)}
    found = []
    for name in sorted(name for name in environ if name.startswith("GRID_") and name not in known):
        plain = name.removeprefix("GRID_")
        near = plain if plain in known else _variable(did_you_mean(plain, _NAMES) or plain)
        found.append(f"{name} is no setting and has no effect{f': did you mean {near}?' if near in known else ''}")
    return found


_NAMES = tuple(spec.name.upper() for spec in fields(Settings))
# Nothing of the product: it tells the test suite that whatever is missing is a failure.
_OF_THE_TESTS = "REQUIRE_ALL"


def _variable(name: str) -> str:
    return name if name in ("HOST", "PORT") else f"GRID_{name}"


def _require(holds: bool, name: str, value: object, expected: str) -> None:
    if not holds:
        raise SettingInvalid(f"{name} is {value!r}: it must be {expected}", name=name, value=str(value))


def _number(found: Mapping[str, str], name: str, default: float) -> float:
    text = found.get(name)
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError as error:
        raise SettingInvalid(f"{name} is {text!r}: it must be a number", name=name, value=text) from error
    _require(math.isfinite(number), name, text, "a number")
    return number


def _whole(found: Mapping[str, str], name: str, default: int) -> int:
    """Read a count: a fraction is refused, not cut."""
    number = _number(found, name, default)
    _require(number == int(number), name, found.get(name), "a whole number")
    return int(number)
