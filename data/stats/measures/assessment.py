"""How a city assesses itself, from a file: ``assessments/jiangyin.toml`` beside this module explains every key."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from data.errors import QueryInvalid
from data.stats.measures.league import LeagueRules
from data.stats.measures.rules import Rules
from data.stats.measures.scores import Score
from data.toml_file import TomlFile

ASSESSMENTS = Path(__file__).parent / "assessments"
KIND = "Assessment"

_SECONDS_PER_HOUR = 3600
_FLAGS = {"suspended_is_due", "self_handled_is_sent_up", "neutral_is_satisfied"}
_DEFINITIONS = {"yellow_share", "dispatch_within_hours", *_FLAGS}
_LEAGUE = {one.name for one in fields(LeagueRules)}
_TEXTS = ("key", "zh", "en", "source")


@dataclass(frozen=True, slots=True)
class Assessment:
    """Definitions, what makes a rank, and composite scores by key."""

    rules: Rules
    league: LeagueRules
    scores: Mapping[str, Score]

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Read a file of the folder `assessments` by its name, or any file by its path.

        Raises
        ------
        SettingInvalid
            The file cannot be read, or a value in it cannot be; says which.
        """
        file = TomlFile.read(KIND, name, ASSESSMENTS)
        file.only("", file.document, {"definitions", "league", "score"})
        scores = [_score(file, at, said) for at, said in enumerate(file.list("score", file.document.get("score", [])))]
        by_key = {one.key: one for one in scores}
        if len(by_key) < len(scores):
            raise file.wrong("score", [one.key for one in scores], "one score for each key")
        return cls(_rules(file), _league(file), by_key)

    def score(self, key: str) -> Score:
        """The score of this key.

        Raises
        ------
        QueryInvalid
            There is none.
        """
        if key not in self.scores:
            known = ", ".join(self.scores) or "none: the assessment declares no scores"
            raise QueryInvalid(f"there is no score {key!r}: give one of {known}", score=key)
        return self.scores[key]


def _rules(file: TomlFile) -> Rules:
    said = file.section("definitions", _DEFINITIONS)
    known: dict[str, Any] = {}
    for name in _FLAGS & set(said):
        if not isinstance(said[name], bool):
            raise file.wrong(f"definitions.{name}", said[name], "true or false")
        known[name] = said[name]
    if "yellow_share" in said:
        known["yellow_share"] = file.number("definitions.yellow_share", said["yellow_share"])
    if "dispatch_within_hours" in said:
        hours = file.number("definitions.dispatch_within_hours", said["dispatch_within_hours"])
        known["dispatch_within_s"] = round(hours * _SECONDS_PER_HOUR)
    try:
        return Rules(**known)
    except QueryInvalid as error:
        raise file.wrong("definitions", dict(said), f"possible: {error.message}") from error


def _league(file: TomlFile) -> LeagueRules:
    said = file.section("league", _LEAGUE)
    known: dict[str, Any] = {
        name: (file.number if name == "confidence" else file.whole)(f"league.{name}", value)
        for name, value in said.items()
    }
    try:
        return LeagueRules(**known)
    except QueryInvalid as error:
        raise file.wrong("league", dict(said), f"possible: {error.message}") from error


def _score(file: TomlFile, at: int, said: Any) -> Score:
    where = f"score[{at}]"
    if not isinstance(said, dict):
        raise file.wrong(where, said, "a table")
    file.only(f"{where}.", said, {*_TEXTS, "points", "when_missing"})
    for name in _TEXTS:
        if not isinstance(said.get(name), str) or not said[name].strip():
            raise file.wrong(f"{where}.{name}", said.get(name), "a text")
    points = said.get("points", {})
    if not isinstance(points, dict):
        raise file.wrong(f"{where}.points", points, "a table of KPIs and their points")
    if said.get("when_missing", "no_data") not in ("no_data", "rescale"):
        raise file.wrong(f"{where}.when_missing", said["when_missing"], '"no_data" or "rescale"')
    numbers = {name: file.number(f"{where}.points.{name}", value) for name, value in points.items()}
    try:
        return Score(**{**said, "points": numbers})
    except QueryInvalid as error:
        raise file.wrong(where, said["key"], f"possible: {error.message}") from error
