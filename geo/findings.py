"""What a check of grid layers found: findings worst first, and their report as text."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

# Within a severity, what hides other things comes first.
KINDS = (
    "partial", "missing_column", "coordinate_system", "shifted", "no_code", "duplicate_code", "orphan", "no_children",
    "no_name", "letters", "population", "unreadable_geometry", "empty_geometry", "not_a_polygon",
    "coordinates_out_of_range", "invalid_geometry", "count", "refused", "outside_parent", "not_covered", "overlap",
    "gap", "outside_reference", "reader", "same_code", "cut_text", "deleted", "shortened",
    "blanks",
)  # fmt: skip
_SHOWN_OF_A_KIND = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes
    ----------
    severity
        "error": no grid system can be made of it, or it would be plainly wrong; "warning": a person should look;
        "note": good to know.
    kind
        One of `KINDS`.
    level
        1 is the coarsest; None for the layers as a whole.
    codes
        The grids concerned.
    measure
        How much of it, in the unit the message names (m2, metres, number of grids); None where there is no measure.
    message
        One sentence, in English.
    """

    severity: Severity
    kind: str
    level: int | None
    codes: tuple[str, ...]
    measure: float | None
    message: str

    def __str__(self) -> str:
        return f"{self.severity.upper():7} {'' if self.level is None else f'level {self.level}: '}{self.message}"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The findings of a check, worst first, and the number of grids of each level, coarsest first."""

    findings: tuple[Finding, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding], counts: Iterable[int]) -> "CheckReport":
        """A report with its findings put in order."""
        return cls(tuple(sorted(findings, key=_badness)), tuple(counts))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of severity "error"."""
        return self._of("error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings of severity "warning"."""
        return self._of("warning")

    @property
    def notes(self) -> tuple[Finding, ...]:
        """The findings of severity "note"."""
        return self._of("note")

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == severity)

    def __str__(self) -> str:
        counts = " / ".join(f"{count:,}" for count in self.counts)
        lines = [f"{len(self.counts)} levels with {counts} grids"]
        shown: Counter[tuple[str, str, int | None]] = Counter()
        for finding in self.findings:
            group = (finding.severity, finding.kind, finding.level)
            shown[group] += 1
            if shown[group] <= _SHOWN_OF_A_KIND:
                lines.append(str(finding))
        for (severity, kind, level), count in shown.items():
            if count > _SHOWN_OF_A_KIND:
                more = count - _SHOWN_OF_A_KIND
                lines.append(f"{severity.upper():7} level {level}: {more} more of the kind {kind}")
        numbers = (f"{len(self._of(severity))} {severity}s" for severity in SEVERITIES)
        lines.append(", ".join(numbers) if self.findings else "nothing to report")
        return "\n".join(lines)


def _badness(finding: Finding) -> tuple[int, int, float, int, tuple[str, ...]]:
    return (
        SEVERITIES.index(finding.severity), KINDS.index(finding.kind), -(finding.measure or 0.0),
        finding.level or 0, finding.codes,
    )  # fmt: skip
