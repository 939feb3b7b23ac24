"""The steps of the life cycle, as the rules declare them: when each may be taken, by whom, and what it must say."""

from functools import lru_cache

from fastapi import APIRouter
from pydantic import BaseModel, Field

from dashboard.words.texts import entries
from data.access.scope import Role
from data.incidents.rules import FREE_TEXT, STEP_RULES, FieldType, Rule, stage_after
from data.words import Stage

router = APIRouter(tags=["incidents"])

# Photos come through a door of their own, with their bytes.
NOT_BY_HAND = frozenset({"attached"})


class LabelOut(BaseModel):
    """A name in both languages."""

    zh: str
    en: str


class SaysOut(BaseModel):
    """A field of a step's detail."""

    name: str
    type: FieldType
    required: bool


class FormOut(BaseModel):
    """What a step must say."""

    kind: str
    says: list[SaysOut]
    one_of: list[str] = Field(description="Fields of which it must say at least one; empty = there are none such")
    needs_reason: bool


class StepOut(FormOut):
    """A kind of step. Every step may also say the fields of `free_text`."""

    label: LabelOut = Field(description="As something to do")
    done: LabelOut = Field(description="As something done")
    stages: list[Stage] = Field(description="The stages it may be taken in")
    leads_to: dict[Stage, Stage] = Field(description="By each of these stages: the one the incident has afterwards")
    roles: list[Role] = Field(description="Who may take it")
    suspended: bool | None = Field(description="Whether the incident must be suspended; null = either")
    appealed: bool | None = Field(description="Whether it must have an appeal that is not decided; null = either")
    suspended_after: bool | None = Field(description="Whether it is suspended afterwards; null = as before")
    appealed_after: bool | None = Field(description="Whether it has such an appeal afterwards; null = as before")
    by_hand: bool = Field(description="Whether it is taken by `POST …/events`; photos come by a door of their own")


class StepsOut(BaseModel):
    """All kinds of steps, in the order of the path, then what lies beside it."""

    steps: list[StepOut]
    free_text: list[SaysOut]
    fields: dict[str, LabelOut] = Field(description="Names of the fields that a form asks for")


@router.get("/steps")
def list_steps() -> StepsOut:
    """List the kinds of steps, what each must say, and their names in both languages."""
    return steps_document()


@lru_cache(maxsize=1)
def steps_document() -> StepsOut:
    """The document; do not change it."""
    names = {name for rule in STEP_RULES.values() for name in rule.says} | FREE_TEXT.keys()
    labels = {name: entries().get(f"desk_said.{name}") for name in sorted(names)}
    return StepsOut(
        steps=[_step(rule) for rule in STEP_RULES.values()],
        free_text=[SaysOut(name=name, type=says.type, required=says.required) for name, says in FREE_TEXT.items()],
        fields={name: LabelOut.model_validate(label) for name, label in labels.items() if label is not None},
    )


def form_of(rule: Rule) -> FormOut:
    """What a step of this kind must say."""
    return FormOut(
        kind=rule.kind,
        says=[SaysOut(name=name, type=says.type, required=says.required) for name, says in rule.says.items()],
        one_of=list(rule.one_of),
        needs_reason=rule.needs_reason,
    )


def _step(rule: Rule) -> StepOut:
    return StepOut(
        **form_of(rule).model_dump(),
        label=LabelOut.model_validate(entries()[f"desk_step.{rule.kind}"]),
        done=LabelOut.model_validate(entries()[f"desk_done.{rule.kind}"]),
        stages=list(rule.stages),
        leads_to={stage: stage_after(rule, stage) for stage in rule.stages},
        roles=list(rule.roles),
        suspended=rule.suspended,
        appealed=rule.appealed,
        suspended_after=rule.sets.get("suspended"),
        appealed_after=rule.sets.get("appealed"),
        by_hand=rule.kind not in NOT_BY_HAND,
    )
