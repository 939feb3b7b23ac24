"""Pictures by keywords: the tests say what they ask for in one line."""

from datetime import datetime
from typing import Any

from data.access.scope import Scope
from data.city.editions import Edition
from data.stats.measures.counting_rules import COUNTING_RULES, CountingRules
from data.stats.mirror.mirror import MirrorView
from data.stats.picture import frames, map_document
from data.stats.picture.key import PictureCity, PictureKey
from tests.unit.stats.cities import ZONE


def frame_of(
    view: MirrorView, *, edition: Edition, categories: Any, moment: datetime, scope: Scope, level: int, kpi: str,
    zone: Any = ZONE, within: str | None = None, rules: CountingRules = COUNTING_RULES, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    city = PictureCity(edition, categories, zone, rules)
    return frames.frame(view, city, PictureKey(within, level, kpi, scope), moment, **more)


def map_of(
    view: MirrorView, *, edition: Edition, moment: datetime, scope: Scope, level: int, kpi: str,
    within: str | None = None, rules: CountingRules = COUNTING_RULES, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    city = PictureCity(edition, {}, ZONE, rules)
    return map_document.map_document(view, city, PictureKey(within, level, kpi, scope), moment, **more)
