"""What somebody looks for among the incidents: a number as printed, words, and the names that stand for codes."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.grids import GridSystem

# "#93471", "No. 93471", "第93471号", "事件 93471", also grouped as "93 471" or "93,471".
_NUMBER = re.compile(
    r"(?:第|no\.?|nr\.?|id|编号|事件|工单|案件|单号|incident)?[\s:]*#?\s*"
    r"(\d{1,19}|\d{1,3}(?:[ ,]\d{3}){1,6})\s*(?:号|號|件)?",
    re.IGNORECASE,
)
# Full-width letters, digits and signs lie at a fixed distance from the plain ones.
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_LARGEST_ID = 2**63 - 1
# More words than these in 200 characters are not words.
_MOST_WORDS = 20


@dataclass(frozen=True, slots=True)
class Word:
    """One word that must be found, in any of the texts of an incident.

    Attributes
    ----------
    spellings
        As typed, in plain and in full-width characters; any of them will do, in upper or lower case.
    categories
        Codes of the categories with this word in their name.
    leaves
        Slices ``(lo, hi)`` of the leaves whose grid, or a grid above them, has this word in its name; none overlap.
    areas
        Ids of the upper grids with this word in their name.
    """

    spellings: tuple[str, ...]
    categories: tuple[str, ...] = ()
    leaves: tuple[tuple[int, int], ...] = ()
    areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: the incident of a number, and incidents with all words.

    Attributes
    ----------
    words
        At least one.
    number
        Id of the incident that the whole text names; None where it is no number.
    identities
        The whole text as a source may have written its own id.
    """

    words: tuple[Word, ...]
    number: int | None
    identities: tuple[str, ...]


def search_of(text: str, system: "GridSystem", categories: Mapping[str, tuple[str, ...]]) -> Search | None:
    """Read what somebody typed.

    Parameters
    ----------
    text
        As typed, printed or pasted; full-width characters of a phone count as plain ones.
    system
        The grids whose names count.
    categories
        Names of each category, by code.

    Returns
    -------
    None where nothing but spaces was typed.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if not plain:
        return None
    words = tuple(_word(part, system, categories) for part in _parts(text))
    typed = " ".join(text.split())
    return Search(words, number_of(plain), tuple(dict.fromkeys((typed, plain, plain.upper(), plain.lower()))))


def number_of(text: str) -> int | None:
    """The incident's number that a text names as a whole; None where it names none."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    number = int(re.sub(r"[ ,]", "", found[1]))
    return number if 0 < number <= _LARGEST_ID else None


def _parts(text: str) -> list[str]:
    """Words between spaces; beyond so many, the rest is one."""
    return text.split(maxsplit=_MOST_WORDS - 1)


def _word(typed: str, system: "GridSystem", categories: Mapping[str, tuple[str, ...]]) -> Word:
    plain = unicodedata.normalize("NFKC", typed).strip()
    spellings = tuple(dict.fromkeys((typed, plain, plain.translate(_WIDE))))
    sought = plain.casefold()
    codes = tuple(code for code, names in categories.items() if any(sought in name.casefold() for name in names))
    leaves, areas = _grids_named(sought, system)
    return Word(spellings, codes, leaves, areas)


def _grids_named(sought: str, system: "GridSystem") -> tuple[tuple[tuple[int, int], ...], tuple[str, ...]]:
    """Slices of the leaves under grids with a text in their name, joined; and the ids of the upper ones."""
    slices: list[tuple[int, int]] = []
    areas: list[str] = []
    for level, layer in enumerate(system.levels, start=1):
        named = layer[layer["name"].str.casefold().str.contains(sought, regex=False)]
        slices += zip(named["lo"].tolist(), named["hi"].tolist(), strict=True)
        if level < system.depth:
            areas += [f"{level}:{code}" for code in named["code"]]
    return _joined(slices), tuple(areas)


def _joined(slices: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for lo, hi in sorted(slices):
        if joined and lo <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], hi))
        else:
            joined.append((lo, hi))
    return tuple(joined)
