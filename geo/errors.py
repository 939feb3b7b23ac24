"""The root of every error this software raises on purpose, and the errors of geometry."""

from typing import Any, ClassVar


class CommandCenterError(Exception):
    """Root of all errors of the grid command center.

    Parameters
    ----------
    message
        What is wrong, with the value, and what to do about it. English; the text for screens is looked up
        by `code` in the catalogue, in the language of the screen, and filled with `values`.
    **values
        The facts of the case, by name, as plain JSON-able values.

    Attributes
    ----------
    code
        Key of the error kind: it finds the HTTP status and the screen text in one table.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, /, **values: Any) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


class CoordinatesInvalid(CommandCenterError):
    """Coordinates that cannot be: not finite, out of range, swapped, or arrays that do not fit together."""

    code = "coordinates_invalid"


class CoordinateSystemUnknown(CommandCenterError):
    """A coordinate system was named that is not known."""

    code = "coordinate_system_unknown"


class GridsUnreadable(CommandCenterError):
    """A grid file is empty, cut off, not what its name says, or lacks a column."""

    code = "grids_unreadable"


class GridsInvalid(CommandCenterError):
    """Grid layers were read but do not form a grid system (orphans, duplicate codes, invalid geometry)."""

    code = "grids_invalid"


class GridUnknown(CommandCenterError):
    """A grid was asked for that the grid system does not have."""

    code = "grid_unknown"
