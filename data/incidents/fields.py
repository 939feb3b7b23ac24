"""The state of an incident: each of its fields is declared here, and nowhere else.

The table `incident`, the columns of the mirror, the folding of the past into columns, and the output of API and desk
are all derived from this declaration. A new field takes a line here, a migration (`store/schema/`; a test compares
both), and the rule that changes it (`rules`).
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from types import NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

from data.words import MEANS, STAGES, CoordinateSystem, Means, PlacedBy, Satisfaction, Stage

SATISFACTIONS: Final[tuple[str, ...]] = get_args(Satisfaction)

# The form of a field in a column: the number itself (-1 for none), degrees, position of a word in a declared list (-1
# for none), a text, seconds, a count, a flag, or a flag for the presence of a value.
Form = Literal["whole", "degrees", "word", "text", "time", "count", "flag", "presence"]


@dataclass(frozen=True, slots=True)
class Column:
    """Storage and visibility of a field of the state.

    Attributes
    ----------
    sql
        Its type in the table `incident`; NOT NULL and the default are derived from the field.
    form
        Its form in the mirror; None if it is not in the mirror.
    dtype
        NumPy dtype of its column in the mirror; "" if there is no column, as for fields that only set a flag.
    flags
        Bits of the mirror's column `flags`, by name. A count or a flag sets its bit above zero, a leaf below zero; each
        word of a list sets its own bit.
    given_as
        Name of the column passed to the mirror; "" for the name of the field.
    words
        For the form "word": the declared list.
    api, row
        Whether the API returns it with an incident, and whether the desk shows it in a row of a queue.
    meaning
        Its description in the API's document.
    """

    sql: str
    form: Form | None = None
    dtype: str = ""
    flags: Mapping[str, int] | None = None
    given_as: str = ""
    words: tuple[str, ...] = ()
    api: bool = True
    row: bool = False
    meaning: str | None = None


_TEXT: Final = Column("text")
_WHOLE: Final = Column("integer")
_DEGREES: Final = Column("double precision")
_MOMENT: Final = Column("timestamptz")
_TIME: Final = Column("timestamptz", "time", "int32")
_HIDDEN: Final = Column("text", api=False)
_FLAG: Final = Column("boolean")


def _count(flag: str, bit: int, *, row: bool = False) -> Column:
    return Column("integer", "count", flags={flag: bit}, row=row)


@dataclass(frozen=True, slots=True)
class State:
    """The current state of an incident: a pure fold of its events; one row of table `incident`.

    `due_claim_at` and `due_at` are the deadlines of the running dispatch. `level` is the level that closed it
    (1 = coarsest grid level, 0 = the city itself). `seq` and `n` are those of the last event folded in. `leaf` is an
    ordinal of the edition `edition_id`. When a step is undone (by "returned", "reworked" or "reopened"), its time and
    its details are None again.

    `last_at` is the latest time of its steps, `recorded_at` the moment at which the last one was recorded in the log.

    `clock_due_at` is the end of the running clock, whatever the stage, and `clock_yellow_at` the moment its light turns
    yellow; both are None when no clock runs, and do not change while `suspended`. `held_level` is the level of the grid
    the incident is with before its dispatch (0 = the city itself). `unit` is the code of the unit it was dispatched to,
    `handler` its name. `responsible` is the roster id of the one responsible person; the last one stays when the
    incident is closed. `finish_limit` is the time limit of the dispatch, such as ``"5d"`` or ``"4h"``. In an incident
    of an old log, None also means that the value was not recorded then.
    """

    id: Annotated[int, Column("bigint", "whole", "int32")]
    source: Annotated[str, Column("text", "text", "int8")]
    source_id: Annotated[str, _TEXT]
    category: Annotated[str, Column("text", "text", "int16")]
    title: Annotated[str, _TEXT]
    address: Annotated[str, _TEXT]
    stage: Annotated[Stage, Column("text", "word", "int8", words=STAGES)]
    reported_at: Annotated[datetime, _TIME]
    occurred_at: Annotated[datetime | None, _MOMENT]
    lon: Annotated[float | None, Column("double precision", "degrees", "float32", meaning="WGS 84, degrees")]
    lat: Annotated[float | None, Column("double precision", "degrees", "float32")]
    lon_given: Annotated[float | None, Column("double precision", meaning="As reported, in coordinate_system")]
    lat_given: Annotated[float | None, _DEGREES]
    coordinate_system: Annotated[CoordinateSystem, _TEXT]
    grid_code_given: Annotated[str | None, _TEXT]
    h3: Annotated[int | None, Column("bigint", meaning="H3 cell, hexadecimal")]
    edition_id: Annotated[int, Column("integer", api=False)]
    leaf: Annotated[int, Column("integer", "whole", "int32", flags={"unlocated": 4}, api=False)]
    leaf_code: Annotated[str | None, _HIDDEN]
    placed_by: Annotated[PlacedBy | None, _TEXT]
    seq: Annotated[int, Column("bigint", "whole", meaning="Sequence number of its last event")]
    n: Annotated[
        int, Column("integer", meaning="Number of its last event, from 0; give it as `expect_n` of the next step")
    ]
    hash: Annotated[bytes, Column("bytea", api=False)]
    last_at: Annotated[datetime, Column("timestamptz", "time", "int32", api=False)]
    recorded_at: Annotated[datetime, Column("timestamptz", "time", "int32", api=False)]
    verified_at: Annotated[datetime | None, _TIME] = None
    filed_at: Annotated[datetime | None, _TIME] = None
    dispatched_at: Annotated[datetime | None, _TIME] = None
    claimed_at: Annotated[datetime | None, _TIME] = None
    handled_at: Annotated[datetime | None, _TIME] = None
    checked_at: Annotated[datetime | None, _TIME] = None
    closed_at: Annotated[datetime | None, _TIME] = None
    voided_at: Annotated[datetime | None, _TIME] = None
    due_claim_at: Annotated[datetime | None, _TIME] = None
    due_at: Annotated[datetime | None, _TIME] = None
    handler: Annotated[str, _TEXT] = ""
    means: Annotated[Means | None, Column("text", "word", "int8", words=MEANS)] = None
    level: Annotated[
        int | None,
        Column("smallint", "whole", "int8", meaning="Level that closed it; 1 = coarsest grids, 0 = the city itself"),
    ] = None
    self_handled: Annotated[bool, Column("boolean", "flag", flags={"self_handled": 1})] = False
    escalations: Annotated[int, _count("escalated", 64)] = 0
    returns: Annotated[int, _count("returned", 8, row=True)] = 0
    reworks: Annotated[int, _count("reworked", 16, row=True)] = 0
    extensions: Annotated[int, _count("extended", 32)] = 0
    suspended: Annotated[bool, Column("boolean", "flag", flags={"suspended": 2})] = False
    area: Annotated[
        str | None, Column("text", meaning="Id of the upper grid that holds what lies in no leaf, if known")
    ] = None
    held_level: Annotated[
        int | None,
        Column("smallint", meaning="Level that has it in hand before it is dispatched; 0 = the city itself"),
    ] = None
    unit: Annotated[str, Column("text", "text", "int8", meaning="Code of the unit it was dispatched to")] = ""
    responsible: Annotated[str, Column("text", meaning="Id of the one responsible person")] = ""
    responsible_name: Annotated[str, _TEXT] = ""
    responsible_post: Annotated[str, _TEXT] = ""
    clock_due_at: Annotated[
        datetime | None, Column("timestamptz", "time", "int32", meaning="End of the clock that runs now")
    ] = None
    clock_yellow_at: Annotated[datetime | None, _TIME] = None
    finish_limit: Annotated[str, _TEXT] = ""
    suspended_at: Annotated[datetime | None, _MOMENT] = None
    urges: Annotated[int, _count("urged", 128, row=True)] = 0
    appeals: Annotated[int, _count("appealed", 256)] = 0
    appealed: Annotated[bool, Column("boolean", row=True)] = False
    photos: Annotated[int, Column("integer", row=True)] = 0
    satisfaction: Annotated[
        Satisfaction | None,
        Column("text", "word", words=SATISFACTIONS, flags={"satisfied": 1024, "neutral": 2048, "dissatisfied": 4096}),
    ] = None
    merged_into: Annotated[int | None, Column("bigint", "presence", flags={"merged": 512}, given_as="merged")] = None
    reopens: Annotated[int, _count("reopened", 8192, row=True)] = 0
    corrections: Annotated[int, _count("corrected", 16384, row=True)] = 0


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the state, as declared.

    Attributes
    ----------
    name, type
        Its name, and its Python type.
    column
        Its storage and visibility.
    nullable
        Whether it may be None.
    default
        Its value until an event changes it; `dataclasses.MISSING` if the report provides it.
    """

    name: str
    type: Any
    column: Column
    nullable: bool
    default: Any

    @property
    def given_as(self) -> str:
        """Name of the column passed to the mirror."""
        return self.column.given_as or self.name


