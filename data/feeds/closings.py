"""How a feed says that an incident is closed: the table ``[closed]`` of a mapping file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, PlainValidator, model_validator

from data.toml_file import Listed, TomlTable, required
from data.validation import Unfit
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


def _one_of_means(value: object) -> None:
    if value not in MEANS:
        raise ValueError(f"one of {', '.join(MEANS)}")


def _level(value: object) -> None:
    if type(value) is not int or not 0 <= value <= 20:
        raise ValueError("a level of the grids: 1 is the coarsest, 0 the city itself")


def _handler(value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("the name of who handled it, or a table { column = … }")


def _choice(check: Callable[[object], None]) -> PlainValidator:
    """A value that passes the check, or a table ``{ column = …, values = … }`` of such values."""

    def read(given: object) -> Choice:
        if not isinstance(given, dict):
            check(given)
            return Choice(constant=given)  # type: ignore[arg-type]  # checked
        for key in (key for key in given if key not in ("column", "values")):
            raise Unfit("left out: only column, values are known", key, value=given[key])
        column, values = given.get("column"), given.get("values", {})
        if not isinstance(column, str):
            raise Unfit("the name of a column", "column", value=column)
        if not isinstance(values, dict):
            raise Unfit("a table of what the cells mean", "values", value=values)
        for cell, value in values.items():
            try:
                check(value)
            except ValueError as error:
                raise Unfit(str(error), "values", cell, value=value) from error
        return Choice(column=column, values=dict(values))

    return PlainValidator(read)


def _column_of_closing(text: str) -> str:
    if not text.strip():
        raise ValueError("the name of the column with the time of closing")
    return text


class ClosedTable(TomlTable):
    """The table as the file has it."""

    at: Annotated[str, AfterValidator(_column_of_closing)] = required()
    status_column: str = ""
    status_values: Listed[str] = ()
    open_values: Listed[str] = ()
    means: Annotated[Choice, _choice(_one_of_means)] = required()
    level: Annotated[Choice, _choice(_level)] = required()
    handler: Annotated[Choice, _choice(_handler)] = required()
    path: ClosingPath = "dispatched"

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if bool(self.status_column) != bool(self.status_values):
            missing = "status_values" if self.status_column else "status_column"
            raise Unfit("there: status_column and status_values come together", missing)
        said, opens = set(self.status_values), set(self.open_values)
        if (opens and not said) or opens & said:
            raise Unfit(
                "statuses of closed.status_column besides the closed ones", "open_values", value=[*self.open_values]
            )
        return self

    def closed(self) -> ClosedMapping:
        """What it says."""
        return ClosedMapping(
            at=self.at, means=self.means, level=self.level, handler=self.handler, path=self.path,
            status_column=self.status_column, status_values=frozenset(self.status_values),
            open_values=frozenset(self.open_values),
        )  # fmt: skip
