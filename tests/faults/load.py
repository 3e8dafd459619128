"""People who use the whole office at once, and who remember what it answered them.

Everybody complains, and an officer takes that complaint all the way to a counselor or an agency.
Whoever gets no good answer sends the same again with the same Idempotency-Key, or gives up.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import httpx
from fastapi import Request

from shared.access import PUBLIC, Subject
from shared.web import Asked
from shared.web.problems import NOT_STORED
from tests.complaints import FOLLOW_UP, NEW_CASE, WALK_IN, WEBSITE
from tests.faults.office import Office
from tests.services import PLAIN
from tests.tokens import staff_id

PEOPLE = 6
PATIENCE = 2.5  # seconds for one answer, less than a service may take: some answers come too late
PAUSE = 0.25  # seconds between two steps, at most
GIVES_UP = 0.15  # of those who were not answered well
ELSEWHERE = FOLLOW_UP | {"locus": "out", "locus_code": "35.07.22.2008"}  # another regency
OPERATOR, OFFICER = "operator", "identification_officer"
OK, REFUSED, UNKNOWN = "ok", "refused", "unknown"


@dataclass(frozen=True)
class Step:
    """Something that can be asked for, and the event that is stored when it is done."""

    service: str
    route: str
    event: str
    role: str


COMPLAIN = Step("intake", "/complaints", "ComplaintReceived", OPERATOR)
TAKE = Step("triage", "/identifications/{complaint_id}/take", "ComplaintTakenUp", OFFICER)
CHOOSE = Step("triage", "/identifications/{complaint_id}/case", "CaseChosen", OFFICER)
CLASSIFY = Step(
    "triage", "/identifications/{complaint_id}/classification", "CaseClassified", OFFICER
)


@dataclass
class Sent:
    """One request, however often it was sent, and how each time ended."""

    step: Step
    message_id: str  # under which the service stores why it did something
    ends: list[str] = field(default_factory=list)
    complaint_id: str = ""


@dataclass
class Load:
    """What everybody sent, and what became of it."""

    office: Office
    chance: Random
    sent: list[Sent] = field(default_factory=list)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def people(self) -> None:
        """Let everybody go on until it is over; then each finishes what she has begun."""
        async with asyncio.TaskGroup() as group:
            for nth in range(1, PEOPLE + 1):
                group.create_task(Person(self, nth, Random(self.chance.random())).live())  # noqa: S311


class Person:
    """One after the other: somebody who complains, and the officer who takes it up."""

    def __init__(self, load: Load, nth: int, chance: Random) -> None:
        self.load, self.nth, self.chance = load, nth, chance

    async def live(self) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE, verify=PLAIN) as self.client:
            while not self.load.is_over.is_set():
                await self.one_complaint()

    async def one_complaint(self) -> None:
        complaint = await self.send(COMPLAIN, self.chance.choice([WALK_IN, WEBSITE]))
        if complaint is None:
            return  # gave up; it may be stored, and then it waits for an officer for ever
        id = complaint["complaint_id"]
        await self.waits_in_triage(id)
        await self.send(TAKE, None, id)
        await self.send(CHOOSE, NEW_CASE, id)
        await self.send(CLASSIFY, self.chance.choice([FOLLOW_UP, ELSEWHERE]), id)

    async def send(self, step: Step, body: Any, id: str = "") -> dict[str, Any] | None:
        """Send it until it is done, or until we give up; None then."""
        path = step.route.format(complaint_id=id)
        is_public = body is WEBSITE
        who = PUBLIC if is_public else Subject(staff_id(step.role, self.nth))
        headers = {} if is_public else self.load.office.headers(step.role, self.nth)
        content = b"" if body is None else json.dumps(body).encode()
        key = f"{self.chance.getrandbits(128):032x}"
        sent = Sent(step, message_id(step, path, who, key, content), complaint_id=id)
        self.load.sent.append(sent)
        self.load.office.sent.append(sent)
        while True:
            end, answer = await self.once(step, path, headers | {"Idempotency-Key": key}, content)
            sent.ends.append(end)
            if answer is not None:
                sent.complaint_id = id or answer["complaint_id"]
                return answer
            if step is COMPLAIN and self.chance.random() < GIVES_UP:
                return None
            await self.pause()

    async def once(
        self, step: Step, path: str, headers: dict[str, str], content: bytes
    ) -> tuple[str, dict[str, Any] | None]:
        """Send it once, and return how that ended, and the answer if it was done."""
        await self.pause()
        try:
            answer = await self.client.post(
                f"{self.base_url(step.service)}{path}",
                content=content,
                headers=headers | {"Content-Type": "application/json"},
            )
        except httpx.TransportError:
            return UNKNOWN, None
        if answer.is_success:
            return OK, answer.json()
        said = answer.json()
        if answer.status_code == 503:
            return (REFUSED if said["detail"] == NOT_STORED else UNKNOWN), None
        assert (answer.status_code, said["type"]) == (409, "/problems/stale"), answer.text
        return REFUSED, None

    async def waits_in_triage(self, id: str) -> None:
        """Look until the complaint is in the queue."""
        headers = self.load.office.headers(OFFICER, self.nth)
        while True:
            try:
                url = f"{self.base_url('triage')}/identifications/{id}"
                if (await self.client.get(url, headers=headers)).is_success:
                    return
            except httpx.TransportError:
                pass
            await self.pause()

    def base_url(self, service: str) -> str:
        """Any process of a service does."""
        replica = self.chance.choice(self.load.office.of(service))
        return str(replica.process.client.base_url)

    async def pause(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, PAUSE))


def message_id(step: Step, path: str, who: Subject, key: str, content: bytes) -> str:
    """Return the name that a request of ours has in the record; the key itself is never kept."""
    request = SimpleNamespace(
        method="POST",
        scope={"route": SimpleNamespace(path=step.route)},
        url=SimpleNamespace(path=path),
    )
    asked = Asked(cast(Request, request), who, key)
    asked.read(content)
    return asked.cause().message_id


@asynccontextmanager
async def under_load(office: Office, chance: Random, within: float) -> AsyncIterator[Load]:
    """Let people use the office; at the end each finishes what she has begun, within so long."""
    load = Load(office, chance)
    people = asyncio.create_task(load.people())
    try:
        yield load
        load.is_over.set()
        async with asyncio.timeout(within):
            await asyncio.shield(people)
    finally:
        people.cancel()
        await asyncio.gather(people, return_exceptions=True)
