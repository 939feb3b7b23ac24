"""Actors: the author of an event, an acknowledgement or an import, as an id with a display name beside it.

An id is ``KIND:KEY``, or ``nobody`` for a caller without an identity. Ids are made and parsed in this module only.
Rights are decided by ids; names are for readers.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self


class ActorKind(StrEnum):
    """The kind of an actor, which tells how to read the key in its id.

    ``person``: id in the roster. ``screen``: number of its key. ``machine``: id of the machine. ``system``: name of a
    part of this program. ``source``: name of a source of incidents. ``operator``: account of the operating system that
    ran a command. ``nobody``: a caller without an identity; it has no key.
    """

    PERSON = "person"
    SCREEN = "screen"
    MACHINE = "machine"
    SYSTEM = "system"
    SOURCE = "source"
    OPERATOR = "operator"
    NOBODY = "nobody"


NOBODY_ID: Final = str(ActorKind.NOBODY)


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of an event, an acknowledgement or an import.

    Attributes
    ----------
    id
        Identifies the actor: ``KIND:KEY``, or ``nobody``.
    name
        Display name. A caller without an identity may give any.
    """

    id: str
    name: str

    @classmethod
    def of(cls, kind: ActorKind, key: str, name: str) -> Self:
        """An actor of any kind; `key` is ignored for nobody."""
        return cls(NOBODY_ID if kind is ActorKind.NOBODY else f"{kind}:{key}", name)

    @classmethod
    def person(cls, person_id: str, name: str) -> Self:
        """A person of the roster; the display name includes the id, because names are not unique."""
        return cls.of(ActorKind.PERSON, person_id, f"{name} {person_id}")

    @classmethod
    def system(cls, part: str, name: str | None = None) -> Self:
        """A part of this program; its display name is `part` unless given."""
        return cls.of(ActorKind.SYSTEM, part, part if name is None else name)

    @classmethod
    def source(cls, source: str) -> Self:
        """A source of incidents, for steps that its records report."""
        return cls.of(ActorKind.SOURCE, source, f"feed:{source}")

    @classmethod
    def operator(cls, account: str) -> Self:
        """An account of the operating system, for commands."""
        return cls.of(ActorKind.OPERATOR, account, account)

    @classmethod
    def nobody(cls, name: str) -> Self:
        """A caller without an identity; the name is the one the caller gave."""
        return cls.of(ActorKind.NOBODY, "", name)

    @property
    def key(self) -> str:
        """The part of the id behind the kind, such as a person's id in the roster; "" for nobody."""
        return self.id.partition(":")[2]

    @property
    def kind(self) -> ActorKind:
        """The kind of the actor.

        Raises
        ------
        ValueError
            The id has another form than those made here.
        """
        kind, _, key = self.id.partition(":")
        if (kind == NOBODY_ID) == bool(key):
            raise ValueError(f"{self.id[:100]!r} is not the id of an actor: it must be KIND:KEY or {NOBODY_ID!r}")
        return ActorKind(kind)
