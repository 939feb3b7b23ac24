"""The declared table of steps: the right each needs, the stages it connects, its details, and its effects.

`lifecycle` and `folding` read this table; no other module knows the path of an incident.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from data.access.rights import Right, Role, roles_with
from data.words import OPEN_STAGES, Stage

FieldType = Literal[
    "text", "time", "means", "level", "longitude", "latitude", "coordinate_system", "satisfaction", "flag", "whole",
    "number",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Says:
    """One field of a step's detail.

    Attributes
    ----------
    type
        Type of its value; times are ISO 8601 texts with an offset from UTC.
    required
        Whether the step is invalid without it.
    kept
        Field of the state that receives the value; "" for none.
    """

    type: FieldType
    required: bool = False
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of step.

    Attributes
    ----------
    kind
        Its name.
    stages
        The stages in which it may be taken.
    to
        The stage it leads to, or "same"; a mapping if that depends on the current stage.
    right
        The right it needs at the incident's place.
    says
        The fields of its detail; every step may also carry `FREE_TEXT`.
    one_of
        Fields of its detail of which at least one is required.
    needs_reason
        Whether a reason is required. Events written before this was required remain valid.
    stamps
        Field of the state that is set to the step's time, unless it has a time already.
    counts
        Field of the state that is incremented.
    sets
        Fields of the state that are set to a fixed value.
    suspended, appealed
        Whether the incident must be suspended, or have an undecided appeal (True), must not (False), or either (None).
    reassigns
        Whether the responsible person may change.
    """

    kind: str
    stages: tuple[Stage, ...]
    to: Stage | Literal["same"] | Mapping[Stage, Stage]
    right: Right
    says: Mapping[str, Says] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()
    needs_reason: bool = False
    stamps: str | None = None
    counts: str | None = None
    sets: Mapping[str, Any] = field(default_factory=dict)
    suspended: bool | None = False
    appealed: bool | None = None
    reassigns: bool = False

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that may take it, for messages."""
        return roles_with(self.right)


def places(rule: Rule, detail: Mapping[str, Any]) -> bool:
    """Whether a step of this kind, with this detail, changes the incident's place."""
    return "grid_code" in rule.says and any(detail.get(name) is not None for name in ("lon", "lat", "grid_code"))


def stage_after(rule: Rule, stage: Stage) -> Stage:
    """Return the stage of an incident in `stage` after this step."""
    if isinstance(rule.to, Mapping):
        return rule.to.get(stage, stage)
    return stage if rule.to == "same" else rule.to


# A step sent twice with the same `key` is taken once.
FREE_TEXT: Mapping[str, Says] = {"note": Says("text"), "reason": Says("text"), "key": Says("text")}

_BEFORE_DISPATCH: tuple[Stage, ...] = ("reported", "verified", "filed")
_RUNNING: tuple[Stage, ...] = ("dispatched", "claimed")
_DONE: tuple[Stage, ...] = ("handled", "checked")
_DUE = Says("time", kept="due_at")
_DUE_CLAIM = Says("time", kept="due_claim_at")
_SATISFACTION = Says("satisfaction", kept="satisfaction")
# The fields that place an incident.
_PLACE: Mapping[str, Says] = {
    "lon": Says("longitude"),
    "lat": Says("latitude"),
    "coordinate_system": Says("coordinate_system"),
    "grid_code": Says("text"),
}
# Undoes the dispatch, with its times and deadlines.
_UNDISPATCHED: dict[str, Any] = {
    "dispatched_at": None, "claimed_at": None, "due_claim_at": None, "due_at": None, "finish_limit": "",
    "handler": "", "unit": "", "self_handled": False,
}  # fmt: skip

# Also undoes the closing and the steps that led to it; the incident is filed again.
_UNCLOSED: dict[str, Any] = _UNDISPATCHED | {
    "filed_at": None, "handled_at": None, "checked_at": None, "closed_at": None,
    "means": None, "level": None, "satisfaction": None,
}  # fmt: skip

_PATH = (
    # Verified on the spot, or by telephone.
    Rule("verified", ("reported",), "verified", Right.FIELD, stamps="verified_at"),
    Rule("filed", ("verified",), "filed", Right.DISPATCH, stamps="filed_at"),
    Rule(
        "dispatched",
        ("filed",),
        "dispatched",
        Right.DISPATCH,
        says={
            "unit": Says("text", kept="unit"),
            "handler": Says("text", kept="handler"),
            "means": Says("means"),
            "finish_limit": Says("text", kept="finish_limit"),
            "due_claim_at": _DUE_CLAIM,
            "due_at": _DUE,
        },
        stamps="dispatched_at",
        reassigns=True,
    ),
    Rule("claimed", ("dispatched",), "claimed", Right.HANDLE, stamps="claimed_at", reassigns=True),
    Rule("handled", ("claimed",), "handled", Right.HANDLE, stamps="handled_at", reassigns=True),
    Rule(
        "checked",
        ("handled",),
        "checked",
        Right.CHECK,
        says={"satisfaction": _SATISFACTION},
        stamps="checked_at",
        reassigns=True,
    ),
    Rule(
        "closed",
        ("checked",),
        "closed",
        Right.DISPATCH,
        says={
            "means": Says("means", required=True, kept="means"),
            "level": Says("level", required=True, kept="level"),
            "satisfaction": _SATISFACTION,
        },
        stamps="closed_at",
        sets={"appealed": False},
    ),
)

