"""Answers that change seldom: made once, compressed once, and sent only to those who have another one."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property

from fastapi import Request, Response

# Made once and sent often: worth the effort.
_GZIP_LEVEL = 9


@dataclass(frozen=True)
class Cached:
    """A document, compressed, with the mark by which a browser tells whether it has it."""

    compressed: bytes
    media_type: str

    @classmethod
    def of(cls, content: bytes, media_type: str) -> "Cached":
        """Compress a document."""
        # Without a time in its head, equal contents give equal bytes.
        return cls(gzip.compress(content, _GZIP_LEVEL, mtime=0), media_type)

    @cached_property
    def etag(self) -> str:
        """Weak, for the compressed and the plain answer are one and the same to a reader."""
        return f'W/"{hashlib.sha256(self.compressed).hexdigest()[:24]}"'


def cached_answer(request: Request, document: Cached) -> Response:
    """Answer with a document, or with 304 where the client has it already."""
    headers = {
        "ETag": document.etag,
        # Kept by the browser, but asked about each time: another edition may be in force.
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
    }
    if has_it(request.headers.get("if-none-match", ""), document.etag):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = document.compressed
        headers["Content-Encoding"] = "gzip"
    else:
        content = gzip.decompress(document.compressed)
    return Response(content, headers=headers, media_type=document.media_type)


def has_it(asked: str, etag: str) -> bool:
    """Compare weakly, as the standard asks of If-None-Match."""
    marks = {mark.strip().removeprefix("W/") for mark in asked.split(",")}
    return "*" in marks or etag.removeprefix("W/") in marks
