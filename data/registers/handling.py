"""Who handles an incident: the question that is asked of the registers, and their answer."""

from dataclasses import dataclass, field
from typing import Any

from data.words import Means


@dataclass(frozen=True, slots=True)
class Matter:
    """What decides who handles an incident.

    Attributes
    ----------
    category
        Its code.
    means
        By which means it is to be solved; None where nobody has said.
    leaf
        Ordinal of the leaf it lies in; -1 in no grid.
    area
        Id of the upper grid that holds it where `leaf` is -1; None where that is not known either.
    held_level
        Level of the grid that has it in hand: the leaf's at first, smaller with each escalation, 0 = the city itself.
    """

    category: str
    means: Means | None
    leaf: int
    area: str | None
    held_level: int


@dataclass(frozen=True, slots=True)
class Assignee:
    """The one responsible person, and why it is this one.

    Attributes
    ----------
    person, name, post
        Id and name in the roster, and the post held: "chief", "member", "supervisor", "duty_officer", ...
    at
        Where the post is: a grid id (``"2:320281104205"``), ``"unit:CODE"``, or ``"center"``.
    gap
        Whether somebody nearer should have been there: the roster has a hole.
    """

    person: str
    name: str
    post: str
    at: str
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """To whom an incident goes by rule.

    Attributes
    ----------
    unit, unit_name
        The unit.
    means
        The means it was decided for.
    rule
        Key of the rule that decided; the screen's text stands in the catalogue under ``rule.<key>``.
    values
        What the text needs: names, the item of the powers list, days as ISO texts.
    assignee
        The unit's person on duty at the moment asked for.
    """

    unit: str
    unit_name: str
    means: Means
    rule: str
    values: dict[str, Any] = field(default_factory=dict)
    assignee: Assignee | None = None
