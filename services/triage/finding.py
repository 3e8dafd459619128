"""What triage knows of a complaint or a case beside it, found by its id."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.triage.domain import Alarm, Case, CaseLink, Identification, Supervision
from shared.eventstore import EventStore
from shared.privacy import Personal
from shared.problems import Missing


async def bases_of_choice(store: EventStore, case: Case) -> dict[str, Personal]:
    """Return why complaints were said to be about the case where no search had shown it."""
    found = [await identification_of(store, id) for id in case.complaint_ids]
    return {f"choice.{n}": each.basis for n, each in enumerate(found) if each.basis}


async def supervision_of(store: EventStore, case_id: UUID) -> Supervision:
    """Return what a supervisor has to decide about a case; a fresh one where nothing was so far."""
    try:
        return await store.load(Supervision, Supervision.create_id(case_id))
    except Missing:
        return Supervision(case_id=case_id)


async def alarm_of(
    store: EventStore, complaint_id: UUID, kind: str, services: tuple[str, ...], at: datetime
) -> Alarm:
    """Return the alarm of a complaint, sounding; of older danger than is known nothing changes."""
    alarm = await sounding(store, complaint_id)
    if alarm is None:
        return Alarm(complaint_id=complaint_id, kind=kind, services=services, raised_at=at)
    alarm.raise_again(kind, services, at)
    return alarm


async def sounding(store: EventStore, complaint_id: UUID) -> Alarm | None:
    """Return the alarm of a complaint, sounding or silenced; None where there never was one."""
    try:
        return await store.load(Alarm, Alarm.create_id(complaint_id))
    except Missing:
        return None


async def identification_of(
    store: EventStore, complaint_id: UUID, expect: int | None = None
) -> Identification:
    """Return how a complaint is identified. Raises Missing for one that was never told."""
    try:
        return await store.load(
            Identification, Identification.create_id(complaint_id), expect=expect
        )
    except Missing:
        raise Missing(f"Identification of complaint {complaint_id}") from None


async def own_case(store: EventStore, identification: Identification, now: datetime) -> Case:
    """Return the case that a complaint opens; the one it had for now, if it had one before."""
    try:
        case = await store.load(Case, Case.create_id(identification.complaint_id))
    except Missing:
        return Case(
            complaint_id=identification.complaint_id,
            registration_no=identification.registration_no,
            opened_at=now,
        )
    case.resume(now)
    return case


async def link_between(
    store: EventStore, case_id: UUID, known_id: UUID, kind: str, by: str, now: datetime
) -> CaseLink:
    """Return the link of two cases, made or made again."""
    try:
        link = await store.load(CaseLink, CaseLink.create_id(case_id, known_id))
    except Missing:
        return CaseLink.between(case_id, known_id, kind, by, now)
    link.link(kind, by, now)
    return link
