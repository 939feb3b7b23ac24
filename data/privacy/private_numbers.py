"""Numbers and addresses that name a person: what they look like in free text, in the usual disguises, and in ids.

`docs/importing.md` lists what is found. Everything here is bounded: a text costs time in proportion to its length.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain

# What may stand between two digits of one number: blanks of every width, dashes, points, slashes, brackets.
_GAPS = (
    " \\-_./|()（）·•・。．／＿｜﹣－‐‑‒–—―−~～*"
    "\u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff\u00ad"
)  # fmt: skip
_GAP = f"[{_GAPS}]{{0,3}}"
_A_GAP = f"[{_GAPS}]{{1,3}}"
# Every letter that is a digit in some script or circle, as that digit; one for one, so that places stay.
_LETTERS = map(chr, chain(range(0x80, 0x10000), range(0x1D7CE, 0x1D800), range(0x1F100, 0x1F10B)))
_NARROW = {
    **{ord(letter): str(digit) for letter in _LETTERS if (digit := unicodedata.digit(letter, None)) is not None},
    ord("Ｘ"): "X", ord("ｘ"): "x", ord("＋"): "+",
}  # fmt: skip
_CHINESE = {
    **{ord(letter): str(digit) for digit, letter in enumerate("零一二三四五六七八九")},
    **{ord(letter): str(digit) for digit, letter in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    **{ord(letter): "0" for letter in "○◯Oo"}, **{ord(letter): "1" for letter in "幺弌lI"},
    ord("貳"): "2", ord("參"): "3", ord("陸"): "6",
}  # fmt: skip
# Seven digits or more; shorter numbers name nobody. Texts without them are never looked at more closely.
_NARROWED = "0-9" + "".join(chr(code) for code in _NARROW if code < 0x10000)
_DIGITS = _NARROWED + "".join(map(chr, _CHINESE))
_RUN = re.compile(rf"[{_DIGITS}](?:{_GAP}[{_DIGITS}]){{6}}")
_RUN_IN_ID = re.compile(rf"[{_NARROWED}](?:{_GAP}[{_NARROWED}]){{6}}")
# Apart, for a class of letters with such high codes in it is searched for many times as slowly.
_HIGH = re.compile("[\U0001d7ce-\U0001d7ff\U0001f100-\U0001f10a]")

# Not within a longer number, nor the decimals of one.
_BEFORE = r"(?<![0-9])(?<![0-9][.．])"
_PROVINCES = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|7[1]|8[1-3]"
_PROVINCE = f"(?:{_PROVINCES})"
_LANDLINE_AREA = r"(?:10|2\d|[3-9]\d{2})"
_AREA = rf"[(（]?0{_LANDLINE_AREA}[)）]?"


def _parted(*groups: int) -> str:
    """Digits behind the 1 of a mobile number in these groups; a gap may be left out."""
    first, *others = groups
    return rf"[3-9]\d{{{first - 2}}}" + "".join(rf"{_GAP}\d{{{count}}}" for count in others)


def _spaced(count: int) -> str:
    """So many digits, each behind a gap."""
    return rf"(?:{_A_GAP}\d){{{count}}}(?!{_GAP}\d)"


_MOBILE_BODY = "|".join(
    (_parted(3, 4, 4), _parted(4, 3, 4), _parted(4, 4, 3), _parted(3, 3, 5), _parted(3, 5, 3), _parted(3, 2, 2, 2, 2),
     rf"(?<![0-9][{_GAPS}]1){_A_GAP}[3-9]{_spaced(9)}")
)  # fmt: skip
# One point alone makes decimals of it, such as a longitude.
_MOBILE = rf"{_BEFORE}(?!\d+[.．]\d{{7}})(?:(?:\+|00)?86{_GAP})?1(?:{_MOBILE_BODY})(?!\d)"
_CARD = (
    rf"(?<!\d)(?:{_PROVINCES.replace('[', _GAP + '[')})(?:{_GAP}\d){{4}}"
    rf"{_GAP}(?:1{_GAP}[89]|2{_GAP}0){_GAP}\d{_GAP}\d"
    rf"{_GAP}(?:0{_GAP}[1-9]|1{_GAP}[0-2]){_GAP}(?:0{_GAP}[1-9]|[12]{_GAP}\d|3{_GAP}[01])"
    rf"(?:{_GAP}\d){{3}}{_GAP}[\dXx](?![\dA-Za-z])"
)
# The extension belongs to the number.
_EXTENSION = r"(?:(?:转|-)\d{1,6}(?!\d))?"
_LANDLINE = (
    rf"(?<!\d)(?:(?:(?:\+|00)86{_GAP})?{_AREA}|(?:\+|00)86{_GAP}{_LANDLINE_AREA})"
    rf"{_GAP}[2-9]\d{{2,3}}{_GAP}\d{{4}}(?!\d){_EXTENSION}"
)
# Digits alone may be anything; behind such a word they are what it says.
_SAID = "(?:号码|号)?[:：是为 ]{0,3}"
_LABELLED = (
    rf"(?<=电话|手机|座机|致电)(?P<telephone>{_SAID})[2-9]\d{{2,3}}{_GAP}\d{{4}}(?!\d)",
    rf"(?:(?<=身份证)|(?<=证件))(?P<old_card>{_SAID}){_PROVINCE}\d{{13}}(?!\d)",
    rf"(?<=护照)(?P<passport>{_SAID})[A-Za-z]{{1,2}}\d{{7,8}}(?![\dA-Za-z])",
    rf"(?:(?<=银行卡)|(?<=卡号|账号|帐号))(?P<account>{_SAID})\d(?:{_GAP}\d){{11,18}}(?!\d)",
)
_NUMBER = re.compile("|".join((_CARD, _MOBILE, _LANDLINE, *_LABELLED)), re.ASCII)

# Ids are full of digits that say a date and a place, so less is taken for a number of a person there: a mobile number,
# a landline with a mark behind its area code, an identity card whose checksum is right and whose owner is no child.
_ALONE = r"(?<![0-9])(?<![0-9][-_.])", r"(?![0-9])(?![-_.][0-9])"
_DATE = r"20\d{2}[-_./]?(?:0[1-9]|1[0-2])"
_IN_ID = re.compile(
    rf"(?P<card>(?<!\d){_PROVINCE}\d{{4}}(?:1[89]\d{{2}}|200\d|201[0-5])\d{{7}}[\dXx](?![\dA-Za-z]))"
    rf"|(?<!\d)(?:(?:\+|00)?86{_GAP})?1[3-9]\d{{9}}(?!\d)"
    rf"|{_ALONE[0]}1[3-9]\d(?:{_A_GAP}\d{{4}}|\d{_A_GAP}\d{{3}}){_A_GAP}\d{{4}}{_ALONE[1]}"
    rf"|{_ALONE[0]}(?:0{_LANDLINE_AREA}|[(（]0{_LANDLINE_AREA}[)）]){_A_GAP}(?!{_DATE})"
    rf"[2-9]\d{{2,3}}{_GAP}\d{{4}}{_ALONE[1]}",
    re.ASCII,
)  # fmt: skip
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
# Checksums and ids made by chance: their digits name nobody.
_BY_CHANCE = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{32,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?![0-9A-Za-z])"
)


# Bounded on both sides of the sign, or each letter would begin a search as long as the text.
_MAIL = re.compile(r"[\w.+-]{1,64}[@＠][\w-]{1,63}(?:[.．][\w-]{1,63}){1,4}", re.ASCII)


def mail_in_text(text: str) -> list[tuple[int, int]]:
    """Where addresses of e-mail stand in free text, in order. Empty for none."""
    if "@" not in text and "＠" not in text:
        return []
    return [found.span() for found in _MAIL.finditer(text)]


def numbers_in_text(text: str) -> list[tuple[int, int]]:
    """Where numbers of persons stand in free text, in order; they do not overlap. Empty for none."""
    if _RUN.search(text) is None and _HIGH.search(text) is None:
        return []
    plain = text if text.isascii() else text.translate(_NARROW)
    found = list(_found(plain))
    # Written in Chinese, or with letters that look like digits: looked for apart, because such letters also stand
    # beside numbers without belonging to them.
    disguised = plain.translate(_CHINESE)
    if disguised != plain:
        found = _united([*found, *_found(disguised)])
    return found


def numbers_in_id(text: str) -> list[tuple[int, int]]:
    """Where numbers of persons stand in an id or a name of somebody, in order; they do not overlap. Empty for none."""
    if _RUN_IN_ID.search(text) is None and _HIGH.search(text) is None:
        return []
    plain = text if text.isascii() else text.translate(_NARROW)
    by_chance = [one.span() for one in _BY_CHANCE.finditer(plain)]
    return [
        found.span()
        for found in _IN_ID.finditer(plain)
        if (found["card"] is None or _is_card(found["card"]))
        and not any(start <= found.start() < end for start, end in by_chance)
    ]


def _found(plain: str) -> Iterator[tuple[int, int]]:
    for found in _NUMBER.finditer(plain):
        lead = next((text for text in found.groupdict().values() if text is not None), "")
        yield found.start() + len(lead), found.end()


def _united(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if united and start < united[-1][1]:
            united[-1] = united[-1][0], max(end, united[-1][1])
        else:
            united.append((start, end))
    return united


def _is_card(text: str) -> bool:
    """Whether 18 digits have the date of a birth and the checksum of GB 11643."""
    month, day = int(text[10:12]), int(text[12:14])
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text[:17], strict=True))
    return 1 <= month <= 12 and 1 <= day <= 31 and _CHECK_DIGITS[total % 11] == text[17].upper()
