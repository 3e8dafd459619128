"""Sweeps the folder: files no request finished, and those whose keys are destroyed."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import structlog

from services.intake.documents import objects, views
from services.intake.documents.commands import documents_of
from services.intake.documents.views import FileRow
from services.intake.domain import Scan
from shared.eventstore import EventStore, now_utc
from shared.eventstore.log import leadership
from shared.eventstore.postgres import OUTAGES, PostgresEventStore
from shared.privacy.sealing import Restricted, key_id_of

EVERY = 60.0  # seconds
log = structlog.get_logger()


async def sweep_now_and_then(folder: Path, dsn: str, store: PostgresEventStore) -> None:
    """Sweep for as long as the service runs, if nobody else does."""
    async with leadership(dsn, "objects", silence=3 * EVERY) as connection:
        if connection is None:
            return
        while True:
            try:
                await sweep(folder, store, now_utc())
            except OUTAGES as error:
                log.warning("not swept", error=type(error).__name__)
            await connection.fetchval("select 1")  # notices that the office is lost
            await asyncio.sleep(EVERY)


async def sweep(folder: Path, store: PostgresEventStore, now: datetime) -> tuple[int, int]:
    """Remove what is nobody's, and what nobody can open ever again; return how many of each.

    What the history speaks of goes only when the keyring itself says that its key is destroyed.
    """
    names = await asyncio.to_thread(objects.names_in, folder)
    unknown = names - await views.known_files(store.pool, names)
    orphans = [name for name in unknown if objects.is_old(folder / name, now)]
    await objects.discard(folder, orphans)
    forgotten = [
        file.name
        for file in await views.files_of_the_forgotten(store.pool, names)
        if await _is_lost_for_ever(store, file)
    ]
    await objects.discard(folder, forgotten)
    if orphans or forgotten:
        log.info("swept", orphans=len(orphans), forgotten=len(forgotten))
    return len(orphans), len(forgotten)


async def _is_lost_for_ever(store: EventStore, file: FileRow) -> bool:
    documents = await documents_of(store, file.complaint_id)
    sealed = _keys_of(documents.scans[file.scan_id])[file.name]
    if sealed is None:
        return False
    id = key_id_of(sealed)
    store.keys.forget({id})
    try:
        return (await store.keys.keys({id}))[id] is None
    except Restricted:
        return False


def _keys_of(scan: Scan) -> dict[str, str | None]:
    files = [scan.original, *([scan.copy.file] if scan.copy else [])]
    return {
        file.name: file.file_key.sealed.token if file.file_key.sealed else None for file in files
    }
