"""What triage can be asked to write down about consent for the children of a case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.triage.domain import Case, Consents, Said
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.problems import Missing


async def state_consent(
    store: EventStore,
    cause: Cause,
    case_id: UUID,
    *,
    person_id: UUID,
    said: Said,
    by: str,
    by_supervisor: bool,
    now: datetime,
) -> None:
    """Write down what somebody said for a child. Nothing else of the case changes by it.

    Raises NotInTheCase, NotAChild, DateToCome, GiverSuspected, GroundsMissing, NothingToTakeBack.
    """
    await store.once(cause)
    case = await store.load(Case, case_id)
    consents = await consents_of(store, case_id)
    consents.state(
        Consents.statement_id_of(cause.message_id),
        person_id,
        said,
        forms=case.forms,
        by=by,
        by_supervisor=by_supervisor,
        now=now,
    )
    await store.save(consents, cause=cause.about(case.complaint_ids[0]))


async def consents_of(store: EventStore, case_id: UUID) -> Consents:
    """Return what was agreed to in a case; a fresh one where nobody was asked so far."""
    try:
        return await store.load(Consents, Consents.create_id(case_id))
    except Missing:
        return Consents(case_id=case_id)


async def texts_of(store: EventStore, case_id: UUID) -> dict[str, Personal]:
    """Return who agreed and why that one may, still covered: ``consents.0.giver_name`` …"""
    told: dict[str, Personal] = {}
    for n, said in enumerate((await consents_of(store, case_id)).said.values()):
        given = {"giver_name": said.giver_name, "grounds": said.grounds}
        told |= {f"consents.{n}.{name}": text for name, text in given.items() if text}
    return told
