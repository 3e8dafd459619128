"""Emergencies over HTTP: calling help at any time, and what supervisors see of it."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from services.intake.contacts import views as contacts
from services.intake.desk import AtDesk
from services.intake.domain import Emergency
from services.intake.emergencies import commands, views
from services.intake.emergencies.views import AlertView
from services.intake.forms import Place
from shared.access import may, permitted
from shared.contracts.codes import In
from shared.problems import AlreadyHandled
from shared.web import BecauseOf, Caller, Now, Reading, Store, allowed
from shared.web.forms import Form
from shared.web.problems import problems

router = APIRouter(responses=problems(), tags=["emergencies"])


class EmergencyForm(Form):
    """Whom we called, and where she is if we know."""

    services: tuple[Annotated[str, In("emergency_service")], ...] = Field(
        min_length=1, max_length=6
    )
    where: Place | None = None


@router.post(
    "/contacts/{id}/emergency",
    status_code=201,
    dependencies=[allowed("emergency.activate")],
    responses=problems(404, 409),
)
async def activate_emergency(
    id: UUID,
    form: EmergencyForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
    desk: AtDesk,
) -> AlertView:
    """Note that help was called, before any form. The case exists from now on with what is known.

    ``id`` is that of a contact or of a complaint: they are the same.
    """
    may(caller, "emergency.activate", await contacts.about(reader, id))
    with suppress(AlreadyHandled):
        await commands.activate_emergency(
            store,
            cause,
            id,
            services=form.services,
            whereabouts=form.where,
            staff_id=caller.id,
            numbers=desk.numbers,
            now=now,
        )
    return await views.alert(reader, Emergency.create_id(cause.message_id))


@router.get("/alerts", dependencies=[allowed("alert.list")])
async def get_alerts(
    reader: Reading,
    caller: Caller,
    seen: bool | None = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AlertView]:
    """Return the emergencies that no supervisor has seen yet, however old; or all with ``seen``."""
    return permitted(caller, "alert.list", await views.alerts(reader, seen, limit))


@router.post("/alerts/{id}/seen", dependencies=[allowed("alert.see")], responses=problems(404, 409))
async def see_alert(
    id: UUID, store: Store, reader: Reading, cause: BecauseOf, caller: Caller, now: Now
) -> AlertView:
    """Say that you have seen it."""
    may(caller, "alert.see", (await views.alert(reader, id)).resource())
    with suppress(AlreadyHandled):
        await commands.see_alert(store, cause, id, supervisor_id=caller.id, now=now)
    return await views.alert(reader, id)
