"""Which scene stands on the wall when, and for how long: read from a file."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, Field, PlainValidator

from data.nearest_word import did_you_mean
from data.stats.measures.kpis import KPI_BY_KEY
from data.toml_file import Listed, Number, TomlFile, TomlTable, required
from layers import LAYERS

Scene = Literal["overview", "supervision", "place", "night"]
SCENES: Final[tuple[Scene, ...]] = get_args(Scene)
# Which grid a scene of a place shows: each of the city's towns in turn, or the one with most red lights.
EACH, WORST = "each", "worst"

SWITCHED_LAYERS: Final = tuple(layer.key for layer in LAYERS if layer.choice is not None)
KIND = "GRID_WALL timetable"

_COLOURS: Final = tuple(one.key for one in KPI_BY_KEY.values() if one.colours_map)
_FOLDER = Path(__file__).with_name("timetables")
_LEAST_S, _MOST_S = 5, 24 * 3600
_MOST_LEVELS = 9


@dataclass(frozen=True, slots=True)
class TimetableEntry:
    """One entry of the timetable.

    Attributes
    ----------
    scene
        What is shown.
    for_s
        How long, in seconds.
    since, until
        Between which times of the city's day, ``"HH:MM"``; equal ones are all day; past midnight is allowed.
    place
        Of a scene of a place: ``"each"``, ``"worst"`` or the id of a grid, such as ``"1:320281104"``.
    kpi
        What colours the map.
    layers
        Keys of the map's layers that are switched on.
    level
        At which level the map is coloured, 1 = coarsest; 0 = the finest. A city with fewer levels takes its finest.
    """

    scene: Scene
    for_s: float
    since: str = "00:00"
    until: str = "00:00"
    place: str = EACH
    kpi: str = "open_per_km2"
    layers: tuple[str, ...] = ()
    level: int = 0


def _kpi(key: str) -> str:
    if key not in _COLOURS:
        near = did_you_mean(key, _COLOURS)
        raise ValueError(f"a KPI that colours the map, such as open_per_km2{f'; did you mean {near}?' if near else ''}")
    return key


def _place(text: str) -> str:
    if not text:
        raise ValueError(f"{EACH}, {WORST} or the id of a grid")
    return text


def _layer(key: object) -> str:
    if key not in SWITCHED_LAYERS:
        raise ValueError(f"one of {', '.join(SWITCHED_LAYERS)}")
    return str(key)


def _level(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MOST_LEVELS:
        raise ValueError(f"1 (coarsest) to {_MOST_LEVELS}, or 0 (finest)")
    return value


def _time(value: object) -> str:
    hours, colon, minutes = value.partition(":") if isinstance(value, str) else ("", "", "")
    two = len(hours) == len(minutes) == 2 and (hours + minutes).isascii() and (hours + minutes).isdigit()
    if not (colon and two and int(hours) < 24 and int(minutes) < 60):
        raise ValueError("a time such as 08:30")
    return str(value)


def _seconds(least: float) -> AfterValidator:
    def check(seconds: float) -> float:
        if not least <= seconds <= _MOST_S:
            raise ValueError(f"{least} to {_MOST_S} seconds")
        return seconds

    return AfterValidator(check)


class _TurnTable(TomlTable):
    scene: Scene = required()
    for_s: Annotated[Number, _seconds(_LEAST_S)] = 60.0
    since: Annotated[str, PlainValidator(_time)] = Field("00:00", alias="from")
    until: Annotated[str, PlainValidator(_time)] = "00:00"
    place: Annotated[str, AfterValidator(_place)] = EACH
    kpi: Annotated[str, AfterValidator(_kpi)] = "open_per_km2"
    layers: Listed[Annotated[str, PlainValidator(_layer)]] = ()
    level: Annotated[int, PlainValidator(_level)] = 0


class _Alert(TomlTable):
    for_s: Annotated[Number, _seconds(0)] = 40.0


class _TimetableFile(TomlTable):
    turn: Listed[_TurnTable] = ()
    alert: _Alert = _Alert()


@dataclass(frozen=True, slots=True)
class Timetable:
    """The wall's day.

    Attributes
    ----------
    turns
        In order; those whose time it is follow each other.
    alert_for_s
        How long a new red alert takes the screen; 0 = never.
    """

    turns: tuple[TimetableEntry, ...]
    alert_for_s: float

    @classmethod
    def load(cls, name: str) -> "Timetable":
        """Read a timetable: a name in `timetables/`, or the path of a file like those.

        Raises
        ------
        SettingInvalid
            There is no such file, or it says what cannot be; the message names the entry.
        """
        path = Path(name)
        ours = (_FOLDER / f"{name}.toml").exists() or not path.is_file()
        file = TomlFile.read(KIND, name if ours else path.absolute(), _FOLDER)
        said = file.read_as(_TimetableFile)
        if not said.turn:
            raise file.wrong("turn", file.document.get("turn"), "a list with at least one [[turn]]")
        return cls(tuple(TimetableEntry(**turn.model_dump()) for turn in said.turn), said.alert.for_s)

    def document(self) -> dict[str, Any]:
        """The timetable as the page takes it."""
        return {"turns": [asdict(turn) for turn in self.turns], "alert_for_s": self.alert_for_s}
