"""Planning in a second process, so that it goes on while the first one writes what is planned.

The second process is a fresh Python that is handed its work through a pipe. It ends with its work, when the first one
wants no more, and when the first one is no longer there.
"""

import pickle
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

from data.demo.history import Incident, generate_history

ROOT = Path(__file__).resolve().parents[2]
END_TIMEOUT_S = 5.0


class PlanningBroke(RuntimeError):
    """The second process ended before its work did."""


def generate_ahead(**wanted: Any) -> Generator[list[Incident], None, None]:
    """The same as `generate_history`, which has the parameters, one batch ahead in a second process."""
    # A session of its own: Ctrl-C is for the first process, which ends the second.
    process = subprocess.Popen(
        [sys.executable, "-m", "data.demo.ahead"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdin is not None  # noqa: S101  # asked for above
    assert process.stdout is not None  # noqa: S101
    try:
        with process.stdin as out:
            pickle.dump(wanted, out, protocol=pickle.HIGHEST_PROTOCOL)
        while batch := _next(process):
            yield batch
    finally:
        process.stdout.close()
        process.terminate()
        process.wait(END_TIMEOUT_S)


def _next(process: "subprocess.Popen[bytes]") -> list[Incident]:
    """The next batch; empty at the end."""
    assert process.stdout is not None  # noqa: S101  # asked for by `generate_ahead`
    try:
        batch: list[Incident] = pickle.load(process.stdout)  # noqa: S301  # our own process wrote it
    except (EOFError, pickle.UnpicklingError) as error:
        raise PlanningBroke(f"the demo's planning ended with status {process.wait(END_TIMEOUT_S)}") from error
    return batch


def _work() -> None:
    """Read what is wanted, and write batch after batch, an empty one at the end."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    wanted = pickle.load(sys.stdin.buffer)  # noqa: S301  # our own process wrote it
    out = sys.stdout.buffer
    try:
        for batch in generate_history(**wanted):
            pickle.dump(batch, out, protocol=pickle.HIGHEST_PROTOCOL)
            out.flush()
        pickle.dump([], out)
        out.flush()
    except BrokenPipeError:
        # Nobody wants more. Python would complain about the pipe once again when it ends.
        sys.stderr.close()


if __name__ == "__main__":
    _work()
