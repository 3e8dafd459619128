"""Papers and scans over HTTP. No other call ever asks how it stands with them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.requests import ClientDisconnect

from services.intake import views as complaints
from services.intake.documents import commands, objects, views
from services.intake.documents.copying import ACCEPTED
from services.intake.documents.forms import NoteForm, ViewingForm, as_files, said_on
from services.intake.documents.receiving import LARGEST, receive, scan_of, viewable
from services.intake.documents.views import DocumentsView, ScanView
from services.intake.domain import (
    DocumentStatus,
    FileClosed,
    FileForgotten,
    KindNotAccepted,
    NoCopy,
    Paper,
    ScanType,
)
from shared.access import knock, may, permits
from shared.access.door import ERASED, RESTRICTED, open_personal
from shared.problems import AlreadyHandled, Problem
from shared.web import (
    Asked,
    BecauseOf,
    Caller,
    IdempotencyKey,
    Now,
    Reading,
    Store,
    allowed,
)
from shared.web.past import Past
from shared.web.personal import OpenedView, OpeningForm, opened
from shared.web.problems import bounds_of, problems

router = APIRouter(responses=problems(), tags=["documents"])
AT = "/complaints/{id}/documents"
UNNAMED = "application/octet-stream"  # what it is we see for ourselves
LONGEST = 300.0  # seconds for the largest file: 35 kB a second
DEADLINE = 35.0  # seconds from its last byte: a copy is made of it
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "audio/mp4": "m4a", "audio/mpeg": "mp3"}
AS_IT_IS = {  # whatever it is: no browser shows it, none guesses what it may be
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": as_files(ACCEPTED)}
}
BODY = {"requestBody": {"required": True, "content": as_files([*ACCEPTED, UNNAMED])}}


@router.get(AT, dependencies=[allowed("document.read")], responses=problems(404))
async def get_documents(id: UUID, reader: Reading, caller: Caller, past: Past) -> DocumentsView:
    """Return which papers are there, asked for or waived, and which files were kept."""
    found = await complaints.complaint(reader, id)
    may(caller, "document.read", found.resource())
    today = await views.documents(reader, id)
    # Who is in its case may have been told with another complaint about it.
    others = await complaints.complaints_of(reader, found.case_id) if found.case_id else []
    return await past.of(today, [id, *others], lambda then: views.documents(then, id))


@router.put(f"{AT}/{{type}}", dependencies=[allowed("document.note")], responses=problems(404, 409))
async def note_document(
    id: UUID,
    type: Paper,
    form: NoteForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> DocumentsView:
    """Note how it stands with one paper: it may come late, be lost, or not be needed at all."""
    action = "document.waive" if form.status is DocumentStatus.WAIVED else "document.note"
    knock(caller, action)
    found = await complaints.complaint(reader, id)
    may(caller, action, found.resource())
    with suppress(AlreadyHandled):
        await commands.note_document(
            *(store, cause, id),
            type=type,
            note=form.note(),
            group=form.group,
            may_waive=permits(caller, "document.waive", found.resource()),
            by=caller.id,
            now=now,
        )
    return await views.documents(reader, id)


@router.post(
    f"{AT}/personal",
    dependencies=[allowed("document.open_personal")],
    responses=problems(404),
)
async def open_documents(
    id: UUID,
    form: OpeningForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    now: Now,
) -> OpenedView:
    """Read what stands on the papers, for a purpose. It is written down who did."""
    found = await complaints.complaint(reader, id)
    reason = may(caller, "document.open_personal", found.resource())
    said = said_on(await commands.documents_of(store, id))
    return await opened(store, cause, reason, form, about=id, journey=id, texts=said, now=now)


async def _folder(request: Request) -> Path:
    folder: Path = request.app.state.objects
    return folder


Folder = Annotated[Path, Depends(_folder)]


@router.post(
    f"{AT}/{{type}}/scans",
    status_code=201,
    dependencies=[allowed("scan.store")],
    responses=problems(404, 409, 415),
    openapi_extra=BODY,
)
async def store_scan(
    request: Request,
    id: UUID,
    type: ScanType,
    store: Store,
    reader: Reading,
    caller: Caller,
    folder: Folder,
    now: Now,
    person_id: UUID | None = None,
    idempotency_key: IdempotencyKey = None,
) -> ScanView:
    """Keep a file: the body is the file. The original is kept as it is; people see a copy of it.

    Where no copy can be made the file is kept all the same, and the answer says `quarantined`.
    """
    found = await complaints.complaint(reader, id)
    may(caller, "scan.store", found.resource())
    await commands.check_person(store, id, person_id)
    named = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if named not in (*ACCEPTED, UNNAMED):
        raise KindNotAccepted("media type")
    bounds = bounds_of(request)
    # We count for ourselves, to say more clearly what is wrong; this one is the net below.
    bounds.largest, bounds.longest, bounds.deadline = 2 * LARGEST, LONGEST, DEADLINE
    asked = Asked(request, caller, idempotency_key)
    promised = request.headers.get("content-length", "")
    try:
        received = await receive(
            folder,
            request.stream(),
            promised=int(promised) if promised.isdecimal() else None,
            read=asked.read,
        )
    except ClientDisconnect:
        raise ConnectionAbortedError from None  # nobody is there to hear it
    cause = asked.cause()
    copy = None
    try:
        await store.once(cause)
        copy = await viewable(folder, request.app.state.copier, received)
        scan = scan_of(type, person_id, received, copy)
        await commands.store_scan(store, cause, id, scan=scan, by=caller.id, now=now)
    except Problem as problem:  # it is certain that the history does not speak of these
        ours = [received.original.name, *([copy.kept.name] if copy else [])]
        await objects.discard(folder, ours)
        if not isinstance(problem, AlreadyHandled):
            raise
    return await views.scan(reader, id, type, commands.scan_id_of(cause))


@router.post(
    f"{AT}/{{type}}/scans/{{scan_id}}/opening",
    dependencies=[allowed("document.open_personal")],
    responses=problems(404, 409) | BYTES,
    response_class=Response,
)
async def open_scan(
    id: UUID,
    type: ScanType,
    scan_id: UUID,
    form: ViewingForm,
    store: Store,
    reader: Reading,
    cause: BecauseOf,
    caller: Caller,
    folder: Folder,
    now: Now,
) -> Response:
    """Return the bytes of the copy, or of the original. First it is written down who looks."""
    if form.what == "original":
        knock(caller, "evidence.open_original")
    found = await complaints.complaint(reader, id)
    reason = may(caller, "document.open_personal", found.resource())
    if form.what == "original":
        may(caller, "evidence.open_original", found.resource())
    await views.scan(reader, id, type, scan_id)  # raises Missing
    scan = (await commands.documents_of(store, id)).scans[scan_id]
    if form.what == "original":
        file, media_type, digest = scan.original, scan.media_type, scan.sha256
    elif scan.copy:
        file, media_type, digest = scan.copy.file, scan.copy.media_type, scan.copy.sha256
    else:
        raise NoCopy(f"Scan {scan_id}")
    field = f"{type.lower()}.{scan_id}.{form.what}"
    told = await open_personal(
        *(store, cause.about(id), reason),
        about=id,
        texts={field: file.file_key},
        purpose=form.purpose,
        now=now,
    )
    if told[field] == ERASED:
        raise FileForgotten(f"Scan {scan_id}")
    if told[field] == RESTRICTED:
        raise FileClosed(f"Scan {scan_id}")
    content = await objects.read(folder, file.name, told[field], digest)
    ending = ENDINGS.get(media_type, media_type.rpartition("/")[2])
    attached = {"Content-Disposition": f'attachment; filename="scan.{ending}"'}
    return Response(content, media_type=media_type, headers=AS_IT_IS | attached)
