"""A complaint that was taken can change hands, and is not there for who is related to a party."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.intake import policies as intake
from services.triage.domain import Case
from shared.contracts.triage import ComplaintReleased, ComplaintTakenUp
from shared.eventstore import new_id, now_utc
from tests.complaints import FOLLOW_UP, NEW_CASE
from tests.integration.test_decisions import OFFICER, SUPERVISOR, Desk, Json, at, desk
from tests.integration.test_old_cases import FIRST, SECOND, Office, office
from tests.integration.test_policies import MONDAY
from tests.integration.test_reclassification import Hearing, listening, received
from tests.services import eventually
from tests.tokens import staff_id

__all__ = ["desk", "listening", "office"]  # fixtures
PURPOSE = {"purpose": "identification"}
SHIFT_ENDS = {"reason": "shift_end"}


def to(nth: int | None) -> Json:
    return {"officer_id": nth and staff_id(OFFICER, nth), "reason": "absent"}


async def runs(desk: Desk) -> list[tuple[str, Any]]:
    """What became of the officers' thirty minutes, in order: the event and who has them."""
    rows = await desk.app.state.store.pool.fetch(
        "select name, body::jsonb -> 'data' ->> 'staff_id' as staff_id from es.events"
        " where stream_id in (select stream_id from es.events where name = 'ClockStarted'"
        " and body::jsonb -> 'data' ->> 'rule' = 'identification') order by version"
    )
    return [(row["name"], row["staff_id"]) for row in rows]


async def test_what_an_officer_lets_go_of_waits_for_another(desk: Desk) -> None:
    id = await desk.complaint()
    path = f"/identifications/{id}"
    await desk.done(OFFICER, f"{path}/take")
    await desk.done(OFFICER, f"{path}/case", NEW_CASE)

    foreign = await desk.ask(OFFICER, f"{path}/release", SHIFT_ENDS, nth=2)
    once = {"Idempotency-Key": str(new_id())}
    first = await desk.ask(OFFICER, f"{path}/release", SHIFT_ENDS, once)
    again = await desk.ask(OFFICER, f"{path}/release", SHIFT_ENDS, once)
    (waits,) = await desk.seen(OFFICER, "/identifications")
    hers = await desk.ask(OFFICER, f"/cases/{waits['case_id']}/personal", PURPOSE)
    taken = await desk.ask(OFFICER, f"{path}/take", nth=2)
    done = await desk.ask(OFFICER, f"{path}/classification", FOLLOW_UP, nth=2)

    assert (foreign.status_code, first.status_code, again.status_code) == (404, 204, 204)
    assert (waits["officer_id"], waits["status"]) == (None, "waiting")
    assert hers.status_code == 404
    assert taken.json()["status"] == "case_chosen"  # what was done of it stays done
    assert done.status_code == 201


async def test_each_officer_has_thirty_minutes_and_the_first_run_stays_written(desk: Desk) -> None:
    id = await desk.complaint()
    path = f"/identifications/{id}"
    before = await desk.done(OFFICER, f"{path}/take")

    after = await desk.done(SUPERVISOR, f"{path}/reassignment", to(2))
    same = await desk.done(SUPERVISOR, f"{path}/reassignment", to(2))

    assert (after["officer_id"], after["status"]) == (staff_id(OFFICER, 2), "taken")
    assert same["version"] == after["version"]
    assert at(after["due_at"]) > at(before["due_at"])
    assert at(after["due_at"]) - at(after["taken_at"]) == at(before["due_at"]) - at(
        before["taken_at"]
    )
    assert await runs(desk) == [
        ("ClockStarted", staff_id(OFFICER)),
        ("ClockStopped", None),
        ("ClockStartedAgain", staff_id(OFFICER, 2)),
    ]
    refused = await desk.ask(OFFICER, f"{path}/case", NEW_CASE)
    assert refused.status_code == 404


async def test_a_supervisor_puts_it_back_into_the_queue(desk: Desk) -> None:
    id = await desk.complaint()
    await desk.done(OFFICER, f"/identifications/{id}/take")

    back = await desk.done(SUPERVISOR, f"/identifications/{id}/reassignment", to(None))
    (clock,) = await desk.seen(SUPERVISOR, "/clocks", complaint_id=str(id), status="all")
    taken = await desk.ask(OFFICER, f"/identifications/{id}/take", nth=3)

    assert (back["status"], back["officer_id"], back["due_at"]) == ("waiting", None, None)
    assert clock["stopped_at"] is not None
    assert taken.json()["officer_id"] == staff_id(OFFICER, 3)


async def test_what_is_classified_is_identified_by_nobody_any_more(desk: Desk) -> None:
    id, _ = await desk.case()
    for role, path, body in (
        (OFFICER, "release", SHIFT_ENDS),
        (SUPERVISOR, "reassignment", to(2)),
    ):
        said = await desk.ask(role, f"/identifications/{id}/{path}", body)
        assert (said.status_code, said.json()["type"]) == (409, "/problems/already-classified")


