"""What cannot be an id, although it is a text: what programs leave where an id was lost.

An id that was rounded, or a word for nothing, is the same for many incidents: all but the first would pass for
known already, and vanish.
"""

import re
from typing import Final

# Excel, LibreOffice, pandas, Java and JavaScript write long numbers in these ways, with a decimal comma in some places.
_ROUNDED: Final = re.compile(r"[+-]?(?:\d[.,]\d+[eE][+-]?\d+|\d[eE]\+\d+)", re.ASCII)
_FROM_FLOATS: Final = re.compile(r"[+-]?\d+\.0*", re.ASCII)
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+", re.ASCII)
_SHEET_ERROR: Final = re.compile(r"#[A-Z][A-Z0-9_/]*[!?]?|err:\d+", re.ASCII | re.IGNORECASE)
_SHEET_ERRORS: Final = frozenset(
    f"#{word}"
    for word in (
        "ref!", "n/a", "na", "name?", "value!", "div/0!", "null!", "num!", "spill!", "calc!", "field!", "blocked!",
        "unknown!", "connect!", "busy!", "getting_data", "error!", "python!", "external!",
    )
)  # fmt: skip
_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE_OF_SHEET: Final = re.compile(
    rf"\d{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-\d{{2,4}}|\d{{1,2}}月\d{{1,2}}日", re.ASCII | re.IGNORECASE
)
_NOTHING: Final = frozenset(
    {
        "nan", "na", "n/a", "nat", "none", "null", "(null)", "[null]", "<na>", "<null>", "nil", "undefined", "unknown",
        "\\n", "[object object]", "无", "空", "不详", "未知", "暂无", "没有",
    }
)  # fmt: skip
_LONGEST: Final = 60
# Digits that a spreadsheet keeps of a number.
_SHEET_DIGITS: Final = 15


def no_id(text: str) -> str:
    """Why this text cannot be an id; "" where it can.

    Parameters
    ----------
    text
        Trimmed, not empty.
    """
    if len(text) > _LONGEST:
        return ""
    lowered = text.lower()
    if lowered in _NOTHING or not any(map(str.isalnum, text)):
        return "says that there is none: every report needs an id of its source"
    if lowered in ("true", "false"):
        return "is a yes or no, not an id"
    if _SHEET_ERROR.fullmatch(text) and (lowered in _SHEET_ERRORS or text[0] != "#"):
        return "is an error of a spreadsheet: mend its formula and export anew"
    if text[0] == "=":
        return "is a formula of a spreadsheet: export its values"
    if _ROUNDED.fullmatch(text) or _GROUPED.fullmatch(text):
        return "looks like a number a spreadsheet has rounded: export the ids as text"
    if _FROM_FLOATS.fullmatch(text):
        return "looks like a whole number that became one with decimals: export the ids as text"
    if _DATE_OF_SHEET.fullmatch(text):
        return "looks like a date that a spreadsheet made of an id: export the ids as text"
    return ""


def cut_to_sheet_digits(text: str) -> bool | None:
    """Whether a long number has zeros only behind the digits a spreadsheet keeps; None for all other texts."""
    if len(text) <= _SHEET_DIGITS or not (text.isascii() and text.isdecimal()):
        return None
    return not text[_SHEET_DIGITS:].strip("0")
