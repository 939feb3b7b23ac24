"""The hash chain of the log: one canonical form of an event in bytes, and its SHA-256.

The canonical form must be the same before an event is stored and after it is read back. PostgreSQL's `jsonb` keeps
no key order, no exponents (``1e22`` comes back as an integer), no negative zero and no NUL character; so a detail is
brought into a form that survives the round trip, by `normalised`, before it is hashed and stored.
"""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from data.access.actor import Actor
from data.errors import StepInvalid
from data.incidents.model import Event
from data.store.storable import storable_text
from data.utc import utc_text

FIRST_PREV_HASH = bytes(32)
MAX_DETAIL_BYTES = 1 << 20
_MAX_DEPTH = 8
# Quotes, colon and comma around a key and its value, and the longest number.
_PUNCTUATION = 32
_MAX_INTEGER = 2**63 - 1
# Above this, not every integer is a float, and a float's digits are no longer those that come back.
_MAX_FLOAT = 2.0**53

_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_quoted = json.encoder.encode_basestring


def normalised(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Bring a detail into the form that the database gives back unchanged.

    Floats without a fraction become integers (so ``-0.0`` and ``1.0`` become ``0`` and ``1``), tuples become lists.

    Returns
    -------
    A new dict of None, bool, int, float, str, list and dict; the input is not changed. Empty in, empty out.

    Raises
    ------
    StepInvalid
        `field` names what cannot be stored: a key that is no text, a NUL character or lone surrogate, a number that
        is not finite or too large, a value that is no JSON, more than 8 levels, more than 1 MiB.
    """
    clean, size = _clean(detail, "", 0)
    # A character is at most six bytes of JSON.
    if 6 * size > MAX_DETAIL_BYTES and len(detail_json(clean).encode()) > MAX_DETAIL_BYTES:
        raise _invalid("detail", f"is larger than {MAX_DETAIL_BYTES} bytes: shorten it")
    return clean


class Written(dict[str, Any]):
    """A normalised detail together with its JSON, which is needed for the hash and once more for the database.

    Never changed once made: the two would not agree any more.
    """

    __slots__ = ("json",)

    def __init__(self, detail: Mapping[str, Any]) -> None:
        super().__init__(detail)
        self.json = _encoded(self)


def detail_json(detail: Mapping[str, Any]) -> str:
    """Compact JSON with sorted keys, without ASCII escaping; the `detail` must be normalised."""
    return detail.json if type(detail) is Written else _encoded(detail)


def canonical(event: Event) -> bytes:
    """All an event says but its own hash, as UTF-8 JSON with sorted keys; `prev_hash` is in hexadecimal.

    The event's position (`seq`, `incident_id`, `n`) is part of it, so that an event cannot be moved unnoticed. An event
    from before actors had ids has no `actor_id` in its bytes, so its old hash still fits.
    """
    return _canonical(
        event.seq, event.incident_id, event.n, event.kind, event.at, event.recorded_at, event.actor,
        event.actor_id, event.detail, event.prev_hash,
    )  # fmt: skip


def event_hash(event: Event) -> bytes:
    """SHA-256 of the event's canonical bytes; whatever stands in ``event.hash`` is not looked at."""
    return sha256(canonical(event)).digest()


def sealed(
    *,
    seq: int,
    incident_id: int,
    n: int,
    kind: str,
    at: datetime,
    recorded_at: datetime,
    actor: Actor,
    detail: dict[str, Any],
    prev_hash: bytes,
) -> Event:
    """Make the event with its hash, its times in UTC; `detail` must be normalised, the times aware."""
    moments = _exact(at), _exact(recorded_at)
    facts = (seq, incident_id, n, kind, *moments, actor.name, actor.id, Written(detail), prev_hash)
    return Event(*facts, sha256(_canonical(*facts)).digest())


def _canonical(
    seq: int,
    incident_id: int,
    n: int,
    kind: str,
    at: datetime,
    recorded_at: datetime,
    actor: str,
    actor_id: str | None,
    detail: Mapping[str, Any],
    prev_hash: bytes,
) -> bytes:
    # Assembled by hand, for speed, to exactly what the encoder gives for the whole (a test compares them).
    known_as = "" if actor_id is None else f'"actor_id":{_quoted(actor_id)},'
    return (
        f'{{"actor":{_quoted(actor)},{known_as}"at":"{utc_text(at)}","detail":{detail_json(detail)},'
        f'"incident_id":{incident_id},"kind":{_quoted(kind)},"n":{n},'
        f'"prev_hash":"{prev_hash.hex()}","recorded_at":"{utc_text(recorded_at)}","seq":{seq}}}'
    ).encode()


def _exact(moment: datetime) -> datetime:
    if type(moment) is datetime:
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    # A pandas Timestamp is a datetime too, but keeps nanoseconds, which the database would not give back.
    return datetime.fromisoformat(moment.astimezone(UTC).isoformat(timespec="microseconds"))


def _encoded(detail: Mapping[str, Any]) -> str:
    return _encoder.encode(detail) if detail else "{}"


def _clean(said: Mapping[Any, Any], name: str, depth: int) -> tuple[dict[str, Any], int]:
    """The normalised form of an object, and no fewer characters than its JSON has."""
    clean: dict[str, Any] = {}
    size = 2
    for given, value in said.items():
        key = given if type(given) is str and given.isprintable() else _text(given, name or "detail")
        kind = type(value)
        # Nearly all values are of these kinds; what is derived from one becomes a plain one below.
        if kind is str and value.isprintable():
            clean[key] = value
            size += len(value)
        elif value is None or kind is bool:
            clean[key] = value
        else:
            clean[key], more = _value(value, f"{name}.{key}" if name else key, depth + 1)
            size += more
        size += len(key) + _PUNCTUATION
    return clean, size


def _value(value: Any, name: str, depth: int) -> tuple[Any, int]:
    if isinstance(value, str):
        return _text(value, name), len(value)
    if value is None or isinstance(value, bool):
        return value, 0
    if isinstance(value, int):
        if abs(value) > _MAX_INTEGER:
            raise _invalid(name, "is an integer of more than 64 bits")
        return int(value), 0
    if isinstance(value, float):
        return _number(value, name), 0
    if depth >= _MAX_DEPTH:
        raise _invalid(name, f"is nested more than {_MAX_DEPTH} levels deep")
    if isinstance(value, Mapping):
        return _clean(value, name, depth)
    if isinstance(value, list | tuple):
        values = [_value(inner, f"{name}[{position}]", depth + 1) for position, inner in enumerate(value)]
        return [inner for inner, _ in values], sum(size + _PUNCTUATION for _, size in values) + 2
    raise _invalid(name, f"is a {type(value).__name__}: give text, a number, true, false, null, a list or an object")


def _number(value: float, name: str) -> int | float:
    if not math.isfinite(value):
        raise _invalid(name, f"is {value}: give a finite number")
    if abs(value) >= _MAX_FLOAT:
        raise _invalid(name, f"is {value}: a decimal number must be smaller than 2**53")
    return int(value) if value.is_integer() else float(value)


def _text(text: Any, name: str) -> str:
    if type(text) is str and text.isprintable():
        return text
    if not isinstance(text, str):
        raise _invalid(name, f"has the key {text!r}: keys must be text")
    if not storable_text(text):
        raise _invalid(name, "holds a NUL character or a lone surrogate: remove it")
    return str(text)


def _invalid(name: str, reason: str) -> StepInvalid:
    # A name is cut because a hostile one may be megabytes long.
    return StepInvalid(f"{name[:100]!r} {reason}", field=name[:100], reason=reason)
