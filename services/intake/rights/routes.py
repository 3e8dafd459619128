"""The rights of complainants over HTTP: information, statements, promises."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.intake.asked import AboutComplaint, Question
from services.intake.domain import Information, StatementKind
from services.intake.domain.rules import RULE_SETS
from services.intake.domain.standard import STANDARDS
from services.intake.labels import label
from services.intake.rights import commands, views
from services.intake.rights.views import InformationView, PromiseView, StatementView, Those
from services.intake.rules.views import version_at
from services.intake.views import complaint
from shared.access import may, permitted
from shared.access.wall import Source
from shared.contracts.codes import In
from shared.privacy import Personal, Text
from shared.privacy.places import texts
from shared.problems import AlreadyHandled
from shared.web import Caller, Now, Reading, allowed
from shared.web.forms import Form, When, WhomForm, Yes
from shared.web.past import Past
from shared.web.personal import OpenedView, OpeningForm, opened
from shared.web.problems import problems

router = APIRouter(tags=["rights"])
Note = Annotated[Personal, Text(4_000)]
MOST = 500  # promises of one complaint that are shown


class InformationForm(WhomForm):
    """What she was told. A recommendation names services; rights and duties are acknowledged."""

    topics: tuple[Annotated[str, In("topic")], ...] = Field(min_length=1, max_length=20)
    medium: Annotated[str, In("telling")]
    services: tuple[Annotated[str, In("service")], ...] = Field(default=(), max_length=20)
    agencies: tuple[Annotated[str, In("agency_kind")], ...] = Field(default=(), max_length=20)
    words: Note | None = None
    acknowledged: Literal["yes", "could_not_be_read"] | None = None
    unread_because: Annotated[str, In("unread")] | None = None
    copy_given: Yes = Field(default=False, description="A copy is given on request (R-PRV-01).")

    def information(self) -> Information:
        """Return what the domain keeps of it."""
        return Information(
            topics=self.topics,
            telling=self.medium,
            services=self.services,
            agencies=self.agencies,
            acknowledged=None if self.acknowledged is None else self.acknowledged == "yes",
            unread_because=self.unread_because,
            copy_given=self.copy_given,
            words=self.words,
            whom=self.whom,
            n=self.n,
        )


class StatementForm(Form):
    """Whether she accepts a duty. She is served as well if she does not."""

    kind: StatementKind
    accepted: Yes
    reason: Note | None = None


class PromiseForm(Form):
    """What is promised, and by when."""

    what: Annotated[str, In("promise")]
    due_at: When
    words: Note | None = None


class RenewalForm(WhomForm):
    """Another time, whether she was told of it, and how."""

    due_at: When
    informed: Yes
    medium: Annotated[str, In("telling")] | None = None


class RightsView(BaseModel):
    """What was done for her rights."""

    information: list[InformationView]
    statements: list[StatementView]
    promises: list[PromiseView]
    to_read: dict[str, str] = Field(description="The statements, in the words that are read out.")


@router.get(
    "/complaints/{id}/rights",
    dependencies=[allowed("complaint.read")],
    responses=problems(404),
)
async def get_rights(id: UUID, reader: Reading, caller: Caller, now: Now, past: Past) -> RightsView:
    """Return what a complainant was told, what she accepted and what she was promised."""
    may(caller, "complaint.read", (await complaint(reader, id)).resource())
    today = await _rights(reader, id, now)
    return await past.of(
        today, [id, STANDARDS, RULE_SETS], lambda then: _rights(then, id, past.as_of or now)
    )


@router.post(
    "/complaints/{id}/rights/personal",
    dependencies=[allowed("complaint.open_personal")],
    responses=problems(404),
)
async def open_rights(asked: AboutComplaint, form: OpeningForm) -> OpenedView:
    """Read the words that were written down about it, for a purpose. It is written down who did."""
    reason = await asked.may("complaint.open_personal")
    rights = await commands.rights_of(asked.store, asked.id)
    told = dict(texts(rights.information, "information"))
    told |= texts(rights.statements, "statements")
    told |= texts(tuple(rights.promises.values()), "promises")
    return await opened(
        *(asked.store, asked.cause, reason, form),
        about=asked.id,
        journey=asked.id,
        texts=told,
        now=asked.now,
    )


@router.post(
    "/complaints/{id}/information",
    status_code=201,
    dependencies=[allowed("information.give")],
    responses=problems(404, 409),
)
async def give_information(asked: AboutComplaint, form: InformationForm) -> RightsView:
    """Note what a complainant was told, by the text that holds now (standard 6.2, 8.1).

    In person always; by telephone, message or letter only where that is safe for her.
    """
    await asked.may("information.give")
    with suppress(AlreadyHandled):
        await commands.inform(
            *(asked.store, asked.cause, asked.id),
            information=form.information(),
            n=form.place,
            person_id=form.person_id,
            standard_version=await version_at(asked.reader, "standard", asked.now),
            rules_version=await version_at(asked.reader, "rules", asked.now),
            by=asked.caller.id,
            now=asked.now,
        )
    return await _rights(asked.reader, asked.id, asked.now)


@router.post(
    "/complaints/{id}/statements",
    status_code=201,
    dependencies=[allowed("statement.take")],
    responses=problems(404, 409),
)
async def take_statement(asked: AboutComplaint, form: StatementForm) -> RightsView:
    """Note whether she accepts a duty (standard 7). A refusal blocks nothing."""
    await asked.may("statement.take")
    with suppress(AlreadyHandled):
        await commands.state(
            *(asked.store, asked.cause, asked.id),
            kind=form.kind,
            accepted=form.accepted,
            words=form.reason,
            standard_version=await version_at(asked.reader, "standard", asked.now),
            rules_version=await version_at(asked.reader, "rules", asked.now),
            by=asked.caller.id,
            now=asked.now,
        )
    return await _rights(asked.reader, asked.id, asked.now)


@router.post(
    "/complaints/{id}/promises",
    status_code=201,
    dependencies=[allowed("promise.make")],
    responses=problems(404, 409),
)
async def make_promise(asked: AboutComplaint, form: PromiseForm) -> PromiseView:
    """Promise something by a time (standard 6.4). Its clock runs from now."""
    await asked.may("promise.make")
    with suppress(AlreadyHandled):
        await commands.promise(
            *(asked.store, asked.cause, asked.id),
            **dict(form),
            by=asked.caller.id,
            now=asked.now,
        )
    return await _promise(asked, commands.promise_id_of(asked.cause))


@router.post(
    "/complaints/{id}/promises/{promise_id}/kept",
    dependencies=[allowed("promise.make")],
    responses=problems(404, 409),
)
async def keep_promise(asked: AboutComplaint, promise_id: UUID) -> PromiseView:
    """Note that what was promised was done."""
    await asked.may("promise.make")
    with suppress(AlreadyHandled):
        await commands.keep(
            *(asked.store, asked.cause, asked.id),
            promise_id=promise_id,
            by=asked.caller.id,
            now=asked.now,
        )
    return await _promise(asked, promise_id)


@router.post(
    "/complaints/{id}/promises/{promise_id}/renewal",
    dependencies=[allowed("promise.make")],
    responses=problems(404, 409),
)
async def renew_promise(asked: AboutComplaint, promise_id: UUID, form: RenewalForm) -> PromiseView:
    """Promise it for another time. Send the same time again when she has been told of it."""
    await asked.may("promise.make")
    with suppress(AlreadyHandled):
        await commands.renew(
            *(asked.store, asked.cause, asked.id),
            promise_id=promise_id,
            due_at=form.due_at,
            informed=form.informed,
            telling=form.medium,
            whom=form.whom,
            n=form.place,
            person_id=form.person_id,
            by=asked.caller.id,
            now=asked.now,
        )
    return await _promise(asked, promise_id)


@router.get("/promises", dependencies=[allowed("promise.list")], responses=problems())
async def get_promises(
    reader: Reading,
    caller: Caller,
    now: Now,
    status: Those = "overdue",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[PromiseView]:
    """Return promises, unless told those overdue, what is due first; to a counselor her cases'."""
    return permitted(caller, "promise.list", await views.promises(reader, status, now, limit))


async def _promise(asked: Question, promise_id: UUID) -> PromiseView:
    return await views.promise(asked.reader, asked.id, promise_id, asked.now)


async def _rights(reader: Source, id: UUID, now: datetime) -> RightsView:
    return RightsView(
        information=await views.information(reader, id),
        statements=await views.statements(reader, id),
        promises=await views.promises(reader, "all", now, MOST, id),
        to_read={kind.value: label(kind) for kind in StatementKind},
    )
