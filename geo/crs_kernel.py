"""The compiled part of the coordinate systems: the formulas of GCJ-02 and BD-09 and their inverses, point by point.

Sines are computed by a series instead of the system's library: the compiler then works on several points in one
instruction, and every point has the same digits alone, in an array, at any place in it, and on any machine.
"""

import numpy as np

from geo.compiled import compiled, inlined
from geo.coordinates import Floats

# The box within which the two obfuscations apply, degrees.
CHINA_WEST, CHINA_EAST, CHINA_SOUTH, CHINA_NORTH = 72.004, 137.8347, 0.8293, 55.8271

# Krasovsky 1940, the ellipsoid of the published GCJ-02 formula.
_A_M = 6378245.0
_EE = 0.00669342162296594323
_DEGREES = 180.0 / np.pi
_BD_HALF_WAVES = 3000.0 / 180.0
# More than the largest shift of either system (BD-09 stays under 0.02 degree).
_REACH_DEG = 0.05
# A point on the rim comes back with its last digits off, and is still inside.
_RIM_DEG = 1e-11
# The shift of GCJ-02 changes by at most 1 % of the way gone, that of BD-09 by 2 %: each step gains so many digits.
_STEPS_GCJ02, _STEPS_BD09 = 5, 6


@inlined
def sine_of_half_turns(t: float) -> float:
    """Sine of t half turns (pi times t), to 4e-16."""
    turns = np.floor(t + 0.5)
    x = np.pi * (t - turns)
    q = x * x
    tail = 1.0 - q * (1 / 156) * (1.0 - q * (1 / 210) * (1.0 - q * (1 / 272) * (1.0 - q * (1 / 342) * (1.0 - q / 420))))
    head = 1.0 - q * (1 / 42) * (1.0 - q * (1 / 72) * (1.0 - q * (1 / 110) * tail))
    # Every other half turn has the other sign.
    sign = 1.0 - 2.0 * (turns - 2.0 * np.floor(turns * 0.5))
    return float(sign * x * (1.0 - q * (1 / 6) * (1.0 - q * (1 / 20) * head)))


@inlined
def gcj02_of(lon: float, lat: float) -> tuple[float, float]:
    """The published formula from WGS 84 to GCJ-02."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(abs(x))
    # Three of the sines are of three times the angle of another: sin 3a = 3 sin a - 4 sin^3 a.
    x2, x3, y3 = sine_of_half_turns(2.0 * x), sine_of_half_turns(x / 3.0), sine_of_half_turns(y / 3.0)
    x6, x1, y1 = (3.0 - 4.0 * x2 * x2) * x2, (3.0 - 4.0 * x3 * x3) * x3, (3.0 - 4.0 * y3 * y3) * y3
    waves = 20.0 * x6 + 20.0 * x2
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += (waves + 20.0 * y1 + 40.0 * y3) * (2.0 / 3.0)
    north_m += (160.0 * sine_of_half_turns(y / 12.0) + 320.0 * sine_of_half_turns(y / 30.0)) * (2.0 / 3.0)
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += (waves + 20.0 * x1 + 40.0 * x3) * (2.0 / 3.0)
    east_m += (150.0 * sine_of_half_turns(x / 12.0) + 300.0 * sine_of_half_turns(x / 30.0)) * (2.0 / 3.0)
    sine = sine_of_half_turns(lat / 180.0)
    magic = 1.0 - _EE * sine * sine
    root = np.sqrt(magic)
    north = north_m * magic * root * (_DEGREES / (_A_M * (1.0 - _EE)))
    east = east_m * root * (_DEGREES / _A_M) / np.sqrt(1.0 - sine * sine)
    return lon + east, lat + north


@inlined
def bd09_of(lon: float, lat: float) -> tuple[float, float]:
    """The published formula from GCJ-02 to BD-09; written with the sine and cosine of its small turn only."""
    radius = np.sqrt(lon * lon + lat * lat)
    longer = 1.0 + 0.00002 * sine_of_half_turns(lat * _BD_HALF_WAVES) / radius
    turn = 0.000003 * sine_of_half_turns(lon * _BD_HALF_WAVES + 0.5)
    sine, cosine = turn * (1.0 - turn * turn / 6.0), 1.0 - turn * turn / 2.0
    return (lon * cosine - lat * sine) * longer + 0.0065, (lat * cosine + lon * sine) * longer + 0.006


@inlined
def in_box(lon: float, lat: float, rim_deg: float) -> bool:
    """Whether a place lies in the box around China, widened by `rim_deg`."""
    return (
        (lon >= CHINA_WEST - rim_deg)
        & (lon <= CHINA_EAST + rim_deg)
        & (lat >= CHINA_SOUTH - rim_deg)
        & (lat <= CHINA_NORTH + rim_deg)
    )


@compiled
def forward(lon: Floats, lat: Floats, baidu: bool, x: Floats, y: Floats) -> None:
    """Fill x and y with the GCJ-02 (`baidu`: BD-09) coordinates of places in WGS 84."""
    for at in range(len(lon)):
        x[at], y[at] = gcj02_of(lon[at], lat[at])
    if baidu:
        for at in range(len(lon)):
            x[at], y[at] = bd09_of(x[at], y[at])
    for at in range(len(lon)):
        if not in_box(lon[at], lat[at], 0.0):
            x[at], y[at] = lon[at], lat[at]


@compiled
def inverse(lon: Floats, lat: Floats, baidu: bool, x: Floats, y: Floats) -> None:
    """Fill x and y with the places in WGS 84 of GCJ-02 (`baidu`: BD-09) coordinates.

    The formula is applied without the box while iterating (a step across the rim would jump to and fro for ever); the
    box is asked once, at the end. Inside it, just behind the rim, points have no origin at all: there the formula is
    simply continued.
    """
    block = 512  # what stays in the nearest cache
    gcj_x, gcj_y = np.empty(block), np.empty(block)
    for start in range(0, len(lon), block):
        given_x, given_y = lon[start : start + block], lat[start : start + block]
        found_x, found_y = x[start : start + block], y[start : start + block]
        count = len(given_x)
        gcj_x[:count], gcj_y[:count] = given_x, given_y
        if baidu:
            for _ in range(_STEPS_BD09):
                for at in range(count):
                    fx, fy = bd09_of(gcj_x[at], gcj_y[at])
                    gcj_x[at] += given_x[at] - fx
                    gcj_y[at] += given_y[at] - fy
        found_x[:], found_y[:] = gcj_x[:count], gcj_y[:count]
        for _ in range(_STEPS_GCJ02):
            for at in range(count):
                fx, fy = gcj02_of(found_x[at], found_y[at])
                found_x[at] += gcj_x[at] - fx
                found_y[at] += gcj_y[at] - fy
        for at in range(count):
            gx, gy = given_x[at], given_y[at]
            inside = in_box(found_x[at], found_y[at], _RIM_DEG) or in_box(gx, gy, 0.0)
            if not (in_box(gx, gy, _REACH_DEG) and inside):
                found_x[at], found_y[at] = gx, gy
