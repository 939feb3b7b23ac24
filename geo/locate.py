"""Do coordinates seem to be in another system than claimed? A measure with its confidence; nothing is changed.

Every system is tried on the same points, as given and with longitude and latitude swapped. Under the right one, points
miss (lie outside the city, or outside the grid that is stated for them) only where the feed is dirty; under a wrong one
they also miss along the border that the city, or the stated grid, is shifted over. Points that hit or miss under all
systems alike tell nothing, and where only few are left, the answer is that nobody can tell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from geo.coordinates import Floats, same_shape
from geo.crs import known_system, to_wgs84
from geo.grids import GridSystem
from geo.index import GridIndex
from geo.shares import shares_of

Verdict = Literal["as_claimed", "other_system", "none_fits", "cannot_tell"]
Flags = NDArray[np.bool_]

# CGCS2000 in degrees is WGS 84 to within centimetres: no measure tells them apart.
TRIED: tuple[tuple[str, bool], ...] = tuple(
    (system, swapped) for swapped in (False, True) for system in ("wgs84", "gcj02", "bd09")
)
NAMES = {"wgs84": "WGS 84", "gcj02": "GCJ-02", "bd09": "BD-09", "cgcs2000": "CGCS2000"}

# Before looking, a feed is most likely in the system it claims.
_PRIOR_CLAIMED = 0.95
# What is said aloud is at least this sure, and rests on so many points that hit under one system only.
SURE = 0.9
_FEWEST_TELLING = 4
# Even good feeds miss now and then; so one point is worth at most log(49).
_LEAST_MISSES = 0.02
# Reports from one spot are one witness: places are told apart at about 10 m.
_SPOT_DEG = 1e-4
_STRANGE_SHARE = 0.5
_MOST_POINTS = 50_000
# Likelihoods are shown as percentages with one decimal.
_LIKELY_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """How well the coordinates fit one system.

    Attributes
    ----------
    system
        "wgs84", "gcj02" or "bd09"; the claimed name where CGCS2000 is claimed.
    swapped
        Whether longitude and latitude are taken in each other's place.
    inside_share
        Share of the places that lie in the city, 0 to 1.
    agreement_share
        Share of the places with a known grid code that lie in that grid; None without any.
    probability
        That this is the right system, given the data and one of those tried being right; they add up to 1.
    offset_m
        Of grid layers only: how far, in the median, their grids lie from where they should; else None.
    """

    system: str
    swapped: bool
    inside_share: float
    agreement_share: float | None
    probability: float
    offset_m: float | None = None

    @property
    def name(self) -> str:
        """For people: "GCJ-02", "WGS 84 with longitude and latitude swapped"."""
        return NAMES[self.system] + (" with longitude and latitude swapped" if self.swapped else "")


@dataclass(frozen=True, slots=True)
class Location:
    """What the coordinates say about their system.

    Attributes
    ----------
    claimed
        The system they are said to be in.
    verdict
        "as_claimed": the data say so too; "other_system": they contradict; "none_fits": most miss under every system;
        "cannot_tell": too few of them lie where the systems differ.
    confidence
        In the verdict, 0 to 1; for "cannot_tell", how likely the claimed system still is.
    places
        Different places looked at.
    telling
        Places that hit under one of the two best systems and miss under the other.
    candidates
        The systems tried, the most likely first.
    sentence
        The verdict in words.
    """

    claimed: str
    verdict: Verdict
    confidence: float
    places: int
    telling: int
    candidates: tuple[Candidate, ...]
    sentence: str

    @property
    def suspicious(self) -> bool:
        """Whether somebody should look at the feed."""
        return self.verdict in ("other_system", "none_fits")

    def __str__(self) -> str:
        lines = [
            self.sentence,
            "",
            f"{'system':45} {'in the city':>11} {'in its grid':>11} {'offset':>9} {'likely':>7}",
        ]
        likely = shares_of([one.probability for one in self.candidates], _LIKELY_DECIMALS)
        for one, probability in zip(self.candidates, likely, strict=True):
            agreement = "-" if one.agreement_share is None else f"{one.agreement_share:.1%}"
            offset = "-" if one.offset_m is None else f"{one.offset_m:,.0f} m"
            # Where none of them fits, the likeliest of them is not likely.
            said = "-" if self.verdict == "none_fits" else f"{probability:.1%}"
            lines.append(f"{one.name:45} {one.inside_share:>11.1%} {agreement:>11} {offset:>9} {said:>7}")
        return "\n".join(lines)


def locate_points(
    lon: Any,
    lat: Any,
    system: GridSystem,
    *,
    claimed: str = "wgs84",
    codes: Sequence[str | None] | None = None,
    index: GridIndex | None = None,
) -> Location:
    """Measure which coordinate system points of a feed seem to be in.

    Parameters
    ----------
    lon, lat
        As the feed has them, before any conversion: arrays of n numbers. Pairs that are not finite are left out, those
        that cannot be degrees miss. Of more than 50,000 pairs, as many evenly spread ones are looked at.
    system
        The city they should lie in.
    claimed
        The system they are said to be in, one of `geo.crs.SYSTEMS`.
    codes
        For each point the code of its grid as far as the feed states one, on any level; unknown ones count as None.
    index
        Of `system`, if there is one already.

    Returns
    -------
    Location; for no points at all, "cannot_tell".

    Raises
    ------
    CoordinatesInvalid
        Not numbers, or arrays of unequal length.
    CoordinateSystemUnknown
        `claimed` is not known.
    """
    said = known_system(claimed)
    x, y = (np.ravel(part) for part in same_shape(lon, lat))
    stated = np.full(len(x), None, dtype=object) if codes is None else np.asarray([*codes, None], dtype=object)[:-1]
    places = _places(x, y, stated)
    lo, hi = _stated_leaves(system, stated[places])
    x, y = x[places], y[places]
    tested = index or GridIndex(system)
    leaves = [_leaves_under(tested, x, y, tried, swapped) for tried, swapped in TRIED]
    coded = hi > lo
    inside = np.array([leaf >= 0 for leaf in leaves]).reshape(len(TRIED), -1)
    agreeing = np.array([(leaf >= lo) & (leaf < hi) for leaf in leaves]).reshape(len(TRIED), -1)
    hits = np.where(coded, agreeing, inside)
    candidates = [
        Candidate(said if tried == "wgs84" and said == "cgcs2000" else tried, swapped, _share(row),
                  _share(same[coded]) if coded.any() else None, float(likely))
        for (tried, swapped), row, same, likely in zip(TRIED, inside, agreeing, _probabilities(hits, said), strict=True)
    ]  # fmt: skip
    return _judged(said, candidates, hits)


def locator(system: GridSystem, index: GridIndex | None = None) -> Callable[..., Location]:
    """`locate_points` for one city, as the import of incidents asks for it: (lon, lat, claimed, codes) -> Location."""
    tested = index or GridIndex(system)

    def locate(lon: Any, lat: Any, claimed: str, codes: Sequence[str | None] | None = None) -> Location:
        return locate_points(lon, lat, system, claimed=claimed, codes=codes, index=tested)

    return locate


def _judged(claimed: str, candidates: Sequence[Candidate], hits: Flags) -> Location:
    order = sorted(range(len(candidates)), key=lambda at: -candidates[at].probability)
    mine = TRIED.index((_as_tried(claimed), False))
    best, second = order[:2]
    against = second if best == mine else mine
    gained, lost = int((hits[best] & ~hits[against]).sum()), int((hits[against] & ~hits[best]).sum())
    places = hits.shape[1]
    ranked = tuple(candidates[at] for at in order)
    top = candidates[best]
    enough = gained - lost >= _FEWEST_TELLING
    # How sure it is that they are swapped does not hang on which system they are swapped in.
    sure = sum(one.probability for one in candidates if one.swapped) if top.swapped else top.probability
    most = max(map(_share, hits))
    if places >= _FEWEST_TELLING and most < _STRANGE_SHARE:
        verdict: Verdict = "none_fits"
        confidence = 1.0 - most
    elif best != mine and sure >= SURE and enough:
        verdict, confidence = "other_system", sure
    elif best == mine and enough and _evidence(hits, best, second) >= np.log(SURE / (1.0 - SURE)):
        verdict, confidence = "as_claimed", top.probability
    else:
        verdict, confidence = "cannot_tell", candidates[mine].probability
    sentence = _sentence(verdict, confidence, candidates[mine], top, hits[[mine, best]], gained + lost)
    return Location(claimed, verdict, confidence, places, gained + lost, ranked, sentence)


def _sentence(verdict: Verdict, confidence: float, mine: Candidate, top: Candidate, hits: Flags, telling: int) -> str:
    places = hits.shape[1]
    whole = f"{int(hits[1].sum()):,} of {places:,} places lie where they should"
    if verdict == "other_system":
        return (
            f"The coordinates seem to be in {top.name}, not in {mine.name} (confidence {confidence:.0%}): read so, "
            f"{whole}; read as claimed, {int(hits[0].sum()):,} do"
        )
    if verdict == "none_fits":
        return (
            f"No known system fits: read as {top.name}, the best of them, only {whole}; "
            "the feed seems to be about another place, or its grid codes of other grids"
        )
    if verdict == "as_claimed":
        return f"The coordinates are in {mine.name}, as claimed (confidence {confidence:.0%}): read so, {whole}"
    if not places:
        return "Cannot tell: there are no coordinates to look at"
    return (
        f"Cannot tell whether the coordinates are in {mine.name}, as claimed: of {places:,} places, only {telling:,} "
        "lie where the systems differ; more points, points near the city's border, or grid codes would tell"
    )


def _places(x: Floats, y: Floats, stated: NDArray[np.object_]) -> NDArray[np.int64]:
    """One row for each place and stated grid."""
    finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(finite) > _MOST_POINTS:
        finite = finite[np.linspace(0, len(finite) - 1, _MOST_POINTS).astype(np.int64)]
    # What is no degree at all need not be told apart finely.
    spots = np.clip(np.column_stack([x[finite], y[finite]]), -1e9, 1e9)
    keys = np.round(spots / _SPOT_DEG).astype(np.int64)
    _, code = np.unique([str(value or "") for value in stated[finite]], return_inverse=True)
    _, first = np.unique(np.column_stack([keys, code.reshape(-1, 1)]), axis=0, return_index=True)
    return finite[np.sort(first)]


def _stated_leaves(system: GridSystem, codes: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The leaves [lo, hi) of the stated grids, the finest of that code; empty where none is known."""
    known: dict[str, tuple[int, int]] = {}
    for layer in system.levels:
        known |= dict(zip(layer["code"], zip(layer["lo"], layer["hi"], strict=True), strict=True))
    slices = np.array([known.get(str(code), (0, 0)) for code in codes], dtype=np.int64).reshape(-1, 2)
    return slices[:, 0], slices[:, 1]


