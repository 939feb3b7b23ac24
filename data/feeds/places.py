"""Where the rows of a feed say they are, as the feed has it: for asking which coordinate system that is."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import ReportInvalid
from data.feeds.feed_file import open_feed
from data.feeds.mapping import FeedMapping
from data.feeds.rows import RowReader


@dataclass(frozen=True, eq=False)
class FeedPlaces:
    """Places of a feed.

    Attributes
    ----------
    lon, lat
        Degrees as given, float64, shape (n,); rows without a place, and rows that cannot be read, are left out.
    codes
        For each the code of its grid, where the feed states one.
    claimed
        The coordinate system most of the rows say they are in; "wgs84" for no row.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    codes: list[str | None]
    claimed: str


def read_places(path: Path, mapping: FeedMapping, now: datetime) -> FeedPlaces:
    """Read the places of a file of incidents; nothing is stored.

    Raises
    ------
    FeedUnreadable
        The file is neither CSV nor JSON, is empty, or lacks columns.
    """
    lon: list[float] = []
    lat: list[float] = []
    codes: list[str | None] = []
    systems: list[str] = []
    with open_feed(path, mapping) as file:
        reader = RowReader(mapping, file.header, now)
        for record in file.records():
            if record.problem:
                continue
            try:
                report = reader.read(record.cells).report
            except ReportInvalid:
                continue  # the import lists them; here only places count
            if report.lon is not None and report.lat is not None:
                lon.append(report.lon)
                lat.append(report.lat)
                codes.append(report.grid_code)
                systems.append(report.coordinate_system)
    claimed = max(sorted(set(systems)), key=systems.count) if systems else "wgs84"
    return FeedPlaces(np.array(lon, np.float64), np.array(lat, np.float64), codes, claimed)
