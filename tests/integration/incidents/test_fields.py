"""The table of incidents is what `data.incidents.fields` declares."""

from dataclasses import MISSING
from typing import Any

from data.incidents.fields import FIELDS, FLAGS
from data.store.connection import Store
from data.store.openers import System

# What the store adds for itself beside PostGIS.
NOT_OF_THE_STATE = {"geom"}


def _default_of(text: str | None) -> Any:
    """A column's default, as the catalogue writes it: `''::text`, `0`, `false`."""
    if text is None:
        return MISSING
    bare = text.partition("::")[0]
    return {"true": True, "false": False}.get(bare, bare.strip("'") if bare.startswith("'") else bare)


def test_each_declared_field_is_a_column_of_the_table_with_its_type_and_default(store: Store) -> None:
    with store.transaction(System("test")) as cursor:
        cursor.execute(
            "SELECT column_name, data_type, is_nullable = 'YES', column_default FROM information_schema.columns "
            "WHERE table_name = 'incident' AND table_schema = current_schema()"
        )
        found = {name: rest for name, *rest in cursor.fetchall() if name not in NOT_OF_THE_STATE}
    assert found.keys() == {field.name for field in FIELDS}
    for field in FIELDS:
        kind, nullable, default = found[field.name]
        kind = {"timestamp with time zone": "timestamptz"}.get(kind, kind)
        assert (field.name, kind, nullable) == (field.name, field.column.sql, field.nullable)
        declared = MISSING if field.default in (MISSING, None) else field.default
        stored = _default_of(default)
        assert str(stored) == str(declared), field.name


def test_no_two_flags_share_a_bit() -> None:
    declared = [flag for field in FIELDS for flag in field.column.flags or ()]
    assert sorted(declared) == sorted(FLAGS)
    assert len(set(FLAGS.values())) == len(FLAGS)
    assert all(bit.bit_count() == 1 for bit in FLAGS.values())
