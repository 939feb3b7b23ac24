"""Ids of actors: made and read in one place, different for different actors, and derived from who holds rights."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.access.actor import Actor, ActorKind
from data.access.scope import Holder, HolderKind, Scope

KEYED = [kind for kind in ActorKind if kind is not ActorKind.NOBODY]
keys = st.text(min_size=1, max_size=8)


def test_the_form_of_each_id() -> None:
    made = [
        Actor.person("P1", "王芳"), Actor.of(ActorKind.SCREEN, "3", "大厅"), Actor.system("roster"),
        Actor.system("center", "指挥中心"), Actor.source("12345"), Actor.operator("root"), Actor.nobody("网格员 王芳"),
    ]  # fmt: skip
    assert [(one.id, one.name) for one in made] == [
        ("person:P1", "王芳 P1"), ("screen:3", "大厅"), ("system:roster", "roster"), ("system:center", "指挥中心"),
        ("source:12345", "feed:12345"), ("operator:root", "root"), ("nobody", "网格员 王芳"),
    ]  # fmt: skip


@given(st.tuples(st.sampled_from(KEYED), keys), st.tuples(st.sampled_from(KEYED), keys))
def test_different_actors_have_different_ids_and_each_tells_its_kind(
    one: tuple[ActorKind, str], other: tuple[ActorKind, str]
) -> None:
    made = [Actor.of(kind, key, "王芳") for kind, key in (one, other)]
    assert (made[0].id == made[1].id) == (one == other)
    assert [actor.kind for actor in made] == [one[0], other[0]]


@pytest.mark.parametrize("text", ["", "王芳 P1", "person:", "person", "nobody:P1", "alien:7", ":P1"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not the id of an actor|is not a valid"):
        _ = Actor(text, "王芳").kind


def test_two_people_of_one_name_are_two_actors() -> None:
    one, other = Actor.person("B C", "A"), Actor.person("C", "A B")
    assert one.name == other.name
    assert one.id != other.id


@pytest.mark.parametrize("kind", [kind for kind in HolderKind if kind is not HolderKind.NOBODY])
def test_an_actor_is_the_holder_of_the_scope_whatever_is_said(kind: HolderKind) -> None:
    actor = Scope.city(8, "screen", Holder(kind, "7", "大厅")).actor("somebody else")
    assert (actor.id, actor.kind) == (f"{kind}:7", kind)
    assert "大厅" in actor.name


def test_who_has_no_identity_is_nobody_with_the_name_that_was_said() -> None:
    assert Scope.city(8).actor("王芳 P1") == Actor("nobody", "王芳 P1")
    assert Scope.city(8).actor().name == ""


def test_a_transaction_runs_in_the_name_of_the_actor() -> None:
    for holder in (Holder(), Holder.person("P1", "王芳"), Holder(HolderKind.SCREEN, "3", "大厅")):
        assert Scope.city(8, "screen", holder).opener == holder.actor().id
