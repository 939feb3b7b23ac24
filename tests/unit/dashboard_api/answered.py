"""The other end of an endless answer: an ASGI server that does as it is told."""

import asyncio
from typing import Any


class Client:
    """The other end of an answer."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.grown = asyncio.Event()
        self.gone = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.append(message)
        self.grown.set()

    async def until(self, piece: bytes) -> None:
        while not any(piece in message.get("body", b"") for message in self.sent):
            self.grown.clear()
            await asyncio.wait_for(self.grown.wait(), 10)
