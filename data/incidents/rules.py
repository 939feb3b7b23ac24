"""The declared table of steps: what may follow what, what a step must say, and what it does to the state.

`lifecycle` reads this table; nothing else knows the path of an incident.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from data.incidents.model import OPEN_STAGES, Stage

FieldType = Literal["text", "time", "means", "level", "longitude", "latitude", "coordinate_system"]


@dataclass(frozen=True, slots=True)
class Says:
    """One field of a step's detail.

    Attributes
    ----------
    type
        What its value must be; times are ISO 8601 texts with an offset from UTC.
    required
        Whether the step is invalid without it.
    kept
        Whether the value becomes the field of the same name in the state.
    """

    type: FieldType
    required: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of step.

    Attributes
    ----------
    kind
        Its name.
    stages
        The stages it may be taken from.
    to
        The stage it leads to, or "same".
    says
        What its detail may and must say; every step may also carry `note` and `reason`.
    stamps
        Field of the state that takes the step's time, unless it holds one already.
    counts
        Field of the state that grows by one.
    sets
        Fields of the state that take a fixed value.
    suspended
        Whether the incident must be suspended (True), must not be (False), or either (None).
    """

    kind: str
    stages: tuple[Stage, ...]
    to: Stage | Literal["same"]
    says: Mapping[str, Says] = field(default_factory=dict)
    stamps: str | None = None
    counts: str | None = None
    sets: Mapping[str, Any] = field(default_factory=dict)
    suspended: bool | None = False


FREE_TEXT: Mapping[str, Says] = {"note": Says("text"), "reason": Says("text")}
_BEFORE_DISPATCH: tuple[Stage, ...] = ("reported", "verified", "filed")
_RUNNING: tuple[Stage, ...] = ("dispatched", "claimed")
_DUE = Says("time", required=True, kept=True)
_MAYBE_DUE = Says("time", kept=True)

_PATH = (
    Rule("verified", ("reported",), "verified", stamps="verified_at"),
    Rule("filed", ("verified",), "filed", stamps="filed_at"),
    Rule(
        "dispatched",
        ("filed",),
        "dispatched",
        says={"handler": Says("text", required=True, kept=True), "due_claim_at": _MAYBE_DUE, "due_at": _MAYBE_DUE},
        stamps="dispatched_at",
    ),
    Rule("claimed", ("dispatched",), "claimed", stamps="claimed_at"),
    Rule("handled", ("claimed",), "handled", stamps="handled_at"),
    Rule("checked", ("handled",), "checked", stamps="checked_at"),
    Rule(
        "closed",
        ("checked",),
        "closed",
        says={"means": Says("means", required=True, kept=True), "level": Says("level", required=True, kept=True)},
        stamps="closed_at",
    ),
)

_BESIDE = (
    Rule(
        "self_handled",
        _BEFORE_DISPATCH,
        "handled",
        says={"handler": Says("text", kept=True)},
        stamps="handled_at",
        sets={"self_handled": True},
    ),
    Rule("escalated", OPEN_STAGES, "same", counts="escalations"),
    Rule(
        "returned",
        _RUNNING,
        "filed",
        counts="returns",
        # The dispatch is undone: its times and deadlines run no more.
        sets={
            "dispatched_at": None,
            "claimed_at": None,
            "due_claim_at": None,
            "due_at": None,
            "handler": "",
            "self_handled": False,
        },
    ),
    # What was handled on the spot has never been claimed: then the rework is the claim.
    Rule(
        "reworked",
        ("handled", "checked"),
        "claimed",
        stamps="claimed_at",
        counts="reworks",
        sets={"handled_at": None, "checked_at": None},
    ),
    Rule("extended", _RUNNING, "same", says={"due_at": _DUE}, counts="extensions"),
    Rule("suspended", OPEN_STAGES, "same", sets={"suspended": True}),
    Rule("resumed", OPEN_STAGES, "same", says={"due_at": _MAYBE_DUE}, sets={"suspended": False}, suspended=True),
    Rule("voided", OPEN_STAGES, "voided", stamps="voided_at", sets={"suspended": False}, suspended=None),
    Rule(
        "located",
        OPEN_STAGES,
        "same",
        says={
            "lon": Says("longitude"),
            "lat": Says("latitude"),
            "coordinate_system": Says("coordinate_system"),
            "grid_code": Says("text"),
        },
        suspended=None,
    ),
)

RULES: Mapping[str, Rule] = {rule.kind: rule for rule in _PATH + _BESIDE}
