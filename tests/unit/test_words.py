"""One thing has one name: words that were given up stand nowhere; docs/words.md says what replaced them."""

import re
from pathlib import Path

import pytest

from dashboard.words.texts import entries
from data.stats.measures.kpis import KPIS

ROOT = Path(__file__).resolve().parents[2]
KINDS = {".py", ".js", ".html", ".toml", ".md", ".sql"}
FOLDERS = ("dashboard", "data", "geo", "layers", "docs", "benchmarks")
# What sources call it is quoted in their mappings; the glossary names what was given up.
QUOTED = (ROOT / "data" / "feeds" / "mappings", ROOT / "docs" / "mappings", ROOT / "docs" / "words.md")
FILES = [
    path
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in KINDS and not any(path.is_relative_to(quoted) for quoted in QUOTED)
] + [ROOT / "README.md", ROOT / "app.py"]

CHINESE = re.compile(
    "常日|知悉|所知|九成位|未定位|时长|承办|责任单位|分子|分母|红灯预警|不署"
    # The level of resolution is called so by the trade; the stage is not.
    "|(?<!一级)办结(?!层级)"
)
ENGLISH = re.compile(
    r"\b(in all|take note|took note|noted by|send up|sent up|usual day|usually|no person's name"
    r"|asks for attention|yellow lights?|red lights?|late)\b|^(yellow|red|praised|behind)$",
    re.IGNORECASE,
)
PROSE = re.compile(r"asks? for (a person's )?attention|usual day, same hour|in no person's name|named as behind", re.I)


def test_words_that_were_given_up_stand_in_no_file() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {said[0]}"
        for path in FILES
        for said in (CHINESE.search(path.read_text("utf-8")), PROSE.search(path.read_text("utf-8")))
        if said
    ]
    assert len(FILES) > 300
    assert found == []


def test_words_that_were_given_up_stand_in_no_text_on_screen() -> None:
    assert [key for key, texts in entries().items() if CHINESE.search(texts["zh"])] == []
    assert [key for key, texts in entries().items() if ENGLISH.search(texts["en"])] == []


@pytest.mark.parametrize("word", ["常日 12 件", "已办结", "九成位", "承办单位", "未定位"])
def test_the_finder_finds_them(word: str) -> None:
    assert CHINESE.search(word)


def test_the_finder_lets_the_word_of_the_trade_pass() -> None:
    assert not CHINESE.search("办结层级，在哪一级办结，结案")


@pytest.mark.parametrize("word", ["5 in all", "Take note", "Yellow", "2 h late", "Sent up to the city"])
def test_the_finder_finds_english_ones(word: str) -> None:
    assert ENGLISH.search(word)


def test_both_parts_of_every_rate_have_a_name() -> None:
    rates = [one for one in KPIS if one.unit == "ratio"]
    parts = {part for one in rates for part in (one.numerator, one.denominator)}
    assert {f"measure.{part}" for part in parts} - set(entries()) == set()
