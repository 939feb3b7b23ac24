"""Categories of the demo city's incidents: data, read from `categories.csv`."""

import csv
from dataclasses import dataclass
from pathlib import Path

from data.words import MEANS

TABLE = Path(__file__).parent / "categories.csv"
# Sources of the demo city's incidents: grid workers' app, 12345 hotline, video, public opinion monitoring,
# door-to-door visits, dispute system.
SOURCES = ("grid", "hotline", "video", "opinion", "visits", "disputes")


@dataclass(frozen=True, slots=True)
class Category:
    """A category of incidents.

    Attributes
    ----------
    code, name_zh, name_en, class_zh, class_en
        As `category` in the store wants them.
    weight
        How often, against the others.
    sources, means
        Shares in the order of `SOURCES` and of `MEANS`; each adds up to 1.
    due_hours, due_days
        Time to handle: office hours or working days, the other is 0.
    """

    code: str
    name_zh: str
    name_en: str
    class_zh: str
    class_en: str
    weight: float
    sources: tuple[float, ...]
    means: tuple[float, ...]
    due_hours: float
    due_days: int

    @property
    def class_name(self) -> str:
        """The wider class, as the store keeps it."""
        return self.class_zh


def load_categories() -> tuple[Category, ...]:
    """All categories, in the order of the file."""
    with TABLE.open(encoding="utf-8") as file:
        return tuple(_category(row) for row in csv.DictReader(file))


def _category(row: dict[str, str]) -> Category:
    mix = dict(part.split(":") for part in row["sources"].split())
    number, unit = float(row["limit"][:-1]), row["limit"][-1]
    return Category(
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        class_zh=row["class_zh"],
        class_en=row["class_en"],
        weight=float(row["weight"]),
        sources=_shares([float(mix.get(source, 0)) for source in SOURCES]),
        means=_shares([float(share) for share in row["means"].split()][: len(MEANS)]),
        due_hours=number if unit == "h" else 0.0,
        due_days=int(number) if unit == "d" else 0,
    )


def _shares(weights: list[float]) -> tuple[float, ...]:
    return tuple(weight / sum(weights) for weight in weights)
