"""Screens without a picture: real clients of the event stream, or pages that poll, and when each was told what.

`python -m benchmarks.live_clients stream|poll PORT COUNT SECONDS` prints one JSON line when all are connected, and one
so many seconds after a line of input told it to go on: for each client the sequence numbers it was told, with the time
of this machine's clock.
"""

import asyncio
import json
import random
import re
import sys
import time
from typing import Final

POLL_EVERY_S: Final = 5.0
STREAM: Final = "/api/v1/stream?level=3&kpi=open_per_km2"
_SEQ = re.compile(rb'"seq":\s*(\d+)')

Told = list[tuple[int, float]]


async def _opened(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    writer.write(f"GET {STREAM} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n".encode())
    await writer.drain()
    return reader, writer


async def _next_frame(reader: asyncio.StreamReader) -> tuple[int, float]:
    """Read up to the next frame: its sequence number, and when it had come."""
    while True:
        message = await reader.readuntil(b"\n\n")
        found = _SEQ.search(message) if b"event: frame" in message else None
        if found:
            return int(found[1]), time.time()


async def follow(port: int, told: Told, started: asyncio.Event) -> None:
    """Follow the stream, as `EventSource` does; note the sequence number of every frame."""
    reader, writer = await _opened(port)
    try:
        while True:
            told.append(await _next_frame(reader))
            started.set()
    finally:
        writer.close()


async def poll(port: int, told: Told, started: asyncio.Event) -> None:
    """Fetch the same picture every five seconds, beginning at a random moment, as other dashboards do."""
    await asyncio.sleep(random.uniform(0, POLL_EVERY_S))  # noqa: S311  # no secret
    while True:
        asked_at = time.time()
        reader, writer = await _opened(port)
        try:
            told.append(await _next_frame(reader))
            started.set()
        finally:
            writer.close()
        await asyncio.sleep(max(0.0, asked_at + POLL_EVERY_S - time.time()))


async def main(way: str, port: int, count: int, seconds: float) -> None:
    """Run them all, and print what each was told."""
    logs: list[Told] = [[] for _ in range(count)]
    started = [asyncio.Event() for _ in range(count)]
    act = follow if way == "stream" else poll
    clients = [asyncio.create_task(act(port, told, event)) for told, event in zip(logs, started, strict=True)]
    await asyncio.wait_for(asyncio.gather(*(event.wait() for event in started)), 60)
    print(json.dumps({"connected": count}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await asyncio.sleep(seconds)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    print(json.dumps(logs), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
