"""The same complaint sent again by somebody without an account is one, also without a key.

Who sees no answer sends the form again. For some minutes the same words from the same network stand
for the key that it did not send. Nothing is kept of the network: the mark is made with a key that
this process forgets within a day, and two processes do not know each other's marks.

The answer holds the code and the PIN, so a few words stand for nothing: two people behind one
network may both write "tolong", and somebody at home may guess what she wrote. Those are stored
each time.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from fastapi import Request

from shared.eventstore import Cause
from shared.privacy import Personal
from shared.web.odd import is_brief

REPEATS = UUID("3f1b7c8e-52a4-5d19-8f60-c4d9e2a7b015")  # namespace of what stands for a key
MINUTES = 10  # of each span; the one before counts too
ITS_OWN = 40  # characters of a narrative that nobody else writes by chance or guesses


async def causes_of(
    request: Request, cause: Cause, narrative: Personal, now: datetime
) -> list[Cause]:
    """Return why a complaint may be stored: now, and as it may have been sent some minutes ago.

    The first is the one to store it under. With few words it is the request's own cause alone.
    """
    if is_brief(narrative, ITS_OWN):
        return [cause]
    host = request.client.host if request.client else ""
    body = await request.body()
    span = int(now.timestamp()) // (60 * MINUTES)
    found = []
    for each in (span, span - 1):
        mark = request.app.state.limits.mark(host, b"%d\n" % each + body)
        known = hashlib.sha256(f"{mark}\n".encode() + body).digest()
        message_id = str(uuid5(REPEATS, mark))
        found.append(replace(cause, message_id=message_id, fingerprint=known, fresh=False))
    return found
