"""Screens without a picture: real clients of the event stream, or pages that poll, and when each was told what.

`python -m benchmarks.live_clients stream|poll PORT COUNT SECONDS` prints one JSON line when all are connected, and one
at the end: for each client the sequence numbers it was told, with the time of this machine's clock.
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
FRAME: Final = "/api/v1/frame?level=3&kpi=open_per_km2"
_SEQ = re.compile(rb'"seq":\s*(\d+)')

Told = list[tuple[int, float]]


async def _opened(port: int, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream, */*\r\n\r\n".encode())
    await writer.drain()
    return reader, writer


async def follow(port: int, told: Told, started: asyncio.Event, until: float) -> None:
    """Follow the stream, as `EventSource` does; note the sequence number of every frame."""
    reader, writer = await _opened(port, STREAM)
    is_frame = False
    try:
        while time.time() < until:
            line = await asyncio.wait_for(reader.readline(), max(0.1, until - time.time()))
            if line.startswith(b"event:"):
                is_frame = line.strip() == b"event: frame"
            elif is_frame and line.startswith(b"data:"):
                found = _SEQ.search(line)
                if found:
                    told.append((int(found[1]), time.time()))
                    started.set()
    except TimeoutError:
        pass
    finally:
        writer.close()


async def poll(port: int, told: Told, started: asyncio.Event, until: float) -> None:
    """Ask for the whole picture every five seconds, beginning at a random moment, as other dashboards do."""
    await asyncio.sleep(random.uniform(0, POLL_EVERY_S))  # noqa: S311  # no secret
    while time.time() < until:
        asked_at = time.time()
        reader, writer = await _opened(port, FRAME)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        body = await reader.readexactly(int(length[1])) if length else b""
        found = _SEQ.search(body)
        if found:
            told.append((int(found[1]), time.time()))
            started.set()
        writer.close()
        await asyncio.sleep(max(0.0, asked_at + POLL_EVERY_S - time.time()))


async def main(way: str, port: int, count: int, seconds: float) -> None:
    """Run them all, and print what each was told."""
    until = time.time() + 600
    logs: list[Told] = [[] for _ in range(count)]
    started = [asyncio.Event() for _ in range(count)]
    act = follow if way == "stream" else poll
    clients = [asyncio.create_task(act(port, told, event, until)) for told, event in zip(logs, started, strict=True)]
    for event in started:
        await event.wait()
    print(json.dumps({"connected": count}), flush=True)
    await asyncio.sleep(seconds)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    print(json.dumps(logs), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