async def test_what_was_left_undetermined_in_an_emergency_changes_hands_too(desk: Desk) -> None:
    id = await desk.complaint()
    path = f"/identifications/{id}"
    await desk.done(OFFICER, f"{path}/take")
    await desk.done(OFFICER, f"{path}/case", {"kind": "undetermined"})
    await desk.done(OFFICER, f"{path}/classification", FOLLOW_UP | {"urgency": "high"})

    after = await desk.done(SUPERVISOR, f"{path}/reassignment", to(2))
    chosen = await desk.ask(OFFICER, f"{path}/case", NEW_CASE, nth=2)

    assert (after["status"], chosen.json()["case_kind"]) == ("classified", "new")


@pytest.mark.parametrize("how", ["release", "conflicts"])
async def test_for_a_related_officer_a_complaint_without_a_case_is_nowhere(
    desk: Desk, how: str
) -> None:
    id = await desk.complaint()
    path = f"/identifications/{id}"
    await desk.done(OFFICER, f"{path}/take")
    declared = {"staff_id": staff_id(OFFICER), "reason": "Terlapor adik saya."}
    body = {"reason": "conflict_of_interest"} if how == "release" else declared

    said = await desk.ask(OFFICER, f"{path}/{how}", body)
    again = await desk.ask(OFFICER, f"{path}/take")
    given = await desk.ask(SUPERVISOR, f"{path}/reassignment", to(1))
    await desk.ask(OFFICER, f"{path}/take", nth=2)
    await desk.ask(OFFICER, f"{path}/case", NEW_CASE, nth=2)
    headers = desk.issuer.headers(OFFICER)
    case = await desk.client.get(f"/cases/{Case.create_id(id)}", headers=headers)
    queue = await desk.client.get("/identifications?status=case_chosen", headers=headers)

    assert said.status_code == 204
    assert (again.status_code, case.status_code, queue.json()) == (404, 404, [])
    assert (given.status_code, given.json()["type"]) == (409, "/problems/officer-related")
    (seen,) = await desk.seen(SUPERVISOR, "/identifications", status="case_chosen")
    assert seen["officer_id"] == staff_id(OFFICER, 2)


async def test_whom_a_supervisor_finds_related_to_the_case_has_its_complaint_no_more(
    desk: Desk,
) -> None:
    id = await desk.complaint()
    await desk.done(OFFICER, f"/identifications/{id}/take")
    chosen = await desk.done(OFFICER, f"/identifications/{id}/case", NEW_CASE)
    related = {"staff_id": staff_id(OFFICER), "reason": "Terlapor adiknya."}

    await desk.ask(SUPERVISOR, f"/cases/{chosen['case_id']}/conflicts", related)

    (waits,) = await desk.seen(SUPERVISOR, "/identifications")
    assert (waits["complaint_id"], waits["officer_id"]) == (str(id), None)


async def test_who_let_go_of_a_complaint_reads_it_and_its_old_case_no_more(office: Office) -> None:
    path = f"/complaints/{office.new}"
    story = await office.post("intake", f"{path}/personal", PURPOSE, OFFICER, SECOND)
    contacted = await office.tried()

    await office.post(
        "triage", f"/identifications/{office.new}/release", SHIFT_ENDS, OFFICER, SECOND
    )

    async def reads() -> tuple[int, int]:
        hers = await office.post("intake", f"{path}/personal", PURPOSE, OFFICER, SECOND)
        return hers.status_code, (await office.tried()).status_code

    assert (story.status_code, contacted.status_code) == (200, 201)
    assert await eventually(reads, lambda found: found == (404, 404)) == (404, 404)
    await office.post("triage", f"/identifications/{office.new}/take", None, OFFICER, FIRST)

    async def looks() -> tuple[int, int]:
        hers = await office.post("intake", f"{path}/personal", PURPOSE, OFFICER, FIRST)
        return hers.status_code, (await office.tried(FIRST)).status_code

    assert await eventually(looks, lambda found: found == (200, 201)) == (200, 201)


async def test_for_who_is_related_to_a_party_the_complaint_is_not_there_at_the_counter(
    office: Office,
) -> None:
    related = {"staff_id": staff_id(OFFICER, SECOND), "reason": "Korban tetangganya."}
    at = f"/identifications/{office.new}/conflicts"
    await office.post("triage", at, related, OFFICER, SECOND)

    async def found() -> int:
        path = f"/complaints/{office.new}"
        return (await office.get("intake", path, OFFICER, SECOND)).status_code

    assert await eventually(found, lambda status: status == 404) == 404


async def test_a_release_that_is_heard_late_takes_it_from_nobody_else(listening: Hearing) -> None:
    first = await received(listening)
    id: UUID = first.complaint_id
    for officer in ("ani", "budi"):
        taken = ComplaintTakenUp(
            occurred_at=MONDAY, complaint_id=id, officer_id=officer, taken_at=MONDAY
        )
        await listening.hear(taken)
    late = ComplaintReleased(
        occurred_at=now_utc(), complaint_id=id, officer_id="ani", released_at=now_utc()
    )
    await listening.hear(late)

    officer_id = await listening.store.pool.fetchval(
        "select officer_id from complaints where id = $1", id
    )
    assert officer_id == "budi"
    assert any(each.name == "intake-note-released" for each in intake.POLICIES)
