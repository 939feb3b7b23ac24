"""Pure geometry over arrays: no database, no web, no drawing."""

from geo.crs import to_wgs84
from geo.grids import GridSystem
from geo.index import GridIndex

__all__ = ["GridIndex", "GridSystem", "to_wgs84"]
