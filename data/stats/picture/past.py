"""The mirror as of any moment of the past: the same columns, and so the same numbers, maps and lists.

Incidents without a step since the moment are in the mirror as they were, incidents reported later are left out, and all
others are folded again from their events in the log. These are mostly the incidents open at the moment, a few thousand
however long the history, so a past moment costs little more than the present one.

Moments are whole seconds, as everywhere in the mirror: a moment includes everything that happened within its second.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from data.incidents import history
from data.incidents.fields import GIVEN, TEXT_COLUMNS
from data.incidents.folding import fold_all
from data.incidents.history import Knowledge
from data.incidents.model import State
from data.incidents.regrid import states_in
from data.stats.measures.rows import Mask
from data.stats.mirror.mirror import DTYPES, FLAGS, MISSING, Mirror, MirrorView
from data.stats.mirror.seconds import from_seconds, to_seconds
from data.stats.picture.incidents_shown import NEWEST
from data.stats.picture.usual import WEEKS

if TYPE_CHECKING:
    from data.store.connection import Store

__all__ = ["Knowledge", "as_of", "end_of", "frame_horizon", "mirror_of", "rows_as_of", "settled"]

Columns = dict[str, NDArray[Any]]

# A source's clock may go this much fast (`lifecycle.MAX_CLOCK_SKEW`): what it reports is known before it happens.
_AHEAD_S: Final = 300
# The days a frame compares with, and the day before the first of them, which must have been recorded too.
_FRAME_DAYS: Final = 7 * WEEKS + 2
_DEADLINES: Final = ("due_at", "due_claim_at", "clock_due_at")
# Columns that the mirror keeps as flags alone.
_ONLY_FLAGS: Final = tuple(field for field in GIVEN if field.column.flags and not field.column.dtype)


def as_of(
    view: MirrorView,
    store: "Store",
    moment: datetime,
    *,
    known: Knowledge = "now",
    horizon: datetime | None = None,
    edition_id: int | None = None,
) -> MirrorView:
    """The mirror as of a moment: counted at this moment, it says what was so then.

    Parameters
    ----------
    view
        The mirror as it is.
    store
        Where its log is kept; it is read as far as the view knows it.
    moment
        Any moment; a future one is what is known of it.
    known
        ``"now"``: what we know today about the moment. ``"then"``: what the log had learned by the moment, which is
        what the screens showed.
    horizon
        Leave out what ended, with its deadlines, before this moment: enough for questions whose spans begin after it.
        The newest incidents of each leaf are kept all the same. None keeps everything.
    edition_id
        The edition of the view's leaves, as given to its `Mirror`.

    Raises
    ------
    QueryInvalid
        A time without an offset.
    DatabaseUnavailable, DatabaseBusy, LogBroken
        From the store and its log.
    """
    mirror = Mirror(view.leaf_count)
    mirror.apply(view.seq, rows_as_of(view, store, moment, known=known, horizon=horizon, edition_id=edition_id))
    return mirror.view()


def frame_horizon(moment: datetime) -> datetime:
    """The horizon before which a frame of this moment, or of a later one, asks for nothing."""
    return moment - timedelta(days=_FRAME_DAYS)


def mirror_of(view: MirrorView) -> Mirror:
    """A mirror of its own that starts with what a view says."""
    mirror = Mirror(view.leaf_count)
    mirror.apply(view.seq, rows_of(view, np.arange(len(view))))
    return mirror


def rows_as_of(
    view: MirrorView,
    store: "Store",
    moment: datetime,
    *,
    known: Knowledge = "now",
    horizon: datetime | None = None,
    edition_id: int | None = None,
) -> Columns:
    """The rows of `as_of`, as `Mirror.apply` takes them."""
    moment_s = to_seconds(moment)
    exact, moving = _split(view, moment_s, known)
    if horizon is not None:
        asked = exact & _matters(view, to_seconds(horizon))
        exact = asked | _newest_of_leaves(view, exact & ~asked, asked, to_seconds(horizon), moment_s)
    lives = history.lives(store, view["id"][moving].tolist(), end_of(moment_s), known, view.seq)
    folded = settled([fold_all(life) for life in lives], store, edition_id)
    kept, then = rows_of(view, np.flatnonzero(exact)), history.state_columns(folded)
    return {name: np.concatenate([kept[name], then[name]]) for name in then}


def settled(states: list[State], store: "Store", edition_id: int | None) -> list[State]:
    """The states with the leaf they have in an edition; None leaves each in the edition it was placed in."""
    return states if edition_id is None else states_in(store, edition_id, states)


def end_of(second_s: int) -> datetime:
    """The moment at which a second of the mirror is over."""
    return from_seconds(second_s + 1)


def _split(view: MirrorView, moment_s: int, known: Knowledge) -> tuple[Mask, NDArray[np.intp]]:
    """Which rows are as they were at the moment, and the positions of those that must be folded anew."""
    if known == "now":
        there, still = view["reported_at"] <= moment_s, view["last_at"] <= moment_s
    else:
        there, still = view["reported_at"] <= moment_s + _AHEAD_S, view["recorded_at"] <= moment_s
    # What was known then may say that it happens in a while: it stays, and counts when its time has come.
    exact = still if known == "then" else still & there
    return exact, np.flatnonzero(there & ~still)


def _matters(view: MirrorView, horizon_s: int) -> Mask:
    """Which rows are open, or moved or were due from the horizon on."""
    asked = (view["closed_at"] == MISSING) & (view["voided_at"] == MISSING)
    asked |= view["last_at"] >= horizon_s
    for column in _DEADLINES:
        asked |= (view[column] >= horizon_s) & (view[column] != MISSING)
    return np.asarray(asked)


def _newest_of_leaves(view: MirrorView, left_out: Mask, kept: Mask, horizon_s: int, moment_s: int) -> Mask:
    """Of the rows left out, the newest of each leaf where those kept do not fill a list of the newest."""
    reported, leaf = view["reported_at"], view["leaf"]
    fresh = kept & (reported >= horizon_s) & (reported <= moment_s)
    counts = np.bincount(leaf[fresh] + 1, minlength=view.leaf_count + 1)
    rows = np.flatnonzero(left_out & (counts < NEWEST)[leaf + 1])
    rows = rows[np.lexsort((-view["id"][rows], -reported[rows].astype(np.int64), leaf[rows]))]
    starts = np.flatnonzero(np.diff(leaf[rows], prepend=-2))
    rank = np.arange(len(rows)) - np.repeat(starts, np.diff(starts, append=len(rows)))
    found = np.zeros(len(view), dtype=bool)
    found[rows[rank < NEWEST]] = True
    return found


def rows_of(view: MirrorView, chosen: NDArray[np.intp]) -> Columns:
    """Rows of a view, as the store hands them out; a counter is only known to be 0 or more."""
    flags = view["flags"][chosen]

    def flagged(name: str) -> Mask:
        return np.asarray((flags & FLAGS[name]) != 0)

    rows = {name: view[name][chosen] for name in DTYPES if name not in (*TEXT_COLUMNS, "flags")}
    for name in TEXT_COLUMNS:
        rows[name] = np.array([*view.words[name], ""], dtype=object)[view[name][chosen]]
    for field in _ONLY_FLAGS:
        raised = [flagged(flag) for flag in field.column.flags or {}]
        if field.column.form == "word":
            rows[field.given_as] = np.select(raised, list(range(len(raised))), -1).astype(np.int8)
        else:
            rows[field.given_as] = raised[0].astype(np.int32 if field.column.form == "count" else np.bool_)
    # The mirror does not keep which event was the last; all of them are within what it knows.
    return rows | {"seq": np.full(len(chosen), view.seq, dtype=np.int64)}
