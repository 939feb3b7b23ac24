"""How a city assesses itself, from a file: ``assessments/jiangyin.toml`` beside this module explains every key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field

from data.errors import QueryInvalid
from data.stats.measures.counting_rules import CountingRules
from data.stats.measures.league import LeagueRules
from data.stats.measures.scores import Score
from data.toml_file import Listed, Number, Text, TomlFile, TomlTable, numbered, optional, required

ASSESSMENTS = Path(__file__).parent / "assessments"
KIND = "Assessment"

_SECONDS_PER_HOUR = 3600
Made = TypeVar("Made")


class _Definitions(TomlTable):
    """What is left out is as `CountingRules` has it."""

    yellow_share: Number = optional()
    suspended_is_due: bool = optional()
    self_handled_is_sent_up: bool = optional()
    neutral_is_satisfied: bool = optional()
    dispatch_within_hours: Number = optional()


class _League(TomlTable):
    """What is left out is as `LeagueRules` has it."""

    minimum_sample: int = optional()
    confidence: Number = optional()
    longest_list: int = optional()


class _Score(TomlTable):
    key: Text = required()
    zh: Text = required()
    en: Text = required()
    source: Text = required()
    points: dict[str, Number] = Field(default_factory=dict)
    when_missing: Literal["no_data", "rescale"] = "no_data"


class _AssessmentFile(TomlTable):
    definitions: _Definitions = _Definitions()
    league: _League = _League()
    score: Listed[_Score] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """Definitions, what makes a rank, and composite scores by key."""

    rules: CountingRules
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
        said = file.read_as(_AssessmentFile)
        scores = [_score(file, at, one) for at, one in enumerate(said.score)]
        by_key = {one.key: one for one in scores}
        if len(by_key) < len(scores):
            raise file.wrong("score", [one.key for one in scores], "one score for each key")
        return cls(_rules(file, said.definitions), _league(file, said.league), by_key)

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


def _rules(file: TomlFile, said: _Definitions) -> CountingRules:
    known = said.model_dump(exclude_unset=True)
    if "dispatch_within_hours" in known:
        known["dispatch_within_s"] = round(known.pop("dispatch_within_hours") * _SECONDS_PER_HOUR)
    return _made(file, "definitions", known, CountingRules)


def _league(file: TomlFile, said: _League) -> LeagueRules:
    return _made(file, "league", said.model_dump(exclude_unset=True), LeagueRules)


def _score(file: TomlFile, at: int, said: _Score) -> Score:
    return _made(file, numbered("score", at), said.model_dump(), Score)


def _made(file: TomlFile, key: str, known: dict[str, Any], made: Callable[..., Made]) -> Made:
    """What a table says, made into what the numbers are reckoned with; that knows best what is possible."""
    try:
        return made(**known)
    except QueryInvalid as error:
        raise file.wrong(key, known, f"possible: {error.message}") from error