def _declared() -> tuple[Field, ...]:
    hints = get_type_hints(State, include_extras=True)
    found = []
    for spec in fields(State):
        if get_origin(hints[spec.name]) is not Annotated:
            raise TypeError(f"State.{spec.name} says nothing of its column: declare it with Annotated")
        kind, column = get_args(hints[spec.name])
        found.append(Field(spec.name, kind, column, NoneType in get_args(kind), spec.default))
    return tuple(found)


FIELDS: Final = _declared()
STATE_COLUMNS: Final = tuple(field.name for field in FIELDS)
DEFAULTS: Final[Mapping[str, Any]] = {field.name: field.default for field in FIELDS if field.default is not MISSING}
# The columns passed to the mirror, in this order.
GIVEN: Final = tuple(field for field in FIELDS if field.column.form is not None)


def given(form: Form) -> tuple[str, ...]:
    """Return the names of the columns of this form that are passed to the mirror."""
    return tuple(field.given_as for field in GIVEN if field.column.form == form)


TEXT_COLUMNS: Final = given("text")
TIME_COLUMNS: Final = given("time")
COUNTER_COLUMNS: Final = given("count")
FLAG_COLUMNS: Final = given("flag")
# In ascending order of their bits.
FLAGS: Final[Mapping[str, int]] = dict(
    sorted(
        ((flag, bit) for field in FIELDS for flag, bit in (field.column.flags or {}).items()), key=lambda each: each[1]
    )
)
