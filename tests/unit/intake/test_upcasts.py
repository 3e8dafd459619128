"""What an earlier version stored is still read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from services.intake.app import PARTS
from services.intake.domain import Complaint, SafeContact, Told
from shared.contracts import person_of
from shared.eventstore import Cause, new_id
from shared.eventstore.memory import MemoryKeys
from shared.privacy import Personal
from shared.privacy.sealing import unseal

NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ID = UUID(int=1)


def test_hours_that_were_covered_stay_so_and_open_at_their_old_place() -> None:
    """They were called ``hours`` and sealed; today's are plain and have that name."""
    codec, event_id, key = PARTS.codec, new_id(), MemoryKeys().take()
    complaint = Complaint(id=ID, channel="walk_in", sub_channel=None, opened_at=NINE)
    complaint.receive("1", Told("victim", Personal("x"), in_danger=False), NINE)
    _, received = complaint.collect_events()
    safe = SafeContact(person_of(ID, "reporter"), may_call=True, habits=(Personal("09:00-15:00"),))
    assert isinstance(received, Complaint.ComplaintReceived)
    vars(received)["told"] = replace(received.told, safe_contact=safe)
    draft = codec.draft(received)
    box = draft.data["told"]["safe_contact"]
    box["hours"] = box.pop("habits")
    places = tuple(
        replace(each, box=box["hours"], path=each.path.replace("habits", "hours"))
        if "habits" in each.path
        else each
        for each in draft.places
    )
    cause = Cause(handler="x", message_id="x", actor="x").about(ID)
    keys = {each.subject: key for each in places}
    body = json.loads(codec.encode(replace(draft, places=places), cause, event_id, keys, set()))
    del body["v"]

    again, _ = codec.decode("ComplaintReceived", json.dumps(body), ID, 2, event_id)

    assert isinstance(again, Complaint.ComplaintReceived)
    old = again.told.safe_contact
    assert old is not None
    assert (old.may_call, old.hours) == (True, ())
    sealed = old.habits[0].sealed
    assert sealed is not None
    assert sealed.path == "told.safe_contact.hours.0"
    opened = unseal(
        key, sealed.token, event_id=event_id, event_type="ComplaintReceived", path=sealed.path
    )
    assert opened == "09:00-15:00"
