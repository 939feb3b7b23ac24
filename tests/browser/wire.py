"""A line between a browser and a server that can be cut so that neither end hears of it."""

import socket
import threading
from contextlib import suppress

_CHUNK_BYTES = 65_536


class Wire:
    """A port of its own whose connections end at another port of this machine.

    After `cut` nothing goes through, and what is open stays open: a pulled cable says no goodbye. After `mend` new
    connections go through; the old ones are dead for good, as they are after a long cut.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._living: set[socket.socket] = set()
        self._whole = True
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def cut(self) -> None:
        with self._lock:
            self._whole = False
            self._living.clear()

    def mend(self) -> None:
        with self._lock:
            self._whole = True

    def close(self) -> None:
        """End it and all its connections."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        with self._lock:
            ends, self._open = self._open, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._door.accept()
            except OSError:
                return
            with self._lock:
                self._open.append(caller)
                if not self._whole:
                    continue
            try:
                answerer = socket.create_connection(("127.0.0.1", self._to))
            except OSError:  # nobody there: the caller is told so
                caller.close()
                continue
            with self._lock:
                self._open.append(answerer)
                self._living |= {caller, answerer}
            for source, sink in ((caller, answerer), (answerer, caller)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while said := source.recv(_CHUNK_BYTES):
                if source in self._living:
                    sink.sendall(said)
            if source in self._living:
                sink.shutdown(socket.SHUT_WR)
