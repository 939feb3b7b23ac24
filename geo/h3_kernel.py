"""The compiled part of H3 cells: from a place over its lattice to the cell's number.

A cell's number names one of 122 base cells and, for each finer resolution, which of seven children comes next (a digit
0 to 6). The children are found in the plane of the face; which base cell lies where on it, and how its digits are
turned against the face's, is learnt from the library. Places that rounding could put elsewhere are handed back as 0.
"""

import numpy as np

from geo.compiled import compiled
from geo.coordinates import Floats
from geo.hexplane import hexagon_of, in_plane, unit_vector
from geo.index_kernel import Ints, Longs

# Base cells on a face lie at axial coordinates from -REACH to REACH.
REACH = 3
# A place nearer to a face's centre than its edges are lies on it.
_SURELY_ON_FACE = 0.9342
# Faces as near as each other, lattice steps from a cell's border, and radians that the library's arc cosine may lose.
_FACE_MARGIN, _BORDER_MARGIN, _ARC_ERROR = 1e-9, 1e-5, 1e-15
# The digits turned counter-clockwise by 0 to 5 sixths; digit 0 is the middle.
TURNED = np.array(
    [[0, 1, 2, 3, 4, 5, 6], [0, 5, 3, 1, 6, 4, 2], [0, 4, 1, 5, 2, 6, 3],
     [0, 6, 5, 4, 3, 2, 1], [0, 2, 4, 6, 1, 3, 5], [0, 3, 6, 2, 5, 1, 4]], dtype=np.int64
)  # fmt: skip
_DIGIT_AT = np.array([[1, 3, 7], [5, 0, 2], [7, 4, 6]], dtype=np.int64)  # by i + 1, j + 1; 7 = none


@compiled
def face_of(centres: Floats, a: float, b: float, c: float, guess: int) -> int:
    """The face a unit vector lies on, -1 where two are as near; quick when the guess is right."""
    if a * centres[guess, 0] + b * centres[guess, 1] + c * centres[guess, 2] > _SURELY_ON_FACE:
        return guess
    face, nearest, second = 0, -2.0, -2.0
    for other in range(len(centres)):
        towards = a * centres[other, 0] + b * centres[other, 1] + c * centres[other, 2]
        if towards > nearest:
            face, nearest, second = other, towards, nearest
        elif towards > second:
            second = towards
    return face if nearest - second > _FACE_MARGIN else -1


@compiled
def climb(i: int, j: int, resolution: int) -> tuple[int, int, int]:
    """Axial coordinates of the parent one resolution up, and which digit the child is; on the face, not turned."""
    if resolution % 2:
        up_i, up_j = (3 * i - j + 3) // 7, (i + 2 * j + 3) // 7
        digit = _DIGIT_AT[i - 2 * up_i - up_j + 1, j + up_i - 3 * up_j + 1]
    else:
        up_i, up_j = (2 * i + j + 3) // 7, (3 * j - i + 3) // 7
        digit = _DIGIT_AT[i - 3 * up_i + up_j + 1, j - up_i - 2 * up_j + 1]
    return up_i, up_j, digit


@compiled
def cells_of(
    centres: Floats, axes: Floats, resolution: int, base: Ints, turns: Longs, lon: Floats, lat: Floats, out: Longs
) -> int:
    """Fill `out` with cells, 0 where the library must be asked; returns how many those are.

    `base` (20, 2 REACH + 1, 2 REACH + 1): base cell at axial coordinates of a face, -1 where none is known.
    `turns` (the same, 7): by how many sixths digits are turned from the face's to the base cell's, by the first of the
    face's digits that is not 0 (around pentagons it differs); -1 where it is not known.
    """
    face, asked = 0, 0
    for at in range(len(lon)):
        out[at] = 0
        a, b, c = unit_vector(lon[at], lat[at])
        found = face_of(centres, a, b, c, face)
        if found < 0:
            asked += 1
            continue
        face = found
        x, y = in_plane(a, b, c, centres[face], axes[face])
        i, j, inside = hexagon_of(x, y)
        steps_per_radian = np.sqrt(axes[face, 0, 0] ** 2 + axes[face, 0, 1] ** 2 + axes[face, 0, 2] ** 2)
        lost = _ARC_ERROR * steps_per_radian * steps_per_radian / max(np.hypot(x, y), 1e-300)
        digits, lead = 0, 0
        for level in range(resolution, 0, -1):
            i, j, digit = climb(i, j, level)
            digits |= digit << (3 * (resolution - level))
            lead = digit if digit else lead
        if inside < _BORDER_MARGIN + lost or abs(i) > REACH or abs(j) > REACH:
            asked += 1
            continue
        number, turn = np.int64(base[face, i + REACH, j + REACH]), turns[face, i + REACH, j + REACH, lead]
        if number < 0 or turn < 0:
            asked += 1
            continue
        cell = (1 << 59) | (resolution << 52) | (number << 45) | ((1 << (3 * (15 - resolution))) - 1)
        for level in range(resolution):
            cell |= TURNED[turn, (digits >> (3 * level)) & 7] << (3 * (level + 15 - resolution))
        out[at] = cell
    return asked
