"""What pydantic finds wrong, in the words of our errors: a key, its value, and what the value must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

_TEXT, _WHOLE, _NUMBER, _LIST, _TABLE = "a text", "a whole number", "a number", "a list", "a table"
# By pydantic's type of error; what stands in braces comes from the error's context.
_EXPECTED: Final[Mapping[str, str]] = {
    "missing": "given",
    "string_type": _TEXT,
    "string_too_short": "a text that is not empty",
    "bool_type": "true or false",
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _TABLE,
    "model_type": _TABLE,
    "literal_error": "{expected}",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "a list of {min_length} or more",
}


class Unfit(ValueError):
    """A value that cannot be, found by a validator of ours.

    Parameters
    ----------
    expected
        What it must be; goes on from "it must be".
    *place
        The way to the value from the one that was looked at, where it is not that one.
    value
        With a place: what stands there.
    """

    def __init__(self, expected: str, *place: str | int, value: Any = None) -> None:
        super().__init__(expected)
        self.place = place
        self.value = value


@dataclass(frozen=True, slots=True)
class Mistake:
    """One value that cannot be.

    Attributes
    ----------
    place
        The way to it: names of tables and keys, and positions in lists.
    value
        What stands there; None where nothing does.
    expected
        What it must be; goes on from "it must be".
    kind
        The type of the error, as pydantic names it.
    """

    place: tuple[str | int, ...]
    value: Any
    expected: str
    kind: str

    @property
    def in_list(self) -> bool:
        """Whether the value is an entry of a list of values, not a table of a list of tables."""
        return bool(self.place) and isinstance(self.place[-1], int) and self.kind != "model_type"


def first_mistake(error: ValidationError) -> Mistake:
    """The first of what is wrong; an error of type ``value_error`` says itself what must be."""
    found: Mapping[str, Any] = {**error.errors(include_url=False)[0]}
    place, value, kind = found["loc"], found["input"], found["type"]
    context: Mapping[str, Any] = found.get("ctx", {})
    cause = context.get("error")
    if kind == "value_error":
        if isinstance(cause, Unfit) and cause.place:
            place, value = place + cause.place, cause.value
        return Mistake(place, value, str(cause), kind)
    form = _EXPECTED.get(kind)
    expected = str(found["msg"]) if form is None else form.format_map(_plain(context))
    return Mistake(place, None if kind == "missing" else value, expected, kind)


def _plain(context: Mapping[str, Any]) -> dict[str, Any]:
    """Bounds as people write them: 0, not 0.0."""
    return {name: f"{value:g}" if isinstance(value, float) else value for name, value in context.items()}
