"""What triage can be asked to write down about a case after its first form."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.triage.domain import Case, CaseForm, Incident
from services.triage.persons.recognising import recognised
from services.triage.times import patient
from shared.eventstore import Cause, EventStore


@patient
async def amend_form(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    form: CaseForm,
    filled_by: str,
    by: str,
    expect: int | None,
    now: datetime,
) -> None:
    """Replace the form of a case; what the others know of the people is told anew."""
    await store.once(cause)
    case = await store.load(Case, case_id, expect=expect)
    form = await recognised(store, cause, case, form, now)
    case.amend_form(form, filled_by, by, now)
    await store.save(case, cause=cause.about(case.complaint_ids[0]))


@patient
async def add_incident(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    complaint_id: UUID,
    incident: Incident,
    by: str,
    now: datetime,
) -> None:
    """Write down that it happened another time, as a further complaint tells."""
    await store.once(cause)
    case = await store.load(Case, case_id)
    case.add_incident(complaint_id, incident, by, now)
    await store.save(case, cause=cause.about(complaint_id))
