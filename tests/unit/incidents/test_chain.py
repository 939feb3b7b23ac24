"""Canonical bytes, and the form of details that survives the database."""

import json
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.access.actor import Actor
from data.errors import StepInvalid
from data.incidents.chain import FIRST_PREV_HASH, canonical, detail_json, event_hash, normalised, sealed
from data.incidents.model import Event

AT = datetime(2026, 11, 22, 15, 36, 19, 120, tzinfo=timezone(timedelta(hours=8)))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(-(2.0**52), 2.0**52, allow_nan=False)
    | texts
)
details = st.dictionaries(
    texts, st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)),
    max_size=4,
)  # fmt: skip


def an_event(**changes: Any) -> Event:
    event = sealed(
        seq=12, incident_id=3, n=0, kind="reported", at=AT, recorded_at=AT, actor=Actor.nobody('王 "芳"\n'),
        detail={"b": 1, "a": [0.5]},
        prev_hash=FIRST_PREV_HASH,
    )  # fmt: skip
    return replace(event, **changes)


def slow_canonical(event: Event) -> bytes:
    said: dict[str, Any] = {spec.name: getattr(event, spec.name) for spec in fields(event) if spec.name != "hash"}
    for name in ("at", "recorded_at"):
        said[name] = said[name].astimezone(UTC).isoformat(timespec="microseconds")
    said["prev_hash"] = said["prev_hash"].hex()
    if said["actor_id"] is None:
        del said["actor_id"]
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_the_bytes_are_written_down() -> None:
    assert canonical(an_event()).decode() == (
        '{"actor":"王 \\"芳\\"\\n","actor_id":"nobody","at":"2026-11-22T07:36:19.000120+00:00",'
        '"detail":{"a":[0.5],"b":1},'
        '"incident_id":3,"kind":"reported","n":0,"prev_hash":"' + "00" * 32 + '",'
        '"recorded_at":"2026-11-22T07:36:19.000120+00:00","seq":12}'
    )


def test_the_bytes_of_an_event_without_an_id_of_its_actor_are_those_of_the_days_before() -> None:
    assert canonical(an_event(actor_id=None)).decode() == (
        '{"actor":"王 \\"芳\\"\\n","at":"2026-11-22T07:36:19.000120+00:00","detail":{"a":[0.5],"b":1},'
        '"incident_id":3,"kind":"reported","n":0,"prev_hash":"' + "00" * 32 + '",'
        '"recorded_at":"2026-11-22T07:36:19.000120+00:00","seq":12}'
    )


@given(details, texts, st.none() | texts, texts)
def test_the_bytes_are_the_plain_json(detail: dict[str, Any], actor: str, actor_id: str | None, kind: str) -> None:
    event = an_event(detail=normalised(detail), actor=actor, actor_id=actor_id, kind=kind)
    assert canonical(event) == slow_canonical(event)
    assert event_hash(event) == sha256(slow_canonical(event)).digest()


@given(details)
def test_the_json_an_event_brings_along_is_that_of_its_detail(detail: dict[str, Any]) -> None:
    event = sealed(seq=1, incident_id=1, n=0, kind="reported", at=AT, recorded_at=AT, actor=Actor.nobody("a"),
                   detail=normalised(detail), prev_hash=FIRST_PREV_HASH)  # fmt: skip
    assert event.detail == normalised(detail)
    plain = json.dumps(dict(event.detail), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert detail_json(event.detail) == detail_json(dict(event.detail)) == plain
    assert asdict(event)["detail"] == event.detail


def test_an_event_does_not_change_with_the_detail_it_was_made_of() -> None:
    detail = {"a": 1}
    event = sealed(seq=1, incident_id=1, n=0, kind="reported", at=AT, recorded_at=AT, actor=Actor.nobody("a"),
                   detail=detail, prev_hash=FIRST_PREV_HASH)  # fmt: skip
    detail["a"] = 2
    assert event_hash(event) == event.hash


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 13}, {"incident_id": 4}, {"n": 1}, {"kind": "filed"}, {"at": AT + timedelta(microseconds=1)},
        {"recorded_at": AT + timedelta(microseconds=1)}, {"actor": "王"}, {"detail": {"b": 2, "a": [0.5]}},
        {"actor_id": "person:7"}, {"actor_id": ""}, {"actor_id": None}, {"actor": '王 "芳"\n","actor_id":"nobody'},
        {"detail": {"b": True, "a": [0.5]}}, {"detail": {}}, {"prev_hash": b"\1" * 32},
    ],
)  # fmt: skip
def test_every_field_is_in_the_hash(changes: dict[str, Any]) -> None:
    assert event_hash(an_event(**changes)) != an_event().hash


def test_the_same_moment_in_another_zone_is_the_same() -> None:
    assert event_hash(an_event(at=AT.astimezone(UTC))) == an_event().hash


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    night = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    first, second = (an_event(at=night.replace(fold=fold)) for fold in (0, 1))
    assert canonical(first) == slow_canonical(first) != slow_canonical(second) == canonical(second)


def test_nanoseconds_are_dropped_before_they_are_hashed() -> None:
    stamp = pd.Timestamp(AT).as_unit("ns") + pd.Timedelta(nanoseconds=7)
    event = sealed(seq=1, incident_id=1, n=0, kind="reported", at=stamp, recorded_at=stamp,
                   actor=Actor.nobody("a"), detail={}, prev_hash=FIRST_PREV_HASH)  # fmt: skip
    assert type(event.at) is datetime
    assert event.at == AT


@given(details)
def test_normalising_is_stable_and_says_the_same(detail: dict[str, Any]) -> None:
    clean = normalised(detail)
    assert clean == detail  # 1 == 1.0 and 0 == -0.0
    assert json.dumps(normalised(clean)) == json.dumps(clean)


def test_numbers_take_one_form() -> None:
    said = {"a": 1.0, "b": -0.0, "c": 2.5, "d": (1, 2.0), "e": True, "f": np.float64(3.0), "g": 1e15}
    assert json.dumps(normalised(said)) == (
        '{"a": 1, "b": 0, "c": 2.5, "d": [1, 2], "e": true, "f": 3, "g": 1000000000000000}'
    )


def nested(levels: int) -> dict[str, Any]:
    return {"a": nested(levels - 1)} if levels else {}


@pytest.mark.parametrize(
    "value",
    [
        float("nan"), float("inf"), 1e22, 2.0**53, 2**63, -(2**63), "a\0", "\ud800", datetime.now(UTC), b"x", {1: 2},
        {"a\0": 1}, nested(9), "x" * (1 << 20), "长" * 400_000, "\x01" * 180_000, ["长"] * 300_000,
        {"x" * (1 << 20): 1},
        np.int64(3), {1, 2},
    ],
    ids=lambda value: repr(value)[:20].encode("ascii", "replace").decode(),
)  # fmt: skip
def test_what_the_database_would_not_give_back_is_refused(value: Any) -> None:
    with pytest.raises(StepInvalid) as caught:
        normalised({"said": value})
    assert caught.value.values["reason"]


def test_empty_in_empty_out() -> None:
    assert normalised({}) == {}
