"""What places define differently about their numbers."""

from dataclasses import dataclass
from typing import Final

from data.errors import QueryInvalid
from data.incidents.clocks import UNSAID_SHARE


@dataclass(frozen=True, slots=True)
class CountingRules:
    """Definitions that differ from place to place; `assessment.Assessment` reads them from a file.

    Attributes
    ----------
    yellow_share
        Where an incident's clock does not say itself when its light turns yellow: when less than this share of its time
        is left.
    suspended_is_due
        Whether the clock of a suspended (挂账) incident goes on: then it can be yellow, overdue and due.
    self_handled_is_sent_up
        Whether what was handled on the spot without being filed counts in the denominator of the filing rate.
    neutral_is_satisfied
        Whether a neutral answer (基本满意) counts as satisfied.
    dispatch_within_s
        Seconds by the clock from filing within which a dispatch is on time: the center works day and night.
    """

    yellow_share: float = UNSAID_SHARE
    suspended_is_due: bool = False
    self_handled_is_sent_up: bool = False
    neutral_is_satisfied: bool = False
    dispatch_within_s: int = 7200

    def __post_init__(self) -> None:
        if not 0 <= self.yellow_share <= 1:
            raise QueryInvalid(
                f"the yellow share is {self.yellow_share}: it must be from 0 to 1", yellow_share=self.yellow_share
            )
        if not 0 < self.dispatch_within_s < 2**31:
            raise QueryInvalid(
                f"the time for a dispatch is {self.dispatch_within_s} s: it must be from 1 to 2147483647",
                dispatch_within_s=self.dispatch_within_s,
            )


COUNTING_RULES: Final = CountingRules()
