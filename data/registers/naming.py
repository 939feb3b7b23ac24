"""People and grids as they are typed: by id or code, or by a name that only one has; full-width digits are digits."""

import unicodedata
from typing import TYPE_CHECKING, Final

from data.errors import PersonUnknown
from data.registers.directory import Directory
from data.registers.roster import Person
from geo.errors import GridUnknown

if TYPE_CHECKING:
    from geo.grids import Grid, GridSystem

_MOST_NAMED: Final = 10


def plain(text: str) -> str:
    """A text as it is compared: full-width letters and digits as plain ones, capitals as small letters."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def person_named(directory: Directory, text: str) -> Person:
    """The person with this id, or the only one with this name.

    Raises
    ------
    PersonUnknown
        Nobody goes by that, or several do; `candidates` holds the ids of the latter, the first ten of them.
    """
    exact = directory.persons.get(text)
    if exact is not None:
        return exact
    sought = plain(text)
    found = [person for person in directory.persons.values() if plain(person.id) == sought]
    found = found or [person for person in directory.persons.values() if plain(person.name) == sought]
    if len(found) == 1:
        return found[0]
    candidates = [person.id for person in found[:_MOST_NAMED]]
    if candidates:
        message = f"{len(found)} people are called {text!r}: choose one by id, {', '.join(candidates)}"
    else:
        message = f"there is no person {text!r} in the roster in force: give an id or a whole name"
    raise PersonUnknown(message, person=text, candidates=candidates, total=len(found))


def grid_named(system: "GridSystem", text: str) -> "Grid":
    """The grid with this id or code, or the only one with this name.

    Raises
    ------
    GridUnknown
        No grid goes by that, or several do; `candidates` holds the ids of the latter, the first ten of them.
    """
    normal = unicodedata.normalize("NFKC", text).strip()
    try:
        return system.find(normal)
    except GridUnknown as error:
        found = _ids_named(system, plain(text))
        if len(found) == 1:
            return system.find(found[0])
        if not found:
            raise
        listed = found[:_MOST_NAMED]
        raise GridUnknown(
            f"{len(found)} grids are called {text!r}: give an id, one of {', '.join(listed)}",
            grid=text, candidates=listed, total=len(found),
        ) from error  # fmt: skip


def _ids_named(system: "GridSystem", sought: str) -> list[str]:
    return [
        f"{level}:{code}"
        for level, layer in enumerate(system.levels, start=1)
        for code, name in zip(layer["code"], layer["name"], strict=True)
        if plain(name) == sought
    ]