def _leaves_under(index: GridIndex, x: Floats, y: Floats, source: str, swapped: bool) -> NDArray[np.int32]:
    if swapped:
        x, y = y, x
    possible = (np.abs(x) <= 180.0) & (np.abs(y) <= 90.0)
    leaves = np.full(len(x), -1, dtype=np.int32)
    leaves[possible] = index.assign(*to_wgs84(x[possible], y[possible], source=source))
    return leaves


def _probabilities(hits: Flags, claimed: str) -> Floats:
    """Of each system, by Bayes: a place that misses is as much rarer under the right one as misses are there."""
    # Of what is swapped, too, most is in the system it claims.
    prior = np.full(len(TRIED), (1.0 - _PRIOR_CLAIMED) / len(TRIED))
    prior[TRIED.index((_as_tried(claimed), True))] *= 2.0
    prior[TRIED.index((_as_tried(claimed), False))] = _PRIOR_CLAIMED
    prior /= prior.sum()
    score = np.log(prior) - _weight(hits) * (~hits).sum(axis=1)
    likely = np.exp(score - score.max())
    return np.asarray(likely / likely.sum())


def _evidence(hits: Flags, best: int, second: int) -> float:
    return _weight(hits) * float(hits[best].sum() - hits[second].sum())


def _weight(hits: Flags) -> float:
    """What one miss weighs, from how often the best system misses: in a feed full of misses, little."""
    places = hits.shape[1]
    misses = max(_LEAST_MISSES, float(((~hits).sum(axis=1).min() + 1) / (places + 2)))
    return max(0.0, float(np.log((1.0 - misses) / misses)))


def _as_tried(claimed: str) -> str:
    return "wgs84" if claimed == "cgcs2000" else claimed


def _share(flags: Flags) -> float:
    return float(flags.mean()) if flags.size else 0.0
