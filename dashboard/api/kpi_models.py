"""The documents of the KPIs, as the OpenAPI document describes them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from dashboard.api.models import KpiRow
from data.stats.measures.grouping import Dimension


class MeansSplit(BaseModel):
    """How what was closed splits by service, management and enforcement, against the target."""

    counts: list[int]
    distance: float | None = Field(description="Share of the cases that would have to be of other means; null = none")
    p: float | None = Field(description="How likely chance alone brings a split as unlikely, were the target true")
    p_adjusted: float | None = Field(description="The same, corrected for looking at all these rows at once")
    more_than_chance: bool


class KpiRowOut(KpiRow):
    """All KPIs, all measures and the split by means of one grid, source, category or unit."""

    means: MeansSplit


class KpiOut(BaseModel):
    """What a KPI is: numerator and denominator are measures, `between` the two times of a duration."""

    key: str
    zh: str
    en: str
    numerator: str
    denominator: str | None
    unit: str
    better: Literal["up", "down"] | None
    formula: str
    source: str
    colours_map: bool
    between: tuple[str, str] | None
    quantile: float


class KpisAnswer(BaseModel):
    """KPIs per grid of a level, or per source, category or unit, of a span, as known at a moment."""

    level: int | None = Field(description="null where the rows are no grids")
    by: Dimension | None
    within: str | None
    moment: datetime
    since: datetime
    until: datetime
    seq: int
    means_target: list[float]
    rows: list[KpiRowOut]
    total: KpiRowOut
    unlocated: dict[str, int] = Field(description="Measures of the incidents in no grid")
    definitions: list[KpiOut]


class RankedBy(BaseModel):
    """What they are ranked by."""

    kind: Literal["kpi", "score"]
    key: str
    zh: str
    en: str
    formula: str
    source: str
    full: float
    better: Literal["up", "down"]


class LeagueRow(BaseModel):
    """One grid, or one unit by its code; rank is null where there are too few cases, or none, and `reason` says so."""

    id: str | None
    name: str
    rank: int | None
    rank_best: int | None = Field(description="The best rank its interval allows")
    rank_worst: int | None
    tied: int = Field(description="Other places with the same rank")
    value: float | None
    low: float | None
    high: float | None
    sample: int
    previous_rank: int | None
    change: int | None = Field(description="Ranks risen since the period before; negative = fallen")
    list: Literal["red", "black"] | None = Field(description="red = 红榜, top; black = 黑榜, bottom")
    reason: Literal["too_few", "no_data"] | None
    parts: dict[str, float | None] = Field(description="The shares a score is made of")
    words: dict[str, str] = Field(description="The row in words: rank, range, change, list")


class LeagueOut(BaseModel):
    """The grids of a level, or the units, in order."""

    of: Literal["grids", "units"]
    level: int | None = Field(description="null where units are compared")
    within: str | None
    moment: datetime
    since: datetime
    until: datetime
    previous: dict[str, datetime]
    seq: int
    by: RankedBy
    minimum_sample: int
    confidence: float
    overall: float | None
    rows: list[LeagueRow]


class CasesOut(BaseModel):
    """The incidents behind a number; `count` is the number."""

    of: str
    count: int
    ids: list[int]
    next_after: int | None = Field(description="Give it as `after` for the next page; null = that was the last")


class DefinitionsOut(BaseModel):
    """What every number means, and how this city sets what places define differently."""

    kpis: list[KpiOut]
    measures: list[dict[str, Any]]
    scores: list[dict[str, Any]]
    means_target: list[float]
    rules: dict[str, Any]
    league: dict[str, Any]
