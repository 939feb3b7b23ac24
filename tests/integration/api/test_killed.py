"""App and database killed under load: what was acknowledged is there, once, and in the mirror. See `make soak`."""

import random
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.soak.killing import Center, findings, postgis_programs, run


@pytest.mark.parametrize("kind", ["embedded", pytest.param("postgis", marks=pytest.mark.postgis)])
def test_killed_at_random_moments_it_keeps_what_it_acknowledged(kind: str, open_folder: Path) -> None:
    programs = postgis_programs() if kind == "postgis" else None
    if kind == "postgis" and programs is None:
        missing("no PostgreSQL with PostGIS under /usr/lib/postgresql (apt install postgresql postgis)")
    seed = random.randrange(10**6)
    center = Center(open_folder, programs)
    try:
        ledger, mirrored = run(center, kills=2, seed=seed)
        assert [*findings(center, ledger), *mirrored] == [], f"seed {seed}"
        assert ledger.acknowledged
        assert 0 in ledger.reports.values()
    finally:
        center.close()
