"""What becomes of each text that enters the log: free text is masked, ids and names get pseudonyms, codes stay.

Every text of a report and of a step stands in one of the two tables below; a test fails where one is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from data.access.actor import Actor
from data.incidents.model import Report, Step
from data.privacy.personal_data import Pseudonyms, masked

# "text": numbers and names of persons become asterisks. "name": numbers become pseudonyms, because something is known
# again by it. "grid": as a name, unless it is the code of a grid or begins with one. "code": stays, because the checks
# take only what is on a list, or it is made by ourselves.
Treatment = Literal["text", "name", "grid", "code"]
# Lengths of the codes of regions that codes of grids begin with: village, town, county.
_REGIONS = (12, 9, 6)

REPORT_TEXTS: Mapping[str, Treatment] = {
    "source": "name", "source_id": "name", "category": "name", "coordinate_system": "code", "address": "text",
    "title": "text", "grid_code": "grid",
}  # fmt: skip
# By the name of the field in a step's detail, whatever the kind of step.
STEP_TEXTS: Mapping[str, Treatment] = {
    "note": "text", "reason": "text", "key": "name", "handler": "text", "category": "name", "unit": "code",
    "person": "code", "finish_limit": "code", "grid_code": "grid", "sha256": "code", "media_type": "code",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Masks:
    """What a desk does to texts before they enter its log.

    Attributes
    ----------
    names
        Pseudonyms of the store.
    codes
        Codes of all grids in force.
    """

    names: Pseudonyms
    codes: frozenset[str]

    def report(self, report: Report) -> Report:
        """The report as it may enter the log; the same object where nothing of it changes."""
        changed = self._changed({name: getattr(report, name) for name in REPORT_TEXTS}, REPORT_TEXTS)
        return replace(report, **changed) if changed else report

    def step(self, step: Step) -> Step:
        """The step as it may enter the log; what is no text, or unknown, is left for the checks that follow."""
        changed: dict[str, Any] = {}
        if detail := self._changed(step.detail, STEP_TEXTS):
            changed["detail"] = {**step.detail, **detail}
        if (actor := self.actor(step.actor)) is not step.actor:
            changed["actor"] = actor
        return replace(step, **changed) if changed else step

    def actor(self, actor: Actor) -> Actor:
        """The actor as it may enter the log; the same object where nothing of it changes."""
        was = actor.id, actor.name
        now = self.names.of(actor.id), self.names.of(actor.name)
        return actor if now == was else Actor(*now)

    def _changed(self, said: Mapping[str, Any], treatments: Mapping[str, Treatment]) -> dict[str, Any]:
        changed: dict[str, Any] = {}
        for name, value in said.items():
            treatment = treatments.get(name, "code")
            if treatment == "code" or not isinstance(value, str):
                continue
            if treatment == "grid" and self._is_of_a_grid(value):
                continue
            left = masked(value) if treatment == "text" else self.names.of(value)
            if left != value:
                changed[name] = left
        return changed

    def _is_of_a_grid(self, code: str) -> bool:
        return code in self.codes or any(code[:length] in self.codes for length in _REGIONS)
