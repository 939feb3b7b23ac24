"""H3 cells of many points at once."""

from typing import Any

import h3.api.numpy_int as h3
import numpy as np
from numpy.typing import NDArray

from geo.coordinates import checked_degrees


def cells(lon: Any, lat: Any, resolution: int) -> NDArray[np.uint64]:
    """H3 cells of points.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees; arrays of n numbers (a single number counts as one).
    resolution
        0 to 15.

    Returns
    -------
    uint64 array of n cells, each equal to `h3.latlng_to_cell`; empty for empty arrays.

    Raises
    ------
    CoordinatesInvalid
        As `GridIndex.assign`.
    ValueError
        The resolution is not one of H3's.
    """
    if not 0 <= resolution <= 15:
        raise ValueError(f"H3 has no resolution {resolution}: give 0 to 15")
    x, y = (part.ravel() for part in checked_degrees(lon, lat))
    pairs = zip(x.tolist(), y.tolist(), strict=True)
    return np.fromiter((h3.latlng_to_cell(b, a, resolution) for a, b in pairs), np.uint64, len(x))
