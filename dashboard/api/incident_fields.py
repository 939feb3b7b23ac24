"""What the documents of an incident show of its state: made from the declaration of its fields."""

from datetime import datetime, tzinfo
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, Field, create_model

from data.incidents.fields import FIELDS
from data.incidents.fields import Field as StateField
from data.incidents.model import State

_GRID: Final = "Id of the leaf it lies in; null = in no grid, or the place is not known"
_API: Final = tuple(field for field in FIELDS if field.column.api)
_ROW: Final = tuple(field for field in FIELDS if field.column.row)
_api_values = attrgetter(*(field.name for field in _API))
_row_values = attrgetter(*(field.name for field in _ROW))


def shown_fields(state: State, depth: int, zone: tzinfo) -> dict[str, Any]:
    """The values of `IncidentFields` for a state of a grid system with `depth` levels, times in `zone`."""
    values = {field.name: local_time(value, zone) for field, value in zip(_API, _api_values(state), strict=True)}
    values["h3"] = None if state.h3 is None else f"{state.h3:x}"
    values["grid"] = grid_id(state.leaf_code, depth)
    return values


def row_fields(state: State) -> dict[str, Any]:
    """The values of `RowFields` for a state."""
    return {field.name: value for field, value in zip(_ROW, _row_values(state), strict=True)}


def grid_id(leaf_code: str | None, depth: int) -> str | None:
    """The id of a leaf; None for none."""
    return None if leaf_code is None else f"{depth}:{leaf_code}"


def local_time(value: Any, zone: tzinfo) -> Any:
    """A time in a zone; anything else as it is."""
    return value.astimezone(zone) if isinstance(value, datetime) else value


def _shown(field: StateField) -> tuple[Any, Any]:
    return field.type, Field(description=field.column.meaning)


def _shown_api() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in _API:
        found[field.name] = _shown(field)
        if field.name == "h3":
            found["h3"] = (str | None, found["h3"][1])
            found["grid"] = (str | None, Field(description=_GRID))
    return found


if TYPE_CHECKING:

    class IncidentFields(BaseModel):
        """The fields of a state that the API shows."""

    class RowFields(BaseModel):
        """The fields of a state that a line of a queue shows as they are."""

else:
    IncidentFields = create_model("IncidentFields", **_shown_api())
    RowFields = create_model("RowFields", **{field.name: _shown(field) for field in _ROW})
