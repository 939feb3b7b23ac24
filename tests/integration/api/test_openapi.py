"""What the OpenAPI document says, the server keeps: questions made from the document, answers held against it.

Asked are the bounds of each parameter and body and what lies beside them. `SCHEMA_EXAMPLES` asks so many at random as
well for each operation: ``SCHEMA_EXAMPLES=60 pytest -s tests/integration/api/test_openapi.py`` makes some thousands.
"""

import os
import sys
from collections import Counter
from typing import Any

import pytest
import schemathesis
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished

from tests.integration.api.conftest import Served

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "0"))
# They never end: what they refuse is tested beside the others.
ENDLESS = "^/api/v1/(stream|walls/control)$"
KEPT = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
# Things that there are, so that questions come as far as an answer.
THERE = {
    "query.within": "1:T1",
    "query.kpi": "closing_rate",
    "query.of": "open",
    "query.category": ["garbage"],
    "query.source": ["hotline"],
    "query.unit": ["T1-team"],
    "query.level": 1,
    "query.grid": "1:T1",
    "path.incident_id": 1,
    "path.grid_id": "1:T1",
}


def test_the_document_says_what_an_actor_is(served: Served) -> None:
    schemas = served.client.get("/openapi.json").json()["components"]["schemas"]
    for schema, name, id_ in (("EventOut", "actor", "actor_id"), ("Acknowledged", "by", "by_id")):
        fields = schemas[schema]["properties"]
        assert {name, id_} <= set(schemas[schema]["required"])
        assert {"type": "null"} in fields[id_]["anyOf"]
        assert "person:P0007" in fields[id_]["description"]
        assert "name" in fields[name]["description"]


def document_of(served: Served, parameters: dict[str, Any]) -> Any:
    """The document, with what is asked of it."""
    config = schemathesis.Config.from_dict(
        {
            "checks": {"enabled": False, **{name: {"enabled": True} for name in KEPT}},
            "generation": {"max-examples": max(EXAMPLES, 1), "deterministic": True, "database": "none"},
            "phases": {"fuzzing": {"enabled": EXAMPLES > 0}, "stateful": {"enabled": False}},
            "workers": 1,
            # A machine that does other things as well may be slow to count for the first time.
            "request-timeout": 60,
            "continue-on-failure": True,
            "parameters": parameters,
        }
    )
    return schemathesis.openapi.from_url(f"{served.url}/openapi.json", config=config).exclude(path_regex=ENDLESS)


@pytest.mark.timeout(3_600 if EXAMPLES else 300)
@pytest.mark.parametrize("parameters", [{}, THERE], ids=["anything", "things-there-are"])
def test_the_server_keeps_what_the_document_says(
    plain_manned: Served, a_report: Any, parameters: dict[str, Any]
) -> None:
    plain_manned.post_lines(*[a_report() for _ in range(3)])
    asked: Counter[str] = Counter()
    answers: Counter[int] = Counter()
    faults: list[str] = []
    for event in from_schema(document_of(plain_manned, parameters)).execute():
        if isinstance(event, ScenarioFinished):
            had = event.recorder.interactions.values()
            asked[event.recorder.label] += len(had)
            answers.update(one.response.status_code for one in had if one.response is not None)
            faults += faults_of(event)
        elif isinstance(event, NonFatalError | FatalError):
            faults.append(f"{getattr(event, 'label', '')}: {getattr(event, 'value', None) or event.exception!r}")
    sys.stdout.write(f"{asked.total()} questions of {len(asked)} operations, {len(faults)} faults: {dict(answers)}\n")
    assert len(asked) > 35
    assert answers[200] > 50
    assert not faults, "\n\n".join(faults[:20])


def faults_of(event: ScenarioFinished) -> list[str]:
    """What an operation did not keep, each with how to ask it again."""
    checks = (check for checks in event.recorder.checks.values() for check in checks)
    return [
        f"{event.recorder.label} {check.name}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
        for check in checks
        if check.failure_info is not None
    ]
