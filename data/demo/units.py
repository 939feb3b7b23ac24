"""The demo city's units: the center, 7 city teams, departments, and in each town a team with squads and a station."""

import csv
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from data.demo.texts import NUMERALS, squads
from data.registers.units import Unit, UnitKind
from geo.grids import GridSystem

TABLE = Path(__file__).parent / "institutions.csv"
CENTER = "JY00"
CENTER_NAME = "市域治理指挥中心"
# Insurance and housing fund are dealt with at the counter of the town, not in the grid.
STATION_CATEGORIES = ("H01", "H04", "H18")


def build_units(system: GridSystem) -> list[Unit]:
    """All units; those above stand before those below."""
    units = [Unit(CENTER, CENTER_NAME, "center", categories=("*",))]
    with TABLE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            kind: UnitKind = "city_team" if row["kind"] == "city_team" else "department"
            units.append(Unit(row["code"], row["name"], kind, CENTER, (), tuple(row["categories"].split())))
    for code, name in zip(system.levels[0]["code"], system.levels[0]["name"], strict=True):
        units += _town(system, code, name)
    return units


def team_code(town: str) -> str:
    """Code of a town's team, such as ZF104."""
    return f"ZF{town[-3:]}"


def short_name(town_name: str) -> str:
    """A town's name without what stands in brackets."""
    return town_name.split("（")[0]


def _town(system: GridSystem, code: str, name: str) -> Iterator[Unit]:
    short, whole = short_name(name), (f"1:{code}",)
    yield Unit(team_code(code), f"{short}综合行政执法局", "town_team", CENTER, whole, ("*",))
    villages = [one for one in system.levels[1]["code"] if one.startswith(code)]
    parts = [round(part * len(villages) / squads(short)) for part in range(squads(short) + 1)]
    for number, (lo, hi) in enumerate(pairwise(parts), start=1):
        grids = tuple(f"2:{village}" for village in villages[lo:hi])
        yield Unit(f"{team_code(code)}-{number}", f"{short}综合执法{NUMERALS[number - 1]}中队", "squad",
                   team_code(code), grids, ("*",))  # fmt: skip
    yield Unit(f"BM{code[-3:]}", f"{short}便民服务中心", "station", CENTER, whole, STATION_CATEGORIES)
