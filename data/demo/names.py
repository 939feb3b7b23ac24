"""Invented names of people: a surname and one or two characters, drawn by an id. No real person is meant."""

import csv
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from data.demo.draws import key_of

TABLE = Path(__file__).parent / "names.csv"
ONE_CHARACTER = 0.17


def name_of(seed: int, person: str) -> str:
    """The name of a person of the demo city, such as 陈建华; the same id has the same name."""
    key = key_of(f"name {seed} {person}")
    draws = [(key >> shift & 0xFFFF) / 0x10000 for shift in (0, 16, 32, 48)]
    surname, last = _pick("surname", draws[0]), _pick("given_last", draws[1])
    first = "" if draws[2] < ONE_CHARACTER else _pick("given_first", draws[3])
    return surname + ("" if first == last else first) + last


def _pick(part: str, draw: float) -> str:
    characters, running = _parts()[part]
    return characters[min(bisect_right(running, draw * running[-1]), len(characters) - 1)]


@lru_cache(maxsize=1)
def _parts() -> dict[str, tuple[str, list[int]]]:
    """Characters of each part of a name, and the running sums of their weights."""
    found: dict[str, list[tuple[str, int]]] = {}
    with TABLE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["part"], []).extend((text, int(row["weight"])) for text in row["texts"])
    return {
        part: ("".join(text for text, _ in pairs), list(accumulate(weight for _, weight in pairs)))
        for part, pairs in found.items()
    }
