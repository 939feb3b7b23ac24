"""The one door by which a position of a device comes in: fields as a device gives them, a valid `Sighting` out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from data.errors import ReportInvalid
from data.feeds.reports import read_coordinate_system, read_coordinates, read_name, read_time, unknown_fields
from data.positions.errors import PositionInvalid
from data.positions.position_intake import Sighting, refused_position
from geo.crs import to_wgs84

FIELDS: Final = ("device", "person", "at", "lon", "lat", "coordinate_system")
_KNOWN: Final = frozenset(FIELDS)


def parse_position(
    fields: Mapping[str, object], zone: ZoneInfo, now: datetime, oldest: datetime, *, person: str = ""
) -> Sighting:
    """Make a sighting of the fields a device gives; texts, times and coordinates as `parse_report` takes them.

    Parameters
    ----------
    fields
        By the names in `FIELDS`; all but `coordinate_system` are required.
    zone
        Zone of times that name none.
    now, oldest
        Aware; what is later (but for the difference of two clocks) or earlier is refused.
    person
        Who carries the device, where that is known already: whatever `fields` say.

    Raises
    ------
    PositionInvalid
        With `field`, `value` (cut to 100 characters) and `reason`.
    """
    try:
        if not fields.keys() <= _KNOWN:
            raise unknown_fields(fields, FIELDS)
        at = read_time(fields, "at", zone, now)
        lon, lat = read_coordinates(fields)
        system = read_coordinate_system(fields)
        device = read_name(fields, "device", required=True)
        carrier = person or read_name(fields, "person", required=True)
    except ReportInvalid as error:
        raise PositionInvalid(error.message, **error.values) from error
    if at is None:
        raise refused_position("at", "", "is missing: say when the device was there")
    if at < oldest:
        raise refused_position("at", str(fields["at"]), "is older than positions are kept")
    if lon is None or lat is None:
        raise refused_position("lon", "", "is missing: a position has both coordinates")
    if system != "wgs84":
        x, y = to_wgs84(lon, lat, source=system)
        lon, lat = float(x), float(y)
    return Sighting(device, carrier, at, lon, lat)
