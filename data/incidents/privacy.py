"""Personal data in free text: numbers and names of persons are masked before they enter the log.

The log forgets nothing, so what must not be kept must not come in. `docs/importing.md` lists what is masked. Only free
text is looked at: ids, codes of grids and codes of categories stay as they are.
"""

import re

MASK = "***"
MASKED_LETTER = "*"

# What may stand between the digits of one number. (A dot is none: it separates the numbers of a version or a price.)
_GAP = r"[ \-－—]?"
# A number of seven digits or more; shorter ones name nobody. Texts without one are never looked at more closely.
_RUN = re.compile(rf"\d(?:{_GAP}\d){{6}}")
_BIRTHDAY = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_CARD = rf"(?<!\d)[1-8]\d{{5}}{_GAP}{_BIRTHDAY}{_GAP}\d{{3}}[\dXx](?![\dA-Za-z])"
_MOBILE = rf"(?<!\d)(?:\+?86{_GAP})?1[3-9]\d(?:{_GAP}\d{{4}}|\d{_GAP}\d{{3}}){_GAP}\d{{4}}(?!\d)"
# Area codes of China: 010, 02x, and four digits from 03xx on; the extension belongs to the number.
_LANDLINE = (
    rf"(?<!\d)[(（]?0(?:10|2\d|[3-9]\d{{2}})[)）]?{_GAP}[2-9]\d{{2,3}}{_GAP}\d{{4}}(?!\d)(?:(?:转|-)\d{{1,6}}(?!\d))?"
)
# Seven or eight digits alone may be anything; behind such a word they are a telephone.
_LABELLED = rf"(?<=电话|手机|座机)(?P<lead>(?:号码|号)?[:：是为 ]{{0,3}})[2-9]\d{{2,3}}{_GAP}\d{{4}}(?!\d)"
_NUMBER = re.compile(f"{_CARD}|{_MOBILE}|{_LANDLINE}|{_LABELLED}", re.ASCII)
# Digits of Chinese input methods, letter for letter, so that places in the text stay.
_NARROW = {ord("０") + digit: ord("0") + digit for digit in range(10)} | {
    ord("Ｘ"): "X",
    ord("ｘ"): "x",
    ord("＋"): "+",
}

_HAN = "\u4e00-\u9fff"
# The commonest surnames; they cover nineteen of twenty people.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程魏苏吕丁任卢姚"
    "沈钟姜崔谭陆汪范石廖贾韦夏付方邹熊白孟秦邱侯江尹薛闫雷龙史陶黎贺顾毛郝龚邵万钱覃武戴严莫孔汤季缪奚"
    "承薄过庄翟耿殷施俞章鲁葛柳浦虞贡芮倪柏卞冷游祝华恽"
)
_TWO_PART = "欧阳|司马|上官|诸葛|皇甫|尉迟|公孙|慕容|令狐|夏侯|端木"
_SURNAME = f"(?:{_TWO_PART}|[{_SURNAMES}]|(?<![关由对至等])于)"
_LABELS = "联系人|来电人|反映人|投诉人|举报人|诉求人|报修人|报案人|申请人|当事人|户主|姓名"
_TITLED = re.compile(f"{_SURNAME}[{_HAN}]{{0,2}}(?=先生|女士|小姐|太太)")
_NAMED = re.compile(
    f"(?:{_LABELS})(?:姓名)?"
    f"(?:[:：]\\s*(?P<stated>[{_HAN}]{{2,4}}(?:·[{_HAN}]{{1,8}})*)(?![{_HAN}·])"
    f"|[:：是为\\s]{{0,3}}(?P<known>{_SURNAME}[{_HAN}]{{1,2}}?)(?=[^{_HAN}]|$|电话|手机|联系|反映|来电|先生|女士))"
)


def masked(text: str) -> str:
    """The text without telephone numbers, identity card numbers and names of persons, as far as they can be told.

    Parameters
    ----------
    text
        Free text; "" gives "".

    Returns
    -------
    str
        Never longer than `text`: a number becomes ``***``, each letter of a name ``*``.
    """
    if _RUN.search(text) is not None:
        text = _without_numbers(text)
    if text.isascii():
        return text
    if "先生" in text or "女士" in text or "小姐" in text or "太太" in text:
        text = _TITLED.sub(_starred, text)
    if "人" in text or "姓名" in text or "户主" in text:
        text = _NAMED.sub(_without_name, text)
    return text


def _without_numbers(text: str) -> str:
    narrow = text if text.isascii() else text.translate(_NARROW)
    pieces, end = [], 0
    for found in _NUMBER.finditer(narrow):
        start = found.start() + len(found["lead"] or "")
        pieces += [text[end:start], MASK]
        end = found.end()
    return "".join([*pieces, text[end:]]) if pieces else text


def _starred(found: re.Match[str]) -> str:
    return MASKED_LETTER * len(found.group())


def _without_name(found: re.Match[str]) -> str:
    name = found["stated"] or found["known"]
    return found.group()[: -len(name)] + MASKED_LETTER * len(name)
