"""Reprimands and threats over HTTP: none closes a case, blocks a channel or lowers urgency."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from services.intake.asked import AboutComplaint, Question
from services.intake.domain import Level, Reprimand, Threat
from services.intake.reprimands import commands, views
from services.intake.reprimands.views import ReprimandView, ThreatView
from services.intake.rules.views import version_at
from services.intake.views import complaint
from shared.access import may, permitted
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.privacy.places import texts
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.forms import Form, When
from shared.web.past import Past
from shared.web.personal import OpenedView, OpeningForm, opened
from shared.web.problems import problems

router = APIRouter(tags=["conduct"])
Words = Annotated[Personal, Text(4_000)]
AT = "/complaints/{id}/reprimands"
StaffId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Their `sub`.")]


class ReprimandForm(Form):
    """By which rule of which version, and what happened. No time means: just now."""

    level: Level
    rule: Annotated[str, Field(pattern=r"^[0-9a-z]{1,3}(\.[0-9a-z]{1,3}){0,3}$")]
    rule_version: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$")]
    facts: Words
    happened_at: When | None = None


class ReplyForm(Form):
    """What she says to it."""

    words: Words


class WithdrawalForm(Form):
    """Why it is taken back."""

    reason: Words


class ThreatForm(Form):
    """Who was threatened, and how. Nobody named: oneself."""

    kind: Annotated[str, In("threat")]
    facts: Words
    staff_id: StaffId | None = None


@router.get(AT, dependencies=[allowed("reprimand.list")], responses=problems(404))
async def get_reprimands(
    id: UUID, reader: Reading, caller: Caller, past: Past
) -> list[ReprimandView]:
    """Return the reprimands over a complaint: to who wrote one, her own."""
    await complaint(reader, id)  # raises Missing
    today = permitted(caller, "reprimand.list", await views.reprimands(reader, id))
    known = await past.of(today, [id], lambda then: views.reprimands(then, id))
    hers = {each.id for each in today}
    return [each for each in known if each.id in hers]


@router.post(
    AT,
    status_code=201,
    dependencies=[allowed("reprimand.give")],
    responses=problems(404, 409),
)
async def give_reprimand(asked: AboutComplaint, form: ReprimandForm) -> ReprimandView:
    """Reprimand somebody for how she behaved: orally at once, in writing once it is approved."""
    await asked.may("reprimand.give")
    happened_at = min(form.happened_at or asked.now, asked.now)
    with suppress(AlreadyHandled):
        await commands.reprimand(
            *(asked.store, asked.cause, asked.id),
            level=form.level,
            rule=form.rule,
            rule_version=form.rule_version,
            in_force=await version_at(asked.reader, "rules", happened_at),
            facts=form.facts,
            by=asked.caller.id,
            now=asked.now,
        )
    return await views.reprimand(asked.reader, asked.id, commands.id_of(asked.cause))


@router.post(
    f"{AT}/{{reprimand_id}}/approval",
    dependencies=[allowed("reprimand.approve")],
    responses=problems(404, 409),
)
async def approve_reprimand(asked: AboutComplaint, reprimand_id: UUID) -> ReprimandView:
    """Issue a written reprimand, as another person than who wrote it."""
    return await _changed(
        *(asked, reprimand_id, "reprimand.approve"),
        lambda found: found.approve(asked.caller.id, asked.now),
    )


@router.post(
    f"{AT}/{{reprimand_id}}/reply",
    dependencies=[allowed("reprimand.reply")],
    responses=problems(404, 409),
)
async def answer_reprimand(
    asked: AboutComplaint, reprimand_id: UUID, form: ReplyForm
) -> ReprimandView:
    """Take down what she says to it."""
    return await _changed(
        *(asked, reprimand_id, "reprimand.reply"),
        lambda found: found.answer(form.words, asked.caller.id, asked.now),
    )


@router.post(
    f"{AT}/{{reprimand_id}}/withdrawal",
    dependencies=[allowed("reprimand.withdraw")],
    responses=problems(404, 409),
)
async def withdraw_reprimand(
    asked: AboutComplaint, reprimand_id: UUID, form: WithdrawalForm
) -> ReprimandView:
    """Take it back. It stays in the history, as withdrawn."""
    return await _changed(
        *(asked, reprimand_id, "reprimand.withdraw"),
        lambda found: found.withdraw(form.reason, asked.caller.id, asked.now),
    )


@router.post(
    f"{AT}/{{reprimand_id}}/personal",
    dependencies=[allowed("reprimand.open_personal")],
    responses=problems(404),
)
async def open_reprimand(
    asked: AboutComplaint, reprimand_id: UUID, form: OpeningForm
) -> OpenedView:
    """Read what was written and answered, for a purpose. It is written down who did."""
    found = await views.reprimand(asked.reader, asked.id, reprimand_id)
    reason = may(asked.caller, "reprimand.open_personal", found.resource())
    told = await commands.reprimand_of(asked.store, asked.id, reprimand_id)
    fields = {"facts": told.facts} | dict(texts(told.replies, "replies"))
    fields |= {"grounds": told.grounds} if told.grounds else {}
    return await opened(
        *(asked.store, asked.cause, reason, form),
        about=reprimand_id,
        journey=asked.id,
        texts=fields,
        now=asked.now,
    )


@router.post(
    "/complaints/{id}/threats",
    status_code=201,
    dependencies=[allowed("threat.record")],
    responses=problems(404),
)
async def record_threat(asked: AboutComplaint, form: ThreatForm) -> ThreatView:
    """Keep that oneself or a colleague was threatened over a complaint (standard 9.2)."""
    await asked.may("threat.record")
    with suppress(AlreadyHandled):
        await commands.record_threat(
            *(asked.store, asked.cause, asked.id),
            kind=form.kind,
            facts=form.facts,
            threatened_id=form.staff_id or asked.caller.id,
            by=asked.caller.id,
            now=asked.now,
        )
    return await views.threat(asked.reader, commands.id_of(asked.cause))


@router.get("/threats", dependencies=[allowed("threat.list")], responses=problems())
async def get_threats(
    reader: Reading, caller: Caller, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[ThreatView]:
    """Return threats against staff, the latest first: to staff those against herself."""
    return permitted(caller, "threat.list", await views.threats(reader, limit))


@router.post(
    "/threats/{threat_id}/personal",
    dependencies=[allowed("threat.open_personal")],
    responses=problems(404),
)
async def open_threat(
    threat_id: UUID,
    form: OpeningForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> OpenedView:
    """Read what was threatened, for a purpose. It is written down who did."""
    found = await views.threat(reader, threat_id)
    reason = may(caller, "threat.open_personal", found.resource())
    told = {"facts": (await store.load(Threat, threat_id)).facts}
    return await opened(
        *(store, cause, reason, form),
        about=threat_id,
        journey=found.complaint_id,
        texts=told,
        now=now,
    )


async def _changed(
    asked: Question, reprimand_id: UUID, action: str, act: Callable[[Reprimand], None]
) -> ReprimandView:
    found = await views.reprimand(asked.reader, asked.id, reprimand_id)
    may(asked.caller, action, found.resource())
    with suppress(AlreadyHandled):
        await commands.change(asked.store, asked.cause, asked.id, reprimand_id, act)
    return await views.reprimand(asked.reader, asked.id, reprimand_id)
