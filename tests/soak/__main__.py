"""Kill the command center over and over: `python -m tests.soak`, or `make soak`."""

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.soak.killing import Center, findings, postgis_programs, run

KILLS = int(os.environ.get("SOAK_KILLS", "50"))
SEED = int(os.environ.get("SOAK_SEED", random.randrange(10**6)))


def say(text: str) -> None:
    """Say how far it is."""
    print(text, flush=True)  # noqa: T201  # it is a command


def soak(name: str, programs: Path | None) -> list[str]:
    """Kill as often as asked for, on one kind of database; all that does not hold in the end."""
    say(f"{name}: {KILLS} kills, SOAK_SEED={SEED}")
    # Not in /tmp, which may be in memory: a commit shall reach a disk.
    home = Path(tempfile.mkdtemp(prefix="grid-soak-", dir="/var/tmp"))
    home.chmod(0o755)
    center = Center(home, programs)
    try:
        ledger, mirrored = run(center, KILLS, SEED, lambda text: say(f"  {text}"))
        wrong = [*findings(center, ledger), *mirrored]
    finally:
        center.close()
    say(f"{name}: {ledger}; {len(wrong)} findings")
    if not wrong:
        shutil.rmtree(home)
    return wrong + [f"the files are in {home}"] * bool(wrong)


def main() -> int:
    """Run on the embedded server, and on one with PostGIS where there is one; status 1 if anything does not hold."""
    wrong = soak("embedded PostgreSQL", None)
    programs = postgis_programs()
    if programs is None:
        say("no PostgreSQL with PostGIS here: that half is left out")
    else:
        wrong += soak("PostgreSQL with PostGIS", programs)
    say("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
