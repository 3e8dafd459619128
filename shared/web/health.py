"""How a service is doing: alive, ready, and in numbers."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from shared.messaging.running import Health
from shared.web import Pool

FILLING = 0.8  # of a disk in use: time to do something, while there is time
DISKS = Gauge("aduan_disk_used_ratio", "How full the disk of a folder is", ["folder"])
router = APIRouter(tags=["operations"])


@router.get("/healthz", responses={503: {"description": "Restart me"}})
async def alive(request: Request) -> JSONResponse:
    """Say whether the service and its background work are running."""
    work: Health = request.app.state.work
    stopped = work.stopped
    return JSONResponse({"stopped": stopped}, 503 if stopped else 200)


@router.get("/readyz", responses={503: {"description": "The database is away"}})
async def ready(request: Request, pool: Pool) -> JSONResponse:
    """Say whether complaints can be stored. NATS being away is told, and is no reason to close."""
    work: Health = request.app.state.work
    now = asyncio.get_running_loop().time()
    about: dict[str, Any] = {
        "nats": "connected" if request.app.state.bus.is_connected else "away",
        "failing": work.failing(now),
    }
    disks = used(request.app.state.settings.written)
    about["filling"] = {name: share for name, share in disks.items() if share >= FILLING}
    about["gaps"] = request.app.state.missed.gaps
    about["parked"] = await request.app.state.bus.count_parked(request.app.state.name)
    try:
        about["unpublished"] = await pool.fetchval(
            "select s.next_index - coalesce(b.next_index, 0) + (select count(*) from es.events e"
            " where (e.tx_id, e.position) > (s.tx_id, s.position))"
            " from es.sequencer s left join es.bookmarks b on b.reader = 'relay'"
        )
    except Exception as error:
        return JSONResponse(about | {"database": type(error).__name__}, 503)
    return JSONResponse(about | {"database": "connected"}, 503 if work.stopped else 200)


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Return figures about the process for Prometheus; never an id, never a person."""
    for name, share in used(request.app.state.settings.written).items():
        DISKS.labels(name).set(share)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def used(folders: Mapping[str, Path]) -> dict[str, float]:
    """Return how full the disk of each folder is, from 0 to 1, for us who are not root."""
    shares = {}
    for name, folder in folders.items():
        about = shutil.disk_usage(folder)
        shares[name] = round(about.used / (about.used + about.free), 3)
    return shares
