"""The coordinate system that grid layers seem to be in, against a grid system that is known to be right."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from geo.codes import as_texts
from geo.coordinates import Floats
from geo.crs import known_system, to_wgs84
from geo.dissolve import union
from geo.grids import GridSystem
from geo.layers import WGS84
from geo.locate import SURE, TRIED, Candidate, Location, Verdict
from geo.measure import Geometries, metres_per_degree

# What is redrawn moves a little; systems lie hundreds of metres apart.
_NOISE_M = 25.0
_CODES_NEEDED = 5
_RIM_POINTS = 2_000
_FAR_M = 5_000.0
_LEFT_SHARE = 0.4
# Redrawn grids move each in its own way. Where all lie off alike, and by more than this, no system tried is right.
_SHIFT_M, _ALIKE = 50.0, 0.25


def locate_layers(layers: Sequence[gpd.GeoDataFrame], system: GridSystem, *, claimed: str = "wgs84") -> Location:
    """Measure which coordinate system grid layers seem to be in.

    Grids with the same code are compared centre by centre, where at least five codes of a layer are known; else the
    layers' outline with the city's. Redrawn grids and towns that joined move some of them, a wrong system moves all.

    Parameters
    ----------
    layers
        As `read_layers` gives them without a `coordinate_system`: in degrees as the file has them, or projected.
    system
        The grids they are compared with, in WGS 84; another edition of the same city, for example.
    claimed
        The system the file is said to be in, one of `geo.crs.SYSTEMS`.

    Returns
    -------
    Location; `places` is the number of grids (or points of the outline) compared, `telling` the same. Without any
    grid, "cannot_tell".

    Raises
    ------
    CoordinateSystemUnknown
        `claimed` is not known.
    """
    said = known_system(claimed)
    as_tried = "wgs84" if said == "cgcs2000" else said
    shapes = [_degrees(layer) for layer in layers]
    pairs = [_matched(layer, degrees, system) for layer, degrees in zip(layers, shapes, strict=True)]
    matched = np.concatenate([np.empty((0, 4)), *[pair for pair in pairs if len(pair) >= _CODES_NEEDED]])
    outline = system.levels[0].geometry.to_numpy()
    rim = _rim(shapes[-1]) if shapes and not len(matched) else np.empty((0, 2))
    compared = len(matched) or len(rim)
    if not compared:
        return _empty(said)
    offsets = []
    for tried, swapped in TRIED:
        if len(matched):
            offsets.append(_centre_offsets(matched, tried, swapped))
        else:
            offsets.append(_rim_offsets(rim, outline, tried, swapped))
    medians = np.array([float(np.median(offset)) for offset in offsets])
    inside = [float((offset < _FAR_M).mean()) for offset in offsets]
    # Medians are held against each other as the errors of one measurement: the smaller, the likelier.
    score = -np.log(medians + _NOISE_M) * min(compared, 20)
    likely = np.exp(score - score.max())
    likely /= likely.sum()
    candidates = [
        Candidate(said if tried == as_tried else tried, swapped, near, None, float(probability), float(offset))
        for (tried, swapped), near, probability, offset in zip(TRIED, inside, likely, medians, strict=True)
    ]
    what = "centres" if len(matched) else "outer borders"
    best = int(np.argmin(medians))
    if len(matched):
        shifted = _all_alike(_centre_vectors(matched, *TRIED[best]))
    else:
        shifted = _outline_shifted(rim, outline, *TRIED[best])
    return _judged(said, candidates, TRIED.index((as_tried, False)), compared, what, shifted=shifted)


def _judged(
    claimed: str, candidates: Sequence[Candidate], mine: int, compared: int, what: str, *, shifted: bool
) -> Location:
    ranked = tuple(sorted(candidates, key=lambda one: -one.probability))
    top, own = ranked[0], candidates[mine]
    # Under the right system next to nothing is left; grids that lie elsewhere under every system tell nothing.
    against = (ranked[1] if top is own else own).offset_m or 0.0
    clear = top.probability >= SURE and (top.offset_m or 0.0) <= max(_NOISE_M, _LEFT_SHARE * against)
    offset, claimed_offset = top.offset_m or 0.0, own.offset_m or 0.0
    measured = f"the grids' {what} lie {offset:,.0f} m off in the median, read as claimed {claimed_offset:,.0f} m"
    if offset > _FAR_M:
        verdict: Verdict = "none_fits"
        confidence = 1.0 - _FAR_M / (offset + _FAR_M)
        sentence = f"No known system fits: read as {top.name}, the best of them, {measured}: another place?"
    elif shifted:
        verdict, confidence = "none_fits", 1.0 - _SHIFT_M / (offset + _SHIFT_M)
        sentence = (
            f"No known system fits: read as {top.name}, the best of them, {measured}, all in the same direction: "
            "converted twice, or of another datum?"
        )
    elif top is own and clear:
        verdict, confidence = "as_claimed", top.probability
        sentence = f"The coordinates are in {own.name}, as claimed (confidence {confidence:.0%}): {measured}"
    elif top is not own and clear:
        verdict, confidence = "other_system", top.probability
        sentence = (
            f"The coordinates seem to be in {top.name}, not in {own.name} (confidence {confidence:.0%}): "
            f"read so, {measured}"
        )
    else:
        verdict, confidence = "cannot_tell", own.probability
        sentence = (
            f"Cannot tell whether the coordinates are in {own.name}, as claimed: read as {top.name}, {measured}, "
            "which is no clear difference; compare with grids that have the same codes"
        )
    return Location(claimed, verdict, confidence, compared, compared, ranked, sentence)


def _empty(claimed: str) -> Location:
    return Location(claimed, "cannot_tell", 0.5, 0, 0, (), "Cannot tell: there are no grids to compare")


def _degrees(layer: gpd.GeoDataFrame) -> Geometries:
    """As the file has them; projected ones in degrees."""
    shapes = layer.geometry
    if layer.crs is not None and not layer.crs.is_geographic:
        shapes = shapes.to_crs(WGS84)
    flat = shapely.force_2d(shapes.to_numpy())
    return np.asarray(flat[~shapely.is_missing(flat) & ~shapely.is_empty(flat)], dtype=object)


def _matched(layer: gpd.GeoDataFrame, shapes: Geometries, system: GridSystem) -> Floats:
    """Centres of the grids whose code the system has, on the level that has most of them: (ours x, y, theirs x, y)."""
    if "code" not in layer.columns or len(shapes) != len(layer):
        return np.empty((0, 4))
    codes = as_texts(layer["code"])
    best = max(system.levels, key=lambda one: len(set(one["code"]) & set(codes)))
    row_of = {code: row for row, code in enumerate(best["code"])}
    rows = [(at, row_of[code]) for at, code in enumerate(codes) if code in row_of]
    if not rows:
        return np.empty((0, 4))
    theirs, ours = (np.array(column) for column in zip(*rows, strict=True))
    centres = [shapely.get_coordinates(shapely.centroid(part)) for part in
               (best.geometry.to_numpy()[ours], shapes[theirs])]  # fmt: skip
    return np.column_stack(centres)


def _centre_vectors(matched: Floats, tried: str, swapped: bool) -> Floats:
    """How far each centre lies off, metres to the east and to the north."""
    x, y = _converted(matched[:, 2:], tried, swapped)
    scale = np.array(metres_per_degree(float(np.median(matched[:, 1]))))
    return np.asarray(np.column_stack([x - matched[:, 0], y - matched[:, 1]]) * scale)


def _centre_offsets(matched: Floats, tried: str, swapped: bool) -> Floats:
    return np.asarray(np.hypot(*_centre_vectors(matched, tried, swapped).T))


def _all_alike(vectors: Floats) -> bool:
    """Whether what lies off lies off in one direction, by one length."""
    middle = np.median(vectors, axis=0)
    length = float(np.hypot(*middle))
    spread = float(np.median(np.hypot(*(vectors - middle).T)))
    return length > _SHIFT_M and spread < _ALIKE * length


def _rim(shapes: Geometries) -> Floats:
    """Points evenly spread along the outline of a layer, as the file has them."""
    sound = shapes[shapely.is_valid(shapes)]
    if not len(sound):
        return np.empty((0, 2))
    line = shapely.boundary(union(sound))
    steps = np.linspace(0.0, 1.0, _RIM_POINTS, endpoint=False)
    merged = shapely.get_parts(line)
    longest = merged[int(np.argmax(shapely.length(merged)))]
    return np.asarray(shapely.get_coordinates(shapely.line_interpolate_point(longest, steps, normalized=True)))


def _rim_offsets(rim: Floats, outline: Geometries, tried: str, swapped: bool) -> Floats:
    """How far points of a layer's outline lie from the city's, metres."""
    border = shapely.boundary(union(np.asarray(outline, dtype=object)))
    middle = float(np.mean(shapely.bounds(border)[[1, 3]]))
    x, y = _converted(rim, tried, swapped)
    flat = np.array(metres_per_degree(middle))
    shapely.prepare(border_m := shapely.transform(border, lambda xy: xy * flat))
    return np.asarray(shapely.distance(shapely.points(np.column_stack([x, y]) * flat), border_m))


def _outline_shifted(rim: Floats, outline: Geometries, tried: str, swapped: bool) -> bool:
    """Whether a layer's outline is the city's, moved as a whole."""
    theirs, ours = np.column_stack(_converted(rim, tried, swapped)), _rim(outline)
    centres = [shapely.get_coordinates(shapely.centroid(shapely.Polygon(line)))[0] for line in (theirs, ours)]
    offset = centres[0] - centres[1]
    length = float(np.hypot(*(offset * np.array(metres_per_degree(float(centres[1][1]))))))
    if not _SHIFT_M < length < _FAR_M:
        return False
    return float(np.median(_rim_offsets(theirs - offset, outline, "wgs84", swapped=False))) < _ALIKE * length


def _converted(xy: Floats, source: str, swapped: bool) -> tuple[Floats, Floats]:
    """In WGS 84; what cannot be degrees stays as it is, far away from everything."""
    x, y = (xy[:, 1], xy[:, 0]) if swapped else (xy[:, 0], xy[:, 1])
    x, y = x.copy(), y.copy()
    possible = (np.abs(x) <= 180.0) & (np.abs(y) <= 90.0)
    x[possible], y[possible] = to_wgs84(x[possible], y[possible], source=source)
    return x, y
