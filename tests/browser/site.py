"""The fake server as something that can be killed and started again."""

import socket
import threading
import time

import uvicorn

from tests.browser import fake_api


class FakeServer(uvicorn.Server):
    """Ends with its connections: one whose browser does not read would stay open until some other test."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()


class Site:
    """The fake server on a port of its own; `kill` and `start` again as often as a test likes."""

    def __init__(self, fake: fake_api.Fake, wished_port: int = 0) -> None:
        self.fake = fake
        self.port = _free(wished_port) or _free(0)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        app = fake_api.create_app(self.fake)
        config = uvicorn.Config(app, port=self.port, log_level="error", ws="none", timeout_graceful_shutdown=0)
        self._server = FakeServer(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            assert time.monotonic() < deadline, "the fake server did not start"
            time.sleep(0.02)

    def kill(self) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()


def _free(port: int) -> int:
    """The port, or any for 0; 0 where somebody has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])
