"""Which scene stands on the wall when, and for how long: read from a file."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from data.errors import SettingInvalid
from data.stats.measures.kpis import KPI_BY_KEY
from data.toml_file import read_document
from layers import LAYERS

Scene = Literal["overview", "supervision", "place", "night"]
SCENES: Final[tuple[Scene, ...]] = get_args(Scene)
# Which grid a scene of a place shows: each of the city's towns in turn, or the one with most red lights.
EACH, WORST = "each", "worst"

SWITCHED_LAYERS: Final = tuple(layer.key for layer in LAYERS if layer.choice is not None)
_SAYS: Final = frozenset({"scene", "for_s", "from", "until", "place", "kpi", "level", "layers"})

_FOLDER = Path(__file__).with_name("timetables")
_LEAST_S, _MOST_S = 5, 24 * 3600
_MOST_LEVELS = 9


@dataclass(frozen=True, slots=True)
class Turn:
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

    turns: tuple[Turn, ...]
    alert_for_s: float

    @classmethod
    def load(cls, name: str) -> "Timetable":
        """Read a timetable: a name in `timetables/`, or the path of a file like those.

        Raises
        ------
        SettingInvalid
            There is no such file, or it says what cannot be; the message names the entry.
        """
        path = _FOLDER / f"{name}.toml"
        if not path.exists():
            path = Path(name)
        try:
            document = read_document(path)
        except (OSError, ValueError) as error:
            raise _invalid(name, f"cannot be read: {error}") from error
        turns = document.get("turn")
        if not isinstance(turns, list) or not turns:
            raise _invalid(name, "has no [[turn]]: give at least one")
        alert = document.get("alert", {})
        if not isinstance(alert, dict):
            raise _invalid(name, "says [alert] as something else than a table")
        return cls(
            tuple(_turn(name, number, said) for number, said in enumerate(turns, start=1)),
            _seconds(name, "[alert] for_s", alert.get("for_s", 40), least=0),
        )

    def document(self) -> dict[str, Any]:
        """What the page is told."""
        return {"turns": [asdict(turn) for turn in self.turns], "alert_for_s": self.alert_for_s}


def _turn(name: str, number: int, said: Any) -> Turn:
    where = f"[[turn]] {number}"
    if not isinstance(said, dict):
        raise _invalid(name, f"says {where} as something else than a table")
    unknown = sorted(set(said) - _SAYS)
    if unknown:
        raise _invalid(name, f"says {unknown[0]!r} in {where}: it may say {', '.join(sorted(_SAYS))}")
    scene = said.get("scene")
    if scene not in SCENES:
        raise _invalid(name, f"has the scene {scene!r} in {where}: it must be one of {', '.join(SCENES)}")
    kpi = said.get("kpi", "open_per_km2")
    if kpi not in KPI_BY_KEY or not KPI_BY_KEY[kpi].colours_map:
        raise _invalid(name, f"has the kpi {kpi!r} in {where}: it must be one that colours the map")
    place = said.get("place", EACH)
    if not isinstance(place, str) or not place:
        raise _invalid(name, f"has the place {place!r} in {where}: give each, worst or the id of a grid")
    layers = said.get("layers", [])
    if not isinstance(layers, list) or not all(one in SWITCHED_LAYERS for one in layers):
        raise _invalid(name, f"has the layers {layers!r} in {where}: give a list of {', '.join(SWITCHED_LAYERS)}")
    level = said.get("level", 0)
    if not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= _MOST_LEVELS:
        raise _invalid(name, f"has the level {level!r} in {where}: give 1 (coarsest) to {_MOST_LEVELS}, or 0 (finest)")
    since, until = (_time(name, where, said.get(side, "00:00")) for side in ("from", "until"))
    return Turn(
        scene,
        _seconds(name, f"for_s of {where}", said.get("for_s", 60)),
        since,
        until,
        place,
        kpi,
        tuple(layers),
        level,
    )


def _time(name: str, where: str, said: Any) -> str:
    hours, colon, minutes = said.partition(":") if isinstance(said, str) else ("", "", "")
    two = len(hours) == len(minutes) == 2 and (hours + minutes).isascii() and (hours + minutes).isdigit()
    if not (colon and two and int(hours) < 24 and int(minutes) < 60):
        raise _invalid(name, f"has the time {said!r} in {where}: write it as 08:30")
    return str(said)


def _seconds(name: str, where: str, said: Any, least: float = _LEAST_S) -> float:
    number = isinstance(said, int | float) and not isinstance(said, bool)
    if not number or not least <= said <= _MOST_S:
        raise _invalid(name, f"has {said!r} as {where}: it must be {least} to {_MOST_S} seconds")
    return float(said)


def _invalid(name: str, reason: str) -> SettingInvalid:
    return SettingInvalid(f"GRID_WALL is {name!r}: the timetable {reason}", name="GRID_WALL", value=name)
