"""How a feed says that an incident is closed: the table ``[closed]`` of a mapping file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from data.feeds.mapping_keys import KeyReader
from data.words import MEANS

# In a value map: whatever is not named. Without it, such values stay as they are.
OTHERS = "*"

ClosingPath = Literal["dispatched", "self_handled"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that is the same for every row, or comes from a column through a value map.

    Attributes
    ----------
    constant
        The value, or None where it comes from `column`.
    column
        Name of the column, "" for a constant.
    values
        What a cell means; ``"*"`` stands for every other cell.
    """

    constant: str | int | None = None
    column: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)

    def of(self, cell: str) -> str | int:
        """The value for this cell of its column."""
        if self.constant is not None:
            return self.constant
        return self.values.get(cell, self.values.get(OTHERS, cell))


@dataclass(frozen=True, slots=True)
class ClosedMapping:
    """How a feed says that an incident is closed, and what the incident shall be told about it.

    Attributes
    ----------
    at
        Column with the time of closing; an incident without it is open.
    status_column, status_values
        Where given, only rows with one of these values are closed, whatever their time.
    open_values
        Statuses of what is open; with any other, a row is open too, and the status is named.
    means, level, handler
        What the closing must say: means and level of resolution, and who did it.
    path
        How it got there: handled at once by who found it, or dispatched to the handler.
    """

    at: str
    means: Choice
    level: Choice
    handler: Choice
    path: ClosingPath = "dispatched"
    status_column: str = ""
    status_values: frozenset[str] = frozenset()
    open_values: frozenset[str] = frozenset()


def read_closed(keys: KeyReader, document: Mapping[str, Any]) -> ClosedMapping | None:
    """Read the table, None where there is none; MappingInvalid names the key that is wrong."""
    if "closed" not in document:
        return None
    known = ("at", "status_column", "status_values", "open_values", "means", "level", "handler", "path")
    given = keys.table("closed", document, known)
    status_values = keys.texts("closed.status_values", given.get("status_values", []))
    status_column = keys.text("closed.status_column", given.get("status_column", ""))
    if bool(status_column) != bool(status_values):
        missing = "closed.status_values" if status_column else "closed.status_column"
        keys.wrong(missing, None, "status_column and status_values come together")
    open_values = keys.texts("closed.open_values", given.get("open_values", []))
    if (open_values and not status_values) or set(open_values) & set(status_values):
        keys.wrong("closed.open_values", open_values, "statuses of closed.status_column besides the closed ones")
    at = keys.text("closed.at", given.get("at"))
    if not at.strip():
        keys.wrong("closed.at", at, "the name of the column with the time of closing")
    return ClosedMapping(
        at=at,
        means=_choice(keys, "closed.means", given.get("means"), _check_means),
        level=_choice(keys, "closed.level", given.get("level"), _check_level),
        handler=_choice(keys, "closed.handler", given.get("handler"), _check_handler),
        path=keys.one_of("closed.path", given.get("path", "dispatched"), get_args(ClosingPath)),  # type: ignore[arg-type]  # one of its words
        status_column=status_column,
        status_values=frozenset(status_values),
        open_values=frozenset(open_values),
    )


def _choice(keys: KeyReader, key: str, given: Any, check: Callable[[KeyReader, str, object], None]) -> Choice:
    if not isinstance(given, dict):
        check(keys, key, given)
        return Choice(constant=given)
    keys.known(f"{key}.", given, ("column", "values"))
    column = keys.text(f"{key}.column", given.get("column"))
    values = keys.table("values", given, None)
    for cell, value in values.items():
        check(keys, f"{key}.values.{cell}", value)
    return Choice(column=column, values=dict(values))


def _check_means(keys: KeyReader, key: str, value: object) -> None:
    keys.one_of(key, value, MEANS)


def _check_level(keys: KeyReader, key: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 20:
        keys.wrong(key, value, "a level of the grids: 1 is the coarsest, 0 the city itself")


def _check_handler(keys: KeyReader, key: str, value: object) -> None:
    if not keys.text(key, value).strip():
        keys.wrong(key, value, "the name of who handled it, or a table { column = … }")
