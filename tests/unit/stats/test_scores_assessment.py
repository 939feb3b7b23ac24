from pathlib import Path

import pytest

from data.errors import QueryInvalid, SettingInvalid
from data.stats.measures.assessment import Assessment
from data.stats.measures.counting_rules import CountingRules
from data.stats.measures.league import LeagueRules


def written(folder: Path, text: str) -> Path:
    path = folder / "city.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_file_says_the_defaults():
    """So that numbers are the same where nobody has set anything."""
    shipped = Assessment.load("jiangyin")
    assert (shipped.rules, shipped.league) == (CountingRules(), LeagueRules())
    assert set(shipped.scores) == {"handling"}


def test_an_empty_file_is_the_defaults_without_scores(tmp_path: Path):
    empty = Assessment.load(written(tmp_path, ""))
    assert (empty.rules, empty.league, empty.scores) == (CountingRules(), LeagueRules(), {})
    with pytest.raises(QueryInvalid, match="declares no scores"):
        empty.score("handling")


def test_every_definition_can_be_set(tmp_path: Path):
    file = written(
        tmp_path,
        "[definitions]\nyellow_share = 0.5\nsuspended_is_due = true\nself_handled_is_sent_up = true\n"
        "neutral_is_satisfied = true\ndispatch_within_hours = 0.5\n"
        "[league]\nminimum_sample = 3\nconfidence = 0.9\nlongest_list = 0\n",
    )
    found = Assessment.load(file)
    assert found.rules == CountingRules(0.5, True, True, True, 1800)
    assert found.league == LeagueRules(3, 0.9, 0)


SCORE = '[[score]]\nkey = "s"\nzh = "分"\nen = "s"\nsource = "test"\n'


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[definition]\n", "definition"),
        ("[definitions]\nsuspended = true", "definitions.suspended"),
        ("[definitions]\nsuspended_is_due = 1", "definitions.suspended_is_due"),
        ("[definitions]\nyellow_share = 2", "definitions"),
        ("[definitions]\nyellow_share = '20%'", "definitions.yellow_share"),
        ("[definitions]\ndispatch_within_hours = 0", "definitions"),
        ("[league]\nminimum_sample = 0", "league"),
        ("[league]\nminimum_sample = 1.5", "league.minimum_sample"),
        ("[league]\nconfidence = 95", "league"),
        ("[league]\nlongest_list = -1", "league"),
        ("score = 3", "score"),
        ("score = [3]", "[[score]] 1"),
        ("[[score]]\nkey = 's'", "[[score]] 1, zh"),
        (SCORE, "[[score]] 1"),
        (SCORE + "points = 3", "[[score]] 1, points"),
        (SCORE + "points = {handling_rate = 'ten'}", "[[score]] 1, points.handling_rate"),
        (SCORE + "points = {happiness = 10}", "[[score]] 1"),
        (SCORE + "weights = {handling_rate = 10}", "[[score]] 1, weights"),
        (SCORE + "points = {handling_rate = 10}\nwhen_missing = 'zero'", "[[score]] 1, when_missing"),
        (SCORE + "points = {handling_rate = 10}\n" + SCORE + "points = {handling_rate = 5}", "score"),
        ("not toml", "assessment"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, text: str, key: str):
    with pytest.raises(SettingInvalid) as refused:
        Assessment.load(written(tmp_path, text))
    assert refused.value.values["name"] == key
    assert "city.toml" in refused.value.message


def test_a_file_there_is_not_names_those_there_are():
    with pytest.raises(SettingInvalid, match="jiangyin"):
        Assessment.load("nowhere")


def test_an_unknown_score_names_those_there_are():
    with pytest.raises(QueryInvalid, match="give one of handling"):
        Assessment.load("jiangyin").score("happiness")