_BESIDE = (
    Rule(
        "self_handled",
        _BEFORE_DISPATCH,
        "handled",
        Right.FIELD,
        says={"handler": Says("text", kept="handler")},
        stamps="handled_at",
        sets={"self_handled": True},
        reassigns=True,
    ),
    # A unit that cannot solve an incident escalates it as well, which undoes the dispatch.
    Rule(
        "escalated",
        (*_BEFORE_DISPATCH, *_RUNNING),
        {"dispatched": "filed", "claimed": "filed"},
        Right.FIELD,
        says={"to_level": Says("level", kept="held_level")},
        counts="escalations",
        sets=_UNDISPATCHED,
        reassigns=True,
    ),
    Rule(
        "returned",
        _RUNNING,
        "filed",
        Right.HANDLE,
        needs_reason=True,
        counts="returns",
        sets=_UNDISPATCHED,
        reassigns=True,
    ),
    # An incident handled on the spot was never claimed: then the rework counts as the claim.
    Rule(
        "reworked",
        _DONE,
        "claimed",
        Right.CHECK,
        says={"due_at": _DUE},
        needs_reason=True,
        stamps="claimed_at",
        counts="reworks",
        sets={"handled_at": None, "checked_at": None},
        reassigns=True,
    ),
    Rule(
        "extended",
        _RUNNING,
        "same",
        Right.DECIDE,
        says={"due_at": _DUE, "days": Says("whole"), "hours": Says("number")},
        needs_reason=True,
        counts="extensions",
    ),
    Rule(
        "suspended",
        OPEN_STAGES,
        "same",
        Right.DISPATCH,
        needs_reason=True,
        stamps="suspended_at",
        sets={"suspended": True},
    ),
    Rule(
        "resumed",
        OPEN_STAGES,
        "same",
        Right.DISPATCH,
        says={"due_at": _DUE, "due_claim_at": _DUE_CLAIM},
        sets={"suspended": False, "suspended_at": None},
        suspended=True,
    ),
    Rule(
        "voided",
        OPEN_STAGES,
        "voided",
        Right.DISPATCH,
        needs_reason=True,
        stamps="voided_at",
        sets={"suspended": False, "suspended_at": None, "appealed": False},
        suspended=None,
    ),
    # Of two duplicate incidents, one continues and the other ends.
    Rule(
        "merged",
        OPEN_STAGES,
        "voided",
        Right.DISPATCH,
        says={"into": Says("whole", required=True, kept="merged_into")},
        needs_reason=True,
        stamps="voided_at",
        sets={"suspended": False, "suspended_at": None, "appealed": False},
        suspended=None,
    ),
    Rule(
        "appealed",
        (*_RUNNING, *_DONE),
        "same",
        Right.HANDLE,
        needs_reason=True,
        counts="appeals",
        sets={"appealed": True},
        appealed=False,
    ),
    Rule(
        "appeal_decided",
        OPEN_STAGES,
        "same",
        Right.DECIDE,
        says={"upheld": Says("flag", required=True)},
        needs_reason=True,
        sets={"appealed": False},
        suspended=None,
        appealed=True,
    ),
    Rule("urged", OPEN_STAGES, "same", Right.URGE, counts="urges"),
    Rule(
        "reassigned",
        OPEN_STAGES,
        "same",
        Right.DISPATCH,
        says={"person": Says("text")},
        needs_reason=True,
        suspended=None,
        reassigns=True,
    ),
    Rule(
        "located",
        OPEN_STAGES,
        "same",
        Right.FIELD,
        says=_PLACE,
        one_of=("lon", "grid_code"),
        suspended=None,
        reassigns=True,
    ),
    Rule(
        "categorised",
        (*_BEFORE_DISPATCH, *_RUNNING),
        "same",
        Right.DISPATCH,
        says={"category": Says("text", required=True, kept="category")},
    ),
    Rule(
        "attached",
        OPEN_STAGES,
        "same",
        Right.NOTE,
        says={
            "sha256": Says("text", required=True),
            "media_type": Says("text", required=True),
            "size": Says("whole", required=True),
        },
        counts="photos",
        suspended=None,
    ),
    Rule("noted", OPEN_STAGES, "same", Right.NOTE, says={"note": Says("text", required=True)}, suspended=None),
)

_AFTER_THE_END = (
    # Filed again, for another dispatch: the data of handling, check and closing remain only in the log.
    Rule(
        "reopened",
        ("closed",),
        "filed",
        Right.DISPATCH,
        needs_reason=True,
        stamps="filed_at",
        counts="reopens",
        sets=_UNCLOSED,
        reassigns=True,
    ),
    # It stays closed, with the corrected values from now on.
    Rule(
        "corrected",
        ("closed",),
        "same",
        Right.DISPATCH,
        says={
            **_PLACE,
            "category": Says("text", kept="category"),
            "means": Says("means", kept="means"),
            "satisfaction": _SATISFACTION,
        },
        one_of=("category", "means", "satisfaction", "lon", "grid_code"),
        needs_reason=True,
        counts="corrections",
    ),
)

STEP_RULES: Mapping[str, Rule] = {rule.kind: rule for rule in _PATH + _BESIDE + _AFTER_THE_END}
