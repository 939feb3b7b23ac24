"""The command center as its users start it: a process of its own, killed and started again as a test likes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
# A test run that is killed must not leave a command center behind, which would keep its database running.
_DYING_WITH_US = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


class RunningCenter:
    """`python app.py run` on a port of its own, with the environment a test gives."""

    def __init__(self, home: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GRID_")}
        self.environment = {**kept, "GRID_HOME": str(home), "PORT": str(self.port), **environment}
        self.said = home / "said.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int:
        """Of the process that runs, or ran last."""
        assert self._process is not None, "it was never started"
        return self._process.pid

    def start(self, *options: str, patience_s: float = 150) -> float:
        """Start it and wait until it is ready; the seconds that took."""
        began = time.monotonic()
        with self.said.open("ab") as said:
            self._process = subprocess.Popen(
                [*_DYING_WITH_US, sys.executable, "app.py", "run", *options],
                cwd=ROOT, env=self.environment, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip
        while not self._ready():
            assert self._process.poll() is None, f"ended by itself:\n{self.said.read_text()[-3000:]}"
            assert time.monotonic() - began < patience_s, f"not ready:\n{self.said.read_text()[-3000:]}"
            time.sleep(0.1)
        return time.monotonic() - began

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def interrupt(self) -> int:
        """As Ctrl-C would; its exit status."""
        return self._end(signal.SIGINT)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the command line, as the same installation."""
        return subprocess.run(
            [sys.executable, "app.py", *words], cwd=ROOT, env=self.environment, capture_output=True, text=True,
            check=False, timeout=150,
        )  # fmt: skip

    def wait_for_database_end(self, patience_s: float = 30) -> None:
        """The embedded server ends with the last process that used it, also with one that was killed."""
        deadline = time.monotonic() + patience_s
        while (self.said.parent / "postgres" / "postmaster.pid").exists():
            assert time.monotonic() < deadline, "the embedded server outlived the command center"
            time.sleep(0.1)

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(how)
        return self._process.wait(30)
