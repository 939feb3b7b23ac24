"""The powers list 权责清单: which town may act on what, by which means, and on which days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from data.registers.category_choice import Fit, fit
from data.words import Means

EVERY_TOWN: Final = "*"
# Codes come from outside too: what is kept of them must not grow for ever.
_MOST_KEPT: Final = 20_000

PowerRule = Literal["town_holds", "withdrawn", "not_yet", "not_passed_down", "no_power"]
# What an item can say about a town on a day, the strongest first.
POWER_RULES: Final[tuple[PowerRule, ...]] = ("town_holds", "withdrawn", "not_yet", "not_passed_down", "no_power")


@dataclass(frozen=True, slots=True)
class Power:
    """One item of the powers list, as it held for some towns in some span of days.

    Attributes
    ----------
    kind
        "approval", "service", "penalty", or what the city calls it.
    category
        The choice of categories it is about, see `category_choice`.
    towns
        Codes of the towns it was passed down to; ``*`` is every town.
    since, until
        First day, and the day from which it is withdrawn; None: not withdrawn.
    basis
        The law or decision it stands on.
    """

    code: str
    kind: str
    name: str
    category: tuple[str, ...]
    means: Means
    towns: tuple[str, ...]
    since: date
    until: date | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class PowerAnswer:
    """Who may handle a category by a means in a town on a day, and why.

    Attributes
    ----------
    level
        "town" or "city".
    rule
        Why: the town holds an item in force; the last item it held was withdrawn; the first it is to hold is not in
        force yet; there are items, but for other towns only; no item names the category.
    item
        The item that decided; None where no item names the category.
    others
        Codes of further items that say the same.
    withdrawn
        Codes of items withdrawn from this town before, while others still hold.
    """

    level: Literal["town", "city"]
    rule: PowerRule
    category: str
    means: Means
    town: str
    day: date
    item: Power | None = None
    others: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """The facts of the answer as texts, for a sentence on screen; "" where there is none."""
        item = self.item
        return {
            "item": "" if item is None else item.code,
            "item_name": "" if item is None else item.name,
            "kind": "" if item is None else item.kind,
            "basis": "" if item is None else item.basis,
            "since": "" if item is None else item.since.isoformat(),
            "until": "" if item is None or item.until is None else item.until.isoformat(),
            "day": self.day.isoformat(),
        }


@dataclass(frozen=True, eq=False)
class Powers:
    """The whole list, in the order of the register.

    Attributes
    ----------
    items
        All items, those withdrawn included.
    classes
        Name of the class of each category, by its code.
    """

    items: tuple[Power, ...]
    classes: Mapping[str, str]
    _about: dict[tuple[str, Means], tuple[tuple[Fit, Power], ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def build(cls, items: Iterable[Power], classes: Mapping[str, str]) -> "Powers":
        """Take over a list."""
        return cls(tuple(items), classes)

    def who(self, category: str, means: Means, town_code: str, day: date) -> PowerAnswer:
        """Who may handle this, here, on that day: one answer and its reason.

        A town that holds any item in force for the category and the means may act, whatever else was withdrawn. Of
        several items that say the same, the answer names the one that names the category most closely, then the one
        that came or went last, then the lowest code.

        Parameters
        ----------
        category
            Code.
        means
            By which means it is to be handled.
        town_code
            Code of the town's grid on level 1.
        day
            In the city's zone.
        """
        said: dict[PowerRule, list[tuple[Fit, Power]]] = {rule: [] for rule in POWER_RULES}
        for closeness, item in self._items_about(category, means):
            said[_said(item, town_code, day)].append((closeness, item))
        rule: PowerRule = next((one for one in POWER_RULES if said[one]), "no_power")
        if rule == "no_power":
            return PowerAnswer("city", rule, category, means, town_code, day)
        first, *rest = _ranked(rule, said[rule])
        withdrawn = said["withdrawn"] if rule == "town_holds" else []
        return PowerAnswer(
            "town" if rule == "town_holds" else "city", rule, category, means, town_code, day, first,
            tuple(dict.fromkeys(item.code for item in rest if item.code != first.code)),
            tuple(sorted({item.code for _, item in withdrawn})),
        )  # fmt: skip

    def _items_about(self, category: str, means: Means) -> tuple[tuple[Fit, Power], ...]:
        found = self._about.get((category, means))
        if found is None:
            class_name = self.classes.get(category, "")
            found = tuple(
                (closeness, item)
                for item in self.items
                if item.means == means and (closeness := fit(item.category, category, class_name)) is not None
            )
            if len(self._about) >= _MOST_KEPT:
                self._about.clear()
            self._about[category, means] = found
        return found


def _said(item: Power, town_code: str, day: date) -> PowerRule:
    if town_code not in item.towns and EVERY_TOWN not in item.towns:
        return "not_passed_down"
    if day < item.since:
        return "not_yet"
    return "town_holds" if item.until is None or day < item.until else "withdrawn"


def _ranked(rule: PowerRule, found: Sequence[tuple[Fit, Power]]) -> list[Power]:
    """The items of one rule, the one to name first."""

    def rank(pair: tuple[Fit, Power]) -> tuple[int, int, int, str]:
        (kind, length), item = pair
        turned = item.until if rule == "withdrawn" and item.until is not None else item.since
        newest_first = turned.toordinal() if rule == "not_yet" else -turned.toordinal()
        return -kind, -length, newest_first, item.code

    return [item for _, item in sorted(found, key=rank)]
