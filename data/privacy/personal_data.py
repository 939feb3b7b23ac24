"""Personal data in free text: numbers and names of persons are masked before they enter the log.

The log forgets nothing, so what must not be kept must not come in. `docs/importing.md` lists what is masked. Free text
loses such numbers and names; ids and names by which something is known again get a pseudonym in their place.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from functools import cached_property

from data.privacy.private_numbers import mail_in_text, numbers_in_id, numbers_in_text

MASK = "***"
MASKED_LETTER = "*"

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
    text = replaced(text, mail_in_text(text), lambda _: MASK)
    text = replaced(text, numbers_in_text(text), lambda _: MASK)
    if text.isascii():
        return text
    if "先生" in text or "女士" in text or "小姐" in text or "太太" in text:
        text = _TITLED.sub(_starred, text)
    if "人" in text or "姓名" in text or "户主" in text:
        text = _NAMED.sub(_without_name, text)
    return text


def replaced(text: str, spans: Sequence[tuple[int, int]], instead: Callable[[str], str]) -> str:
    """The text with something else where the spans are, which are in order and do not overlap."""
    pieces, end = [], 0
    for start, stop in spans:
        pieces += [text[end:start], instead(text[start:stop])]
        end = stop
    return "".join([*pieces, text[end:]]) if pieces else text


def _starred(found: re.Match[str]) -> str:
    return MASKED_LETTER * len(found.group())


def _without_name(found: re.Match[str]) -> str:
    name = found["stated"] or found["known"]
    return found.group()[: -len(name)] + MASKED_LETTER * len(name)


class Pseudonyms:
    """Ids and names of sources without the numbers of persons in them, and still as different as before.

    Each number becomes ``***`` and ten letters. They follow from the number and a secret of the store, so the same id
    sent again is the same one, and different ids stay different; without the secret nobody can try all numbers until
    one fits.

    Parameters
    ----------
    secret
        Gives the secret; asked once, and only when there is a number to hide.
    """

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._ask = secret

    def of(self, text: str) -> str:
        """The text with pseudonyms; as it is where it has no number of a person."""
        return replaced(text, numbers_in_id(text), self._pseudonym)

    def _pseudonym(self, number: str) -> str:
        digest = hmac.digest(self._secret, number.encode(), hashlib.sha256)
        return MASK + base64.b32encode(digest)[:10].decode().lower()

    @cached_property
    def _secret(self) -> bytes:
        return self._ask()
