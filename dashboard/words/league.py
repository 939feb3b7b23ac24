"""A row of the league table in words, so that no colour has to be seen to understand it."""

from collections.abc import Mapping
from typing import Any

from dashboard.words.texts import text
from data.settings import Language


def league_words(row: Mapping[str, Any], minimum_sample: int, language: Language) -> dict[str, str]:
    """What a row of `data.stats.measures.league.league_rows` says.

    Returns
    -------
    ``rank``: the rank, or why there is none; ``range``: the ranks its interval allows; ``change``: since last period;
    ``list``: the list it is on. "" where there is nothing to say.
    """
    return {
        "rank": _rank(row, minimum_sample, language),
        "range": _range(row, language),
        "change": _change(row, language),
        "list": _list(row, language),
    }


def _rank(row: Mapping[str, Any], minimum_sample: int, language: Language) -> str:
    if row["reason"] == "no_data":
        return text("rank.no_data", language)
    if row["reason"] == "too_few":
        return text("rank.too_few", language, sample=row["sample"], minimum=minimum_sample)
    if row["tied"]:
        return text("rank.tied", language, rank=row["rank"], count=row["tied"] + 1)
    return text("rank.alone", language, rank=row["rank"])


def _range(row: Mapping[str, Any], language: Language) -> str:
    if row["rank"] is None or row["rank_best"] == row["rank_worst"]:
        return ""
    return text("rank.range", language, best=row["rank_best"], worst=row["rank_worst"])


def _change(row: Mapping[str, Any], language: Language) -> str:
    if row["rank"] is None:
        return ""
    if row["change"] is None:
        return text("rank.unranked_before", language)
    if row["change"] == 0:
        return text("rank.same", language)
    if row["change"] > 0:
        return text("rank.risen", language, count=row["change"])
    return text("rank.fallen", language, count=-row["change"])


def _list(row: Mapping[str, Any], language: Language) -> str:
    if row["list"] == "red":
        return text("rank.red_list", language)
    return text("rank.black_list", language) if row["list"] == "black" else ""
