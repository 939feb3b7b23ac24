"""Which findings go on with which running alerts: the same matter is one alert while it lasts."""

from collections.abc import Sequence
from typing import Any

from data.attention.alert import Alert
from data.attention.tables import KeptAlert, Seen


def seen_of(alert: Alert) -> Seen:
    """A finding as the store keeps it."""
    content: dict[str, Any] = {
        "grid": alert.grid,
        "lo": alert.lo,
        "hi": alert.hi,
        "category": alert.category,
        "since": alert.since.isoformat(),
        "count": alert.count,
        "expected": alert.expected,
        "base": dict(alert.base),
        "reason": alert.reason,
        "values": dict(alert.values),
        "severity": alert.severity,
    }
    return Seen(alert.matter, alert.kind, content)


def continuing(running: Sequence[KeptAlert], found: Sequence[Seen]) -> list[int | None]:
    """For each finding the position of the running alert it goes on with; None where it is new.

    The same matter first. Of what is left, a surge or silence goes on with one of the same kind and category in a grid
    around it or inside it: as reports come in, the smallest grid that explains them changes. The nearest in size wins.
    """
    by_matter = {alert.matter: at for at, alert in enumerate(running)}
    chosen: list[int | None] = [by_matter.get(one.matter) for one in found]
    free = set(range(len(running))) - {at for at in chosen if at is not None}
    for position, one in enumerate(found):
        if chosen[position] is None and one.kind in ("surge", "silent"):
            nested = [at for at in free if _nested(running[at], one)]
            if nested:
                at = min(nested, key=lambda at: (abs(_size(running[at].content) - _size(one.content)), at))
                chosen[position] = at
                free.remove(at)
    return chosen


def _nested(alert: KeptAlert, seen: Seen) -> bool:
    before, now = alert.content, seen.content
    if alert.kind != seen.kind or before["category"] != now["category"]:
        return False
    inside = bool(before["lo"] <= now["lo"] and now["hi"] <= before["hi"])
    return inside or bool(now["lo"] <= before["lo"] and before["hi"] <= now["hi"])


def _size(content: Any) -> int:
    return int(content["hi"]) - int(content["lo"])
