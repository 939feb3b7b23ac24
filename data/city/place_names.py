"""Names of grids in addresses: the forms in which a name is written, and where a text has one."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

# Endings of one kind are written one for another; of two lines in a row, one is at times taken for the other, because a
# village has become a community, or a town a subdistrict. The longest first, so that a name loses the whole of it.
_TOWN = (("街道办事处", "街道"), ("镇人民政府", "镇"), ("乡人民政府", "乡"))
_VILLAGE = (
    ("村村民委员会", "村民委员会", "村村委会", "村委会", "行政村", "村"),
    ("社区居民委员会", "居民委员会", "社区居委会", "居委会", "社区"),
)
_DISTRICT = (("区",), ("县",), ("市",))
_KINDS = (*((kind, _TOWN) for kind in _TOWN), *((kind, _VILLAGE) for kind in _VILLAGE),
          *((kind, (kind,)) for kind in _DISTRICT))  # fmt: skip
_SHORTEST = 2
# Without their ending these say nothing: "第一社区" is a name, "第一" is not.
_EMPTY_STEM = re.compile(r"第?[一二三四五六七八九十百\d]+|新村|新区|中心|集镇|高新|开发")
_BRACKETS = re.compile(r"[()\[\]{}〔〕【】「」]")

# A bare name stands at the head of an address, or behind what it is part of ...
_BEFORE = ("镇", "乡", "街道", "县")
_CITY_BEFORE = re.compile(r"(?:[\u4e00-\u9fff]{2,3}省)?(?:[\u4e00-\u9fff]{2,3}市){1,2}")
# ... and goes on with one of these, or with no letter at all: 花园路 and 花园小区 are not 花园 village.
_BEHIND = ("组", "队", "第", "境内", "辖区", "范围", "附近", "一带", "交界")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text.

    Attributes
    ----------
    start, end
        Where it stands in the normal form of the text.
    grids
        Ids of the grids that go by it.
    certain
        Whether it has the ending that makes it a name of such a grid, not of a road or an estate.
    """

    start: int
    end: int
    grids: tuple[str, ...]
    certain: bool


def normal_form(text: str) -> str:
    """Letters of one width and one case."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def forms_of(name: str) -> dict[str, bool]:
    """The forms in which the name of a grid may be written, and whether each is certain.

    With another ending of its kind it is as certain as the name (文定社区, 文定居委会). With an ending of the sister
    kind (文定村), without ending (文定), or where the name has none, it is bare: see `NameFinder`. Of a name with a
    second one in brackets, 高新区（城东街道）, either counts.
    """
    forms: dict[str, bool] = {}
    for part in _BRACKETS.split(normal_form(name)):
        for form, certain in _forms_of_part(part.strip()).items():
            if len(form) >= _SHORTEST and any(letter.isalpha() for letter in form):
                forms[form] = forms.get(form, False) or certain
    return forms


def _forms_of_part(name: str) -> dict[str, bool]:
    for kind, sisters in _KINDS:
        for ending in kind:
            stem = name.removesuffix(ending)
            if stem == name or not stem:
                continue
            forms = {name: True}
            if len(stem) >= _SHORTEST and not _EMPTY_STEM.fullmatch(stem):
                forms |= {stem: False} | {stem + other: False for sister in sisters for other in sister}
            return forms | {stem + other: True for other in kind}
    return {name: False}


class NameFinder:
    """Finds names in texts, the longest at each place, from left to right.

    Parameters
    ----------
    forms
        Form -> ids of the grids that may be written so, and whether it is certain for each. Where it is for some, only
        those count.
    """

    def __init__(self, forms: Mapping[str, Mapping[str, bool]]) -> None:
        # By the first two letters, which no form lacks.
        self._starting: dict[str, list[tuple[str, tuple[str, ...], bool]]] = {}
        for form in sorted(forms, key=lambda one: (-len(one), one)):
            certain = any(forms[form].values())
            grids = tuple(sorted(grid for grid, sure in forms[form].items() if sure == certain))
            self._starting.setdefault(form[:_SHORTEST], []).append((form, grids, certain))

    def mentions(self, text: str) -> list[Mention]:
        """The names in a text, in order; they do not overlap. A bare name counts only where it stands for itself."""
        text = normal_form(text)
        starting = self._starting
        found: list[Mention] = []
        position, last = 0, len(text) - _SHORTEST
        while position <= last:
            here = None
            if text[position : position + _SHORTEST] in starting:
                here = self._at(text, position, bool(found) and found[-1].end == position)
            if here is None:
                position += 1
            else:
                found.append(here)
                position = here.end
        return found

    def _at(self, text: str, start: int, behind_name: bool) -> Mention | None:
        for form, grids, certain in self._starting[text[start : start + _SHORTEST]]:
            if not text.startswith(form, start):
                continue
            end = start + len(form)
            if certain or ((behind_name or _may_begin(text, start)) and self._may_end(text, end)):
                return Mention(start, end, grids, certain)
        return None

    def _may_end(self, text: str, end: int) -> bool:
        if end == len(text) or not text[end].isalpha() or text.startswith(_BEHIND, end):
            return True
        following = self._starting.get(text[end : end + _SHORTEST], ())
        return any(text.startswith(form, end) for form, _, _ in following)


def _may_begin(text: str, start: int) -> bool:
    if start == 0 or not text[start - 1].isalnum():
        return True
    before = text[:start]
    return before.endswith(_BEFORE) or _CITY_BEFORE.fullmatch(before) is not None
