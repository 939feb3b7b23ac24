"""Where there is no network at all, the pages are whole: nothing is fetched from anywhere else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import CHROMIUM
from tests.conftest import missing

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
# As root a namespace of the network is enough; anybody else needs one of users as well.
ALONE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]


def may_be_alone() -> bool:
    """Whether this system lets us make a network namespace; containers and `chroot` do not let everybody."""
    return (
        shutil.which("unshare") is not None
        and not subprocess.run([*ALONE, "true"], check=False, stderr=subprocess.DEVNULL).returncode
    )


def test_overview_and_wall_are_whole_without_a_route_to_anywhere() -> None:
    if not CHROMIUM.exists():
        missing(f"no Chromium at {CHROMIUM} (apt install chromium fonts-noto-cjk)")
    # Where no namespace can be had, the browser alone is shut in: whatever leaves this machine goes to a closed port.
    alone, shut = (ALONE, []) if may_be_alone() else ([], ["--shut-in"])
    found = subprocess.run(
        [*alone, sys.executable, "-m", "tests.browser.alone", *shut, "", "wall?scene=supervision"],
        cwd=ROOT, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-2000:]
    said = json.loads(found.stdout.splitlines()[-1])
    assert said["reaches_beyond"] is False
    for path, page in said["pages"].items():
        assert page["drawn"], path
        # The stream of a page that is closed ends, and nothing else fails.
        assert [url for url in page["failed"] if "/stream" not in url and "/control" not in url] == [], path
        assert "1,283" in page["today"]
