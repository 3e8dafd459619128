"""The provable log over HTTP, the same in every service: tiles, checkpoints, proofs (C2SP)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel

from shared.history import records, witnessing
from shared.history.notes import WrongNote, policy_of, to_base64
from shared.history.signer import LogFolder
from shared.history.tree import TILE, bundled
from shared.problems import Missing, Refused
from shared.web import PUBLIC_TOO, Now, Pool, allowed
from shared.web.problems import problems

Answers: TypeAlias = dict[int | str, dict[str, Any]]
router = APIRouter(prefix="/log", tags=["log"])
TEXT = "text/plain; charset=utf-8"
NUMBER = re.compile(r"^((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?$")
LEVELS = 7  # of tiles: more events than there will ever be
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}  # a full tile never changes
BYTES = "application/octet-stream"
FILE: Answers = {200: {"content": {BYTES: {}}}}
NOTE: Answers = {200: {"content": {"text/plain": {}}}}


class QuorumView(BaseModel):
    """How much of the log enough witnesses have seen."""

    size: int
    witnessed: int
    witnessed_at: datetime | None
    needed: int
    is_late: bool


class FalseSignature(Refused):
    """No witness that we know signed our newest checkpoint so."""


@router.get(
    "/checkpoint",
    dependencies=[allowed("log.read")],
    openapi_extra=PUBLIC_TOO,
    response_class=Response,
    responses=problems(404) | NOTE,
)
async def checkpoint(pool: Pool) -> Response:
    """Return the newest signed checkpoint, with what witnesses said of it."""
    newest = await records.tip(pool)
    if newest is None:
        raise Missing("Checkpoint")
    return Response(await records.cosigned(pool, newest), media_type=TEXT)


@router.get(
    "/policy",
    dependencies=[allowed("log.read")],
    openapi_extra=PUBLIC_TOO,
    response_class=Response,
    responses=problems() | NOTE,
)
async def policy(request: Request) -> Response:
    """Return the key of the log and those of its witnesses: compare them with those on paper."""
    folder: LogFolder = request.app.state.log
    return Response(folder.policy(), media_type=TEXT)


@router.get(
    "/quorum", dependencies=[allowed("log.read")], openapi_extra=PUBLIC_TOO, responses=problems()
)
async def quorum(request: Request, pool: Pool, now: Now) -> QuorumView:
    """Return how much of the log enough witnesses have seen."""
    found = await witnessing.quorum(pool, request.app.state.log, now)
    return QuorumView(**vars(found))


@router.get(
    "/tile/{level}/{path:path}",
    dependencies=[allowed("log.read")],
    openapi_extra=PUBLIC_TOO,
    response_class=Response,
    responses=problems(404) | FILE,
)
async def tile(level: int, path: str, pool: Pool) -> Response:
    """Return a tile of hashes; a full one never changes."""
    low, high = await _range(pool, level, path)
    hashes = await records.hashes(pool, level, low, high)
    headers = FOR_EVER if high - low == TILE else None
    return Response(b"".join(hashes), media_type=BYTES, headers=headers)


@router.get(
    "/entries/{path:path}",
    response_class=Response,
    dependencies=[allowed("log.entries")],
    responses=problems(404) | FILE,
)
async def entries(path: str, pool: Pool) -> Response:
    """Return a tile of entries: order, time and kind of events, and hashes of their bodies."""
    low, high = await _range(pool, 0, path)
    found = [row.entry for row in await records.rows(pool, low, high)]
    return Response(bundled(found), media_type=BYTES)


async def _range(pool: Pool, level: int, path: str) -> tuple[int, int]:
    """Return from and up to where a tile goes, or raise Missing."""
    found = NUMBER.match(path)
    newest = await records.tip(pool)
    if found is None or newest is None or not 0 <= level < LEVELS:
        raise Missing("Tile")
    number, partial = found.groups()
    low, width = int(number.replace("x", "").replace("/", "")) * TILE, int(partial or TILE)
    if not 0 < width <= TILE or low + width > newest.size // TILE**level:
        raise Missing("Tile")
    return low, low + width


@router.get(
    "/proof/{event_id}",
    dependencies=[allowed("log.read")],
    openapi_extra=PUBLIC_TOO,
    response_class=Response,
    responses=problems(404) | NOTE,
)
async def proof(event_id: UUID, pool: Pool) -> Response:
    """Return what proves, offline, that an event is in the log (C2SP tlog-proof).

    Whoever has a receipt knows the event's id. An event is there a second after it was stored.
    """
    newest, found = await records.tip(pool), await records.index_of(pool, event_id)
    if newest is None or found is None or found[0] >= newest.size:
        raise Missing(f"Proof of {event_id}")
    index, _ = found
    path = await records.inclusion(pool, index, newest.size)
    lines = ["c2sp.org/tlog-proof@v1", f"index {index}", *map(to_base64, path), ""]
    return Response("\n".join([*lines, await records.cosigned(pool, newest)]), media_type=TEXT)


@router.post(
    "/cosignatures",
    status_code=204,
    response_class=Response,
    dependencies=[allowed("log.cosign")],
    openapi_extra=PUBLIC_TOO,
    responses=problems(404, 409),
)
async def cosignatures(
    request: Request,
    pool: Pool,
    lines: Annotated[str, Body(media_type="text/plain", max_length=8_192)],
) -> Response:
    """Take what a witness says of our newest checkpoint; its signature says who it is."""
    folder: LogFolder = request.app.state.log
    newest = await records.tip(pool)
    if newest is None:
        raise Missing("Checkpoint")
    try:
        await witnessing.keep(pool, list(policy_of(folder.policy()).witnesses), newest, lines)
    except WrongNote:
        raise FalseSignature("cosignature") from None
    return Response(status_code=204)
