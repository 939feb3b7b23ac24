"""The door for coordinates: loose in what it takes, one normal form inside, errors that name the position."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import CoordinatesInvalid

Floats = NDArray[np.float64]


def checked_degrees(lon: Any, lat: Any) -> tuple[Floats, Floats]:
    """Longitudes and latitudes as float64 arrays of one shape, every value finite and in range.

    Parameters
    ----------
    lon, lat
        Scalars or arrays of numbers (any real dtype), in degrees, of the same shape.

    Returns
    -------
    lon, lat
        float64 arrays of the shape given (0-dimensional for scalars); empty stays empty. Not copied when they
        already are float64.

    Raises
    ------
    CoordinatesInvalid
        Not numbers, unequal shapes, NaN, infinite, or outside -180..180 and -90..90; with the values `position`
        (in the flattened arrays), `lon` and `lat` of the first bad pair, and `hint` "swapped" when the pair would
        be possible the other way round.
    """
    x, y = same_shape(lon, lat)
    good = (x >= -180.0) & (x <= 180.0) & (y >= -90.0) & (y <= 90.0)  # False for NaN
    if not good.all():
        raise_for_position(x, y, int(np.flatnonzero(~good.ravel())[0]))
    return x, y


def same_shape(lon: Any, lat: Any) -> tuple[Floats, Floats]:
    """Two arrays of numbers as float64, of equal shape, values not looked at; errors as `checked_degrees`."""
    x, y = _numbers(lon, "lon"), _numbers(lat, "lat")
    if x.shape != y.shape:
        raise CoordinatesInvalid(
            f"lon has shape {x.shape} and lat has shape {y.shape}: give one latitude for each longitude",
            lon_shape=list(x.shape),
            lat_shape=list(y.shape),
        )
    return x, y


def raise_for_position(lon: Floats, lat: Floats, position: int) -> None:
    """Raise the error for the bad pair at a position of the flattened arrays."""
    x, y = float(lon.ravel()[position]), float(lat.ravel()[position])
    if not (np.isfinite(x) and np.isfinite(y)):
        problem, hint = "is not finite: leave out rows without coordinates", ""
    elif abs(x) <= 90.0 < abs(y) <= 180.0:
        problem, hint = "has a latitude beyond 90: longitude and latitude look swapped", "swapped"
    else:
        problem = "is out of range: longitude goes from -180 to 180 and latitude from -90 to 90, in degrees"
        hint = "projected" if max(abs(x), abs(y)) > 1000.0 else ""
    if hint == "projected":
        problem += "; these look like metres of a projection"
    # JSON has no NaN: a value that is not finite is passed on as text.
    raise CoordinatesInvalid(
        f"position {position}: (lon={x}, lat={y}) {problem}",
        position=position,
        lon=x if np.isfinite(x) else str(x),
        lat=y if np.isfinite(y) else str(y),
        hint=hint,
    )


def _numbers(values: Any, name: str) -> Floats:
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "fiu" and array.size:
            raise TypeError(f"dtype {array.dtype}")  # one message for both ways to fail
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise CoordinatesInvalid(f"{name} must be numbers in degrees: {error}", name=name, reason=str(error)) from error
