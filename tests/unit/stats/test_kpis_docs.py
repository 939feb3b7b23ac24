"""The guide says what is declared, word for word."""

from pathlib import Path

from dashboard.words.kpis import kpi_markdown, measure_markdown
from data.stats.measures.kpis import KPIS
from data.stats.measures.measures import MEASURES

GUIDE = (Path(__file__).parents[3] / "docs" / "kpis.md").read_text(encoding="utf-8")


def test_the_guide_has_every_kpi_as_it_is_declared():
    """If this fails: write the tables anew with ``python app.py kpis definitions``."""
    assert kpi_markdown(KPIS) in GUIDE


def test_the_guide_has_every_measure_as_it_is_declared():
    assert measure_markdown(MEASURES) in GUIDE
