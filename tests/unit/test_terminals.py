"""The command line on terminals of every encoding."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "gbk", "utf-8"])
def test_no_encoding_of_the_terminal_ends_a_command(encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "app.py", "kpis", "definitions"],
        cwd=ROOT, env=environment, capture_output=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode(encoding)
    # Nothing is left out: what the encoding lacks stands there by its number.
    assert ("按期" if encoding in ("gbk", "utf-8") else "\\u6309\\u671f") in said


def test_a_name_that_is_no_utf8_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "app.py", "grids", "check", os.fsencode(tmp_path) + b"/\xbd\xad.geojson"],
        cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": "utf-8"}, capture_output=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
