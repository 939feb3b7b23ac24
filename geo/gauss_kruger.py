"""CGCS2000's Gauss-Kruger projection backwards: Kruger's series to the sixth order, exact to a nanometre in a zone."""

import numpy as np

from geo.compiled import compiled
from geo.coordinates import Floats

# The ellipsoid of CGCS2000.
_A_M, _F = 6378137.0, 1.0 / 298.257222101
_N = _F / (2.0 - _F)
_RADIUS_M = _A_M / (1.0 + _N) * (1.0 + _N**2 / 4.0 + _N**4 / 64.0 + _N**6 / 256.0)
_BETA = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360 - 81 * _N**5 / 512 + 96199 * _N**6 / 604800,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440 + 46 * _N**5 / 105 - 1118711 * _N**6 / 3870720,
    17 * _N**3 / 480 - 37 * _N**4 / 840 - 209 * _N**5 / 4480 + 5569 * _N**6 / 90720,
    4397 * _N**4 / 161280 - 11 * _N**5 / 504 - 830251 * _N**6 / 7257600,
    4583 * _N**5 / 161280 - 108847 * _N**6 / 3991680,
    20648693 * _N**6 / 638668800,
)
# From the conformal latitude to the latitude.
_DELTA = (
    2 * _N - 2 * _N**2 / 3 - 2 * _N**3 + 116 * _N**4 / 45 + 26 * _N**5 / 45 - 2854 * _N**6 / 675,
    7 * _N**2 / 3 - 8 * _N**3 / 5 - 227 * _N**4 / 45 + 2704 * _N**5 / 315 + 2323 * _N**6 / 945,
    56 * _N**3 / 15 - 136 * _N**4 / 35 - 1262 * _N**5 / 105 + 73814 * _N**6 / 2835,
    4279 * _N**4 / 630 - 332 * _N**5 / 35 - 399572 * _N**6 / 14175,
    4174 * _N**5 / 315 - 144838 * _N**6 / 6237,
    601676 * _N**6 / 22275,
)


@compiled
def to_degrees(east_m: Floats, north_m: Floats, false_east_m: float, meridian: float, lon: Floats, lat: Floats) -> None:
    """Fill lon and lat with the degrees of places of a zone; not finite, or elsewhere on the earth, far beyond it."""
    for at in range(len(east_m)):
        x, y = north_m[at] / _RADIUS_M, (east_m[at] - false_east_m) / _RADIUS_M
        # Sines of multiples of a complex angle w: sin (k + 1) w = 2 cos w sin k w - sin (k - 1) w.
        sine, cosine, up, down = np.sin(2.0 * x), np.cos(2.0 * x), np.exp(2.0 * y), np.exp(-2.0 * y)
        before, now = 0j, complex(sine * (up + down) / 2.0, cosine * (up - down) / 2.0)
        twice = complex(cosine * (up + down), -sine * (up - down))
        for beta in _BETA:
            x, y = x - beta * now.real, y - beta * now.imag
            before, now = now, twice * now - before
        across, along = np.sinh(y), np.cos(x)
        lon[at] = meridian + np.degrees(np.arctan2(across, along))
        conformal = np.sin(x) / np.sqrt(across * across + along * along)
        square = conformal * conformal
        angle, last, sine = np.arctan(conformal), 0.0, 2.0 * conformal / (1.0 + square)
        double = 2.0 * (1.0 - square) / (1.0 + square)
        for delta in _DELTA:
            angle += delta * sine
            last, sine = sine, double * sine - last
        lat[at] = np.degrees(angle)
