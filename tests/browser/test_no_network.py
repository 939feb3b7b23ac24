"""Where there is no network at all, the pages are whole: nothing is fetched from anywhere else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
# As root a namespace of the network is enough; anybody else needs one of users as well.
ALONE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]


def may_be_alone() -> bool:
    return shutil.which("unshare") is not None and subprocess.run([*ALONE, "true"], check=False).returncode == 0


@pytest.mark.skipif(not may_be_alone(), reason="this system lets nobody make a network namespace (unshare --net)")
def test_overview_and_wall_are_whole_without_a_route_to_anywhere() -> None:
    found = subprocess.run(
        [*ALONE, sys.executable, "-m", "tests.browser.alone", "", "wall?scene=supervision"],
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
