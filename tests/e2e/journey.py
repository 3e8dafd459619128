"""One complaint on its way through the running system: what staff do with it, and what they see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from deploy.clients import PUBLIC, Clients, story
from deploy.demo import SCENARIOS
from shared.contracts import person_of
from tests.services import eventually

Json: TypeAlias = dict[str, Any]
OPERATOR, OFFICER, SUPERVISOR = "operator", "identification_officer", "supervisor"


def told_in(name: str, **more: Any) -> Json:
    """What somebody tells in a scenario, without the channel, which the contact knows."""
    told: Json = SCENARIOS[name]["complaint"]
    return {key: told[key] for key in told if key not in ("channel", "sub_channel")} | more


def form_in(name: str, **more: Any) -> Json:
    """The case form of a scenario."""
    found: Json = SCENARIOS[name]["case"]["form"]
    return found | more


def decided_in(name: str, **more: Any) -> Json:
    """What the officer of a scenario decides."""
    found: Json = SCENARIOS[name]["classification"]
    return found | more


@dataclass
class Journey:
    """A complaint, and everybody who has to do with it."""

    clients: Clients
    id: str
    receipt: Json = field(default_factory=dict)
    case_id: str = ""

    async def ask(self, who: str, service: str, path: str, body: Any = None) -> Any:
        """Do something with it: ``{id}`` and ``{case}`` in the path are its own."""
        at = path.format(id=self.id, case=self.case_id)
        return await self.clients.post(who, service, at, body)

    async def see(self, who: str, service: str, path: str, **asked: Any) -> Any:
        at = path.format(id=self.id, case=self.case_id)
        return await self.clients.get(who, service, at, **asked)

    async def refused(
        self, who: str, service: str, path: str, body: Any, because: str, *, status: int = 409
    ) -> str:
        """Try what must not be, and return what the answer says of it."""
        with pytest.raises(RuntimeError, match=rf": {status} .*{because}") as refusal:
            await self.ask(who, service, path, body)
        return str(refusal.value)

    # At the counter

    async def tells(self, told: Json) -> Json:
        self.receipt = await self.ask(OPERATOR, "intake", "/contacts/{id}/complaint", told)
        return self.receipt

    async def is_handed_over(self) -> None:
        await self.ask(OPERATOR, "intake", "/complaints/{id}/handover")

    async def note(self, paper: str, who: str = OPERATOR, **how: Any) -> Json:
        """Note how it stands with a paper, and return all papers."""
        at = f"/complaints/{self.id}/documents/{paper}"
        found: Json = await self.clients.put(who, "intake", at, how)
        return found

    async def papers(self, n: int = 0) -> dict[str, str]:
        """How it stands with each paper on the nth list."""
        found = await self.see(OPERATOR, "intake", "/complaints/{id}/documents")
        return {each["type"]: each["status"] for each in found["checklists"][n]["papers"]}

    def victim(self, n: int = 0) -> str:
        """Who she is in the case form."""
        return str(person_of(UUID(self.case_id), "victim", n))

    # With the officer

    async def is_taken_up(self) -> Json:
        async def queued() -> list[Json]:
            queue = await self.clients.get(OFFICER, "triage", "/identifications", limit=500)
            return [each for each in queue if each["complaint_id"] == self.id]

        (waiting,) = await eventually(queued, lambda found: found and found[0]["handed_over"])
        await self.ask(OFFICER, "triage", "/identifications/{id}/take")
        return waiting

    async def is_of_case(self, **chosen: Any) -> Json:
        """Choose its case: ``kind``, and what goes with it."""
        found: Json = await self.ask(OFFICER, "triage", "/identifications/{id}/case", chosen)
        self.case_id = found["case_id"] or ""
        return found

    async def is_classified(self, decision: Json) -> list[str]:
        """Decide, and return the route."""
        at = "/identifications/{id}/classification"
        decided = await self.ask(OFFICER, "triage", at, decision)
        self.case_id = decided["case_id"]
        route: list[str] = decided["route"]
        return route

    async def case(self) -> Json:
        found: Json = await self.see(SUPERVISOR, "triage", "/cases/{case}")
        return found

    # With the counselor

    async def casework(self) -> list[Json]:
        found: list[Json] = await self.clients.get(
            SUPERVISOR, "counseling", "/casework", case_id=self.case_id
        )
        return found

    async def counselor(self) -> Json:
        """Wait until somebody answers for it, and return her entry in the roster, and why she."""
        (work,) = await eventually(
            self.casework, lambda found: bool(found and found[0]["counselor_id"])
        )
        roster = await self.see(SUPERVISOR, "counseling", "/counselors")
        (hers,) = [each for each in roster if each["id"] == work["counselor_id"]]
        return dict(hers) | {"username": self.login(hers["id"]), "reasons": work["reasons"]}

    def login(self, sub: str) -> str:
        (found,) = [each.username for each in self.clients.running.logins if each.sub == sub]
        return found

    # What is written down

    async def status(self, status: str) -> Json:
        """Wait until the counter knows that it came so far."""

        async def complaint() -> Json:
            found: Json = await self.see(OPERATOR, "intake", "/complaints/{id}")
            return found

        return await eventually(complaint, lambda found: found["status"] == status)

    async def clock(self, service: str, rule: str) -> Json:
        """The time limit of that name; wait until it runs."""

        async def clocks() -> list[Json]:
            asked = {"status": "all", "rule": rule}
            about = {"case_id": self.case_id} if self.case_id else {"complaint_id": self.id}
            found: list[Json] = []
            for each in ({"complaint_id": self.id}, about):
                found = await self.clients.get(SUPERVISOR, service, "/clocks", **asked, **each)
                if found:
                    break
            return found

        return (await eventually(clocks, bool))[0]

    async def events(self, type: str | None = None) -> list[Json]:
        """What the four services remember of it, in order; or only the events of one type."""
        found = await story(self.clients, UUID(self.id))
        return [each for each in found if type in (None, each["type"])]


async def at_the_counter(clients: Clients, channel: str, **how: Any) -> Journey:
    """Somebody comes, rings or writes, and an operator turns to her."""
    body = {"channel": channel} | how
    opened = await clients.post(OPERATOR, "intake", "/contacts", body)
    return Journey(clients, opened["id"])


async def on_the_website(clients: Clients, told: Json) -> Journey:
    """Somebody fills in the public form."""
    body = {"channel": "online", "sub_channel": "website"} | told
    receipt = await clients.post(PUBLIC, "intake", "/complaints", body)
    return Journey(clients, receipt["complaint_id"], receipt)
