"""The words of the trade that all rooms share: means, stages, and how a place came to be known."""

from typing import Literal

Means = Literal["service", "management", "enforcement"]
Stage = Literal["reported", "verified", "filed", "dispatched", "claimed", "handled", "checked", "closed", "voided"]
CoordinateSystem = Literal["wgs84", "gcj02", "bd09", "cgcs2000"]
PlacedBy = Literal["coordinates", "grid_code", "hand"]
Satisfaction = Literal["satisfied", "neutral", "dissatisfied"]

MEANS: tuple[Means, ...] = ("service", "management", "enforcement")
STAGES: tuple[Stage, ...] = (
    "reported", "verified", "filed", "dispatched", "claimed", "handled", "checked", "closed", "voided",
)  # fmt: skip
# A closed incident can only be opened again or corrected; a voided one takes no further step.
OPEN_STAGES: tuple[Stage, ...] = STAGES[:-2]
# The published aim of Jiangyin: of 100 problems, 70 by service, 20 by management, 10 by enforcement.
MEANS_TARGET: dict[Means, float] = {"service": 0.70, "management": 0.20, "enforcement": 0.10}

# Resolution of the H3 cell stored with each incident; about 9 m edge length.
H3_RESOLUTION = 12
