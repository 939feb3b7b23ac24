"""Times as a question or a document writes them: ISO 8601, and nothing that only looks like a time.

Left to itself the reader takes a number for seconds since 1970: ``since=20261101`` would be a day in August of that
year.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from data.utc import finer_than_kept

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PLUS_LOST = re.compile(r"(T.*) (\d{2}:?\d{2})$", re.ASCII)
# No time is longer; the pattern above looks on from every T.
_LONGEST = 64


def _written(value: Any) -> Any:
    """Give a text that begins with a date, and its offset the plus sign that an address took from it."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or len(value) > _LONGEST or not _ISO_DATE.match(value):
        reason = "is no time as ISO 8601 writes it, such as 2026-11-22T15:36:19+08:00 or 2026-11-22"
        raise PydanticCustomError("time_written", reason)
    finer = finer_than_kept(value)
    if finer:
        raise PydanticCustomError("time_written", "{reason}", {"reason": finer})
    return _PLUS_LOST.sub(r"\1+\2", value)


# In an address a plus sign means a space, and few clients take care to escape the one of an offset.
Moment = Annotated[datetime, BeforeValidator(_written)]
Day = Annotated[date, BeforeValidator(_written)]
