"""The reason why somebody may act, in the words of the catalogue; `data.registers.reasons` decides what it says."""

from collections.abc import Mapping
from typing import Any

from dashboard.components.screen import Screen
from dashboard.pages.office.registers.rows import area_text, choice_text
from data.registers.directory import Directory
from data.registers.reasons import Answer, HeldPost, Reason


def headline(answer: Answer, category_name: str, screen: Screen) -> str:
    """The finding in one sentence."""
    facts = {"name": answer.person.name, "day": _day(answer), "n": len(answer.posts)}
    if not answer.posts:
        return screen.text("why.idle", **facts)
    if not answer.reasons or answer.grid is None:
        missing = "category" if answer.grid is not None else "place" if answer.category else "matter"
        return screen.text(f"why.posts_{missing}", **facts)
    facts |= {"category": category_name, "grid": answer.grid.name}
    means = [screen.text(f"means.{reason.means}") for reason in answer.reasons if reason.may]
    if not means:
        return screen.text("why.may_not", **facts)
    if len(means) == len(answer.reasons):
        return screen.text("why.may", **facts)
    return screen.text("why.may_by", **facts, means=screen.text("office.comma").join(means))


def reason_sentence(reason: Reason, screen: Screen) -> str:
    """Why, or why not, by one means."""
    facts: dict[str, Any] = dict(_decision_facts(reason))
    if reason.post is not None:
        facts |= _post_facts(reason.post, screen)
    return screen.text(f"why.{reason.verdict}", **facts)


def rule_sentence(reason: Reason, screen: Screen) -> str:
    """Where the matter goes by rule, and why; "" where no units are registered."""
    decision = reason.decision
    if decision is None:
        return ""
    return screen.text(f"rule.{decision.rule}", **{**decision.values, "unit": decision.unit_name})


def assignee_sentence(reason: Reason, screen: Screen) -> str:
    """The one responsible at the moment; "" where no units are registered."""
    assignee = None if reason.decision is None else reason.decision.assignee
    if assignee is None:
        return ""
    return screen.text("why.gap" if assignee.gap else "why.assignee", name=assignee.name, person=assignee.person)


def post_sentence(post: HeldPost, directory: Directory, screen: Screen) -> str:
    """A post, since when it is held, and what it lets its holder do."""
    facts = _post_facts(post, screen)
    unit = directory.units.get(post.duty.unit)
    if unit is not None:
        facts["area"] = area_text(directory, unit.grids, screen)
        facts["categories"] = choice_text(unit.categories, screen) or screen.text("office.as_parent")
    both = screen.text("why.post", **facts), screen.text(f"why_part.{post.part}", **facts)
    return screen.text("office.sentences", first=both[0], second=both[1])


def _post_facts(post: HeldPost, screen: Screen) -> dict[str, Any]:
    duty = post.duty
    until = "" if duty.until is None else screen.text("why.until", until=duty.until.isoformat())
    return {
        "post": screen.text(f"desk_post.{duty.post}"),
        "place": post.place_name,
        "since": duty.since.isoformat(),
        "until": until,
        "hours": duty.hours or screen.text("office.always"),
        "duty": screen.text("office.on_duty" if post.on_duty else "office.off_duty"),
        "unit": duty.unit,
    }


def _decision_facts(reason: Reason) -> Mapping[str, Any]:
    return {"to": "" if reason.decision is None else reason.decision.unit_name}


def _day(answer: Answer) -> str:
    return answer.moment.strftime("%Y-%m-%d")
