"""How the city assesses itself, read once per process."""

from functools import lru_cache

from data.settings import Settings
from data.stats.measures.assessment import Assessment


def assessment_of(settings: Settings) -> Assessment:
    """Definitions, league rules and scores the settings name.

    Raises
    ------
    SettingInvalid
        The file cannot be used.
    """
    return _loaded(settings.assessment)


@lru_cache(maxsize=8)
def _loaded(name: str) -> Assessment:
    return Assessment.load(name)
