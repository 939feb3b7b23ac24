"""Errors of positions."""

from geo.errors import CommandCenterError


class PositionInvalid(CommandCenterError):
    """A document that cannot be a position of a device; `values` has `field`, `value` and `reason`."""

    code = "position_invalid"
