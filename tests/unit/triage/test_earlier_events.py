"""What was stored before a case came to all its complaints together still loads, and counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.triage.domain import Case, Identification, Locus, Step
from services.triage.published import published
from shared.contracts.triage import CaseClassified
from shared.eventstore.codec import Codec, replay

CODEC = Codec(Case, Identification)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC).isoformat()
CASE, FIRST, SECOND = UUID(int=7), UUID(int=1), UUID(int=2)
RULING: dict[str, Any] = {
    "vawc": True,
    "locus": "in",
    "locus_code": "35.73.05",
    "tpks": False,
    "victim_in_city": True,
    "needs": [],
    "referral_consent": True,
    "explained": [],
    "directed_to": [],
}


def stored(name: str, version: int, data: dict[str, Any], stream: UUID = CASE) -> Any:
    body = json.dumps({"at": MONDAY, "data": data})
    event, _ = CODEC.decode(name, body, stream, version, UUID(int=version))
    return event


def classified(version: int, complaint: UUID, *, leads: bool, **decided: Any) -> Any:
    data = {
        "complaint_id": str(complaint),
        "registration_no": "PPA-2026-000001",
        "officer_id": "officer",
        "case_kind": "new",
        "subkind": None,
        "decision": RULING | {"basis": "…"} | decided,
        "route": ["follow_up"],
        "rule_version": "1",
        "violence": [],
        "child": None,
        "age_band": None,
        "victim_code": None,
        "linked": [],
        "leads": leads,
        "classified_at": MONDAY,
    }
    return stored("CaseClassified", version, data)


def test_a_case_of_before_is_what_it_was_and_knows_of_every_duty() -> None:
    opened = {"complaint_id": str(FIRST), "registration_no": "1", "opened_at": MONDAY}
    linked = {"complaint_id": str(SECOND), "subkind": "new_incident", "linked_at": MONDAY}
    told = classified(2, FIRST, leads=True, urgency="high")
    case = replay(
        Case,
        [
            stored("CaseOpened", 1, opened),
            told,
            stored("ExistingCaseReported", 3, linked),
            classified(4, SECOND, leads=False, urgency="low", tpks=True),
        ],
    )

    assert case.ruling is not None
    assert (case.ruling.locus, case.ruling.route) == (Locus.IN, (Step.FOLLOW_UP,))
    assert (case.ruling.tpks, case.police_is_due, case.was_high) == (False, True, True)
    fact = published(told)
    assert isinstance(fact, CaseClassified)
    assert (fact.urgency, fact.route) == ("high", ("follow_up",))


def test_a_choice_of_before_has_no_search_and_no_basis() -> None:
    data = {"case_id": str(CASE), "kind": "existing", "subkind": None, "chosen_at": MONDAY}
    event = stored("CaseChosen", 2, data, Identification.create_id(FIRST))
    assert (event.search_id, event.reasons, event.basis) == (None, (), None)
