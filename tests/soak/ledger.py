"""What a source sent and what was acknowledged, and what must therefore stand in the database."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass
class Ledger:
    """Kept on the sources' side, where no kill reaches it; threads may share it.

    Attributes
    ----------
    reports
        By source_id: the acknowledged id, 0 where a batch was acknowledged that tells no ids, None where nothing was.
    steps
        By key: the incident it was taken on and its kind.
    acknowledged
        Keys of the steps that were acknowledged.
    wrong
        Answers that no kill explains.
    answers
        How many requests were answered well.
    """

    reports: dict[str, int | None] = field(default_factory=dict)
    steps: dict[str, tuple[int, str]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    answers: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def try_reports(self, source_ids: Iterable[str]) -> None:
        """Note, before it is sent, what is sent."""
        with self._guard:
            for source_id in source_ids:
                self.reports.setdefault(source_id, None)

    def acknowledge_report(self, source_id: str, incident_id: int) -> None:
        """Note the id a single report got; one report has one id, however often it is sent."""
        with self._guard:
            if self.reports[source_id] not in (None, 0, incident_id):
                self.wrong.append(f"{source_id} was {self.reports[source_id]} and is now {incident_id}")
            self.answers += 1
            self.reports[source_id] = incident_id

    def acknowledge_batch(self, source_ids: Iterable[str]) -> None:
        """Note that a batch was taken as a whole."""
        with self._guard:
            self.answers += 1
            for source_id in source_ids:
                self.reports[source_id] = self.reports[source_id] or 0

    def try_step(self, key: str, incident_id: int, kind: str) -> None:
        """Note, before it is sent, which step is sent."""
        with self._guard:
            self.steps[key] = incident_id, kind

    def acknowledge_step(self, key: str) -> None:
        """Note that a step was taken."""
        with self._guard:
            self.answers += 1
            self.acknowledged.add(key)

    def complain(self, what: str) -> None:
        """Note an answer that no kill explains."""
        with self._guard:
            self.wrong.append(what)

    def __str__(self) -> str:
        with self._guard:
            reports = sum(known is not None for known in self.reports.values())
            return (
                f"{reports} of {len(self.reports)} reports and {len(self.acknowledged)} of {len(self.steps)} steps "
                "acknowledged"
            )

    def differences(self, stored_reports: Mapping[str, int], stored_steps: Iterable[tuple[str, int, str]]) -> list[str]:
        """Compare with what stands in the database.

        Parameters
        ----------
        stored_reports
            Id of each incident by its source_id.
        stored_steps
            Key, incident and kind of every event that carries a key.

        Returns
        -------
        A sentence for each acknowledged report or step that is missing, twice there or another one, and for each
        that is there and was never sent; empty when all is well.
        """
        with self._guard:
            return [*self.wrong, *self._report_differences(stored_reports), *self._step_differences(stored_steps)]

    def _report_differences(self, stored: Mapping[str, int]) -> list[str]:
        said = [f"report {source_id} was never sent" for source_id in stored.keys() - self.reports.keys()]
        for source_id, known in self.reports.items():
            if known is not None and source_id not in stored:
                said.append(f"acknowledged report {source_id} (incident {known or 'of a batch'}) is missing")
            elif known and stored[source_id] != known:
                said.append(f"report {source_id} was acknowledged as {known} and is {stored[source_id]}")
        return said

    def _step_differences(self, stored: Iterable[tuple[str, int, str]]) -> list[str]:
        said = []
        seen: set[str] = set()
        for key, incident_id, kind in stored:
            if key in seen:
                said.append(f"step {key} is there twice")
            if self.steps.get(key) != (incident_id, kind):
                said.append(f"step {key} is {kind} on {incident_id} and was {self.steps.get(key, 'never sent')}")
            seen.add(key)
        return said + [f"acknowledged step {key} {self.steps[key]} is missing" for key in self.acknowledged - seen]
