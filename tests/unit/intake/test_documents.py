"""Papers are asked for, come late, are waived; and nothing ever waits for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.intake.domain import (
    MOST_SCANS,
    AgeGroup,
    DetailMismatch,
    Details,
    Documents,
    DocumentStatus,
    DueMismatch,
    NotAskedUnder17,
    Note,
    Paper,
    ReasonNeeded,
    Scan,
    ScanType,
    SealedFile,
    TooManyScans,
    ViewingCopy,
    WaiverNeeded,
    age_group,
    is_complete,
    status_of,
)
from services.intake.domain.papers import Statuses
from shared.privacy import Personal
from tests.given import given
from tests.services import PROJECT

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COMPLAINT, HER, SCAN = UUID(int=1), UUID(int=2), UUID(int=3)
OPERATOR, SUPERVISOR = "operator-1", "supervisor-1"
S = DocumentStatus
FILE = SealedFile("a1", Personal("key"))
COPY = ViewingCopy(SealedFile("b2", Personal("key")), "image/jpeg", 9, "cd", 1, 1)


def papers() -> Documents:
    return Documents(complaint_id=COMPLAINT)


def a_scan(
    type: ScanType = ScanType.KK, copy: ViewingCopy | None = COPY, *, quarantined: bool = False
) -> Scan:
    return Scan(type, "image/jpeg", 9, "ab", FILE, copy, quarantined)


def asked(documents: Documents) -> None:
    documents.note(Paper.KK, Note(S.REQUESTED), OPERATOR, MONDAY)


def a_child(documents: Documents) -> None:
    documents.note(Paper.KK, Note(S.RECEIVED), OPERATOR, MONDAY, AgeGroup.UNDER_17)


def test_there_is_one_list_of_papers_to_a_complaint() -> None:
    assert papers().id == Documents.create_id(COMPLAINT)


def test_what_is_asked_for_may_take_two_weeks() -> None:
    given(papers()).when(Documents.note, Paper.KK, Note(S.REQUESTED), OPERATOR, MONDAY).then(
        Documents.DocumentNoted,
        type=Paper.KK,
        note=Note(S.REQUESTED, due_at=MONDAY + timedelta(days=14)),
        noted_by=OPERATOR,
        noted_at=MONDAY,
    )


def test_asking_again_later_moves_nothing() -> None:
    later = MONDAY + timedelta(days=3)
    given(papers(), asked).when(
        Documents.note, Paper.KK, Note(S.REQUESTED), OPERATOR, later
    ).then_nothing()


def test_a_paper_may_come_when_its_day_has_long_passed() -> None:
    later = MONDAY + timedelta(days=300)
    given(papers(), asked).when(Documents.note, Paper.KK, Note(S.RECEIVED), OPERATOR, later).then(
        Documents.DocumentNoted, note=Note(S.RECEIVED)
    )


@pytest.mark.parametrize(
    ("status", "due_at"),
    [(S.REQUESTED, MONDAY), (S.RECEIVED, MONDAY + timedelta(days=1))],
    ids=["due now", "due, and there"],
)
def test_a_day_to_bring_it_by_lies_ahead_and_goes_with_asking(
    status: DocumentStatus, due_at: datetime
) -> None:
    note = Note(status, due_at=due_at)
    given(papers()).when(Documents.note, Paper.KK, note, OPERATOR, MONDAY).refused(DueMismatch)


@pytest.mark.parametrize("status", [S.WAIVED, S.REJECTED, S.NOT_APPLICABLE])
def test_a_paper_that_is_not_asked_for_any_more_needs_a_reason(status: DocumentStatus) -> None:
    note = Documents.note
    given(papers()).when(note, Paper.SKTM, Note(status), OPERATOR, MONDAY, may_waive=True).refused(
        ReasonNeeded
    )
    given(papers()).when(
        note, Paper.SKTM, Note(status, reason="safety"), OPERATOR, MONDAY, may_waive=True
    ).then(Documents.DocumentNoted, note=Note(status, reason="safety"))


def test_what_her_age_excludes_needs_no_reason() -> None:
    given(papers(), a_child).when(
        Documents.note, Paper.KTP, Note(S.NOT_APPLICABLE), OPERATOR, MONDAY
    ).then(Documents.DocumentNoted, note=Note(S.NOT_APPLICABLE))


def test_a_waiver_begins_and_ends_with_who_may_waive_but_a_paper_may_always_come() -> None:
    def waived(documents: Documents) -> None:
        note = Note(S.WAIVED, reason="safety")
        documents.note(Paper.KK, note, SUPERVISOR, MONDAY, may_waive=True)

    note, begin = Documents.note, Note(S.WAIVED, reason="safety")
    given(papers()).when(note, Paper.KK, begin, OPERATOR, MONDAY).refused(WaiverNeeded)
    for status in (S.NOT_ASKED, S.REQUESTED, S.REJECTED, S.NOT_APPLICABLE):
        other = Note(status, reason="safety")
        given(papers(), waived).when(note, Paper.KK, other, OPERATOR, MONDAY).refused(WaiverNeeded)
        given(papers(), waived).when(
            note, Paper.KK, other, SUPERVISOR, MONDAY, may_waive=True
        ).then(Documents.DocumentNoted)
    for status in (S.RECEIVED, S.VERIFIED):
        given(papers(), waived).when(note, Paper.KK, Note(status), OPERATOR, MONDAY).then(
            Documents.DocumentNoted, note=Note(status)
        )


def test_a_paper_says_only_what_stands_on_it() -> None:
    note = Note(S.RECEIVED, details=Details(nik=Personal("x")))
    for wrong in (Paper.SKTM, Paper.KK, Paper.AKTA_LAHIR):
        given(papers()).when(Documents.note, wrong, note, OPERATOR, MONDAY).refused(DetailMismatch)
    given(papers()).when(Documents.note, Paper.KTP, note, OPERATOR, MONDAY).then(
        Documents.DocumentNoted, note=note
    )


def test_what_stood_on_it_is_kept_when_only_the_status_changes() -> None:
    documents, details = papers(), Details(nik=Personal("x"))
    documents.note(Paper.KTP, Note(S.RECEIVED, details=details), OPERATOR, MONDAY)
    documents.note(Paper.KTP, Note(S.VERIFIED), OPERATOR, MONDAY)
    note = documents.checklists[None].notes[Paper.KTP]
    assert (note.status, note.details) == (S.VERIFIED, details)


def test_a_text_that_is_said_anew_is_noted_anew() -> None:
    note = Note(S.REQUESTED, remarks=Personal("Dibawa suami."))
    given(papers(), asked).when(Documents.note, Paper.KK, note, OPERATOR, MONDAY).then(
        Documents.DocumentNoted, type=Paper.KK
    )


def test_each_person_has_a_list_of_her_own() -> None:
    documents = papers()
    asked(documents)
    documents.note(Paper.KK, Note(S.RECEIVED, HER), OPERATOR, MONDAY)
    found = {who: each.statuses for who, each in documents.checklists.items()}
    assert found == {None: {Paper.KK: S.REQUESTED}, HER: {Paper.KK: S.RECEIVED}}


# Age: a KTP is for 17 and more, a child is under 18.


@pytest.mark.parametrize(
    ("age", "group"),
    [
        (0, AgeGroup.UNDER_17),
        (16, AgeGroup.UNDER_17),
        (17, AgeGroup.SEVENTEEN),
        (18, AgeGroup.ADULT),
        (90, AgeGroup.ADULT),
    ],
)
def test_an_age_means_papers(age: int, group: AgeGroup) -> None:
    assert age_group(age) is group


def test_a_child_of_17_has_a_ktp_and_one_of_16_has_none() -> None:
    assert status_of(Paper.KTP, {}, AgeGroup.UNDER_17) is S.NOT_APPLICABLE
    assert status_of(Paper.KTP, {}, AgeGroup.SEVENTEEN) is S.NOT_ASKED
    assert status_of(Paper.AKTA_LAHIR, {}, AgeGroup.SEVENTEEN) is S.NOT_ASKED
    assert status_of(Paper.KIA, {}, AgeGroup.ADULT) is S.NOT_APPLICABLE
    assert status_of(Paper.KTP, {}, None) is S.NOT_ASKED


def test_nobody_asks_a_child_for_a_ktp() -> None:
    note = Note(S.REQUESTED)
    given(papers(), a_child).when(Documents.note, Paper.KTP, note, OPERATOR, MONDAY).refused(
        NotAskedUnder17
    )
    given(papers()).when(
        Documents.note, Paper.KTP, note, OPERATOR, MONDAY, AgeGroup.UNDER_17
    ).refused(NotAskedUnder17)


def test_an_age_is_noted_once() -> None:
    given(papers(), a_child).when(
        Documents.note, Paper.KK, Note(S.RECEIVED), OPERATOR, MONDAY, AgeGroup.UNDER_17
    ).then_nothing()
    given(papers(), a_child).when(
        Documents.note, Paper.KK, Note(S.RECEIVED), OPERATOR, MONDAY, AgeGroup.SEVENTEEN
    ).then(Documents.AgeGroupNoted, group=AgeGroup.SEVENTEEN)


SK_01 = {Paper.SKTM: S.RECEIVED, Paper.KK: S.RECEIVED, Paper.KTP: S.RECEIVED}
A_CHILDS = {Paper.SKTM: S.WAIVED, Paper.KK: S.VERIFIED}
ENOUGH: list[tuple[Statuses, AgeGroup | None, bool]] = [
    ({}, None, False),
    ({}, AgeGroup.ADULT, False),
    (SK_01, AgeGroup.ADULT, True),
    (SK_01, None, False),
    (SK_01, AgeGroup.SEVENTEEN, False),
    (SK_01 | {Paper.KIA: S.RECEIVED}, AgeGroup.SEVENTEEN, True),
    (A_CHILDS, AgeGroup.UNDER_17, False),
    (A_CHILDS | {Paper.KIA: S.RECEIVED}, AgeGroup.UNDER_17, True),
    (A_CHILDS | {Paper.AKTA_LAHIR: S.VERIFIED}, AgeGroup.UNDER_17, True),
    (A_CHILDS | {Paper.AKTA_LAHIR: S.REJECTED}, AgeGroup.UNDER_17, False),
    (A_CHILDS | {Paper.AKTA_LAHIR: S.REJECTED, Paper.KIA: S.RECEIVED}, AgeGroup.UNDER_17, True),
    (A_CHILDS | {Paper.KIA: S.NOT_APPLICABLE}, AgeGroup.UNDER_17, False),
    (SK_01 | {Paper.KK: S.REQUESTED}, AgeGroup.ADULT, False),
    (SK_01 | {Paper.SKTM: S.NOT_APPLICABLE}, AgeGroup.ADULT, False),
    (SK_01 | {Paper.SKTM: S.WAIVED}, AgeGroup.ADULT, True),
    (SK_01 | dict.fromkeys((Paper.KIA, Paper.AKTA_LAHIR), S.NOT_APPLICABLE), None, False),
    (dict.fromkeys(Paper, S.NOT_APPLICABLE), AgeGroup.SEVENTEEN, False),
]


@pytest.mark.parametrize(("noted", "group", "enough"), ENOUGH)
def test_birth_certificate_or_kia_either_suffices(
    noted: Statuses, group: AgeGroup | None, enough: bool
) -> None:
    assert is_complete(noted, group) is enough


# Scans.


def test_a_scan_is_kept_and_its_paper_has_come_with_it() -> None:
    documents = papers()
    asked(documents)
    documents.collect_events()
    documents.store_scan(SCAN, a_scan(), OPERATOR, MONDAY)
    stored, noted = documents.collect_events()
    assert isinstance(stored, Documents.ScanStored)
    assert (stored.scan_id, stored.sha256, stored.size) == (SCAN, "ab", 9)
    assert isinstance(noted, Documents.DocumentNoted)
    assert noted.note == Note(S.RECEIVED)


def test_storing_it_twice_changes_nothing() -> None:
    given(papers(), lambda d: d.store_scan(SCAN, a_scan(), OPERATOR, MONDAY)).when(
        Documents.store_scan, SCAN, a_scan(), OPERATOR, MONDAY
    ).then_nothing()


@pytest.mark.parametrize(
    "scan",
    [a_scan(ScanType.EVIDENCE), a_scan(copy=None, quarantined=True)],
    ids=["evidence is no paper", "nobody has seen what it shows"],
)
def test_not_every_file_is_a_paper_that_came(scan: Scan) -> None:
    given(papers()).when(Documents.store_scan, SCAN, scan, OPERATOR, MONDAY).then(
        Documents.ScanStored, quarantined=scan.quarantined
    )


def test_what_was_verified_stays_so_when_a_second_page_comes() -> None:
    def verified(documents: Documents) -> None:
        documents.note(Paper.KK, Note(S.VERIFIED), OPERATOR, MONDAY)

    given(papers(), verified).when(Documents.store_scan, SCAN, a_scan(), OPERATOR, MONDAY).then(
        Documents.ScanStored
    )


def test_a_complaint_has_room_for_fifty_files_of_each_kind_and_person() -> None:
    evidence = a_scan(ScanType.EVIDENCE)
    of_another = replace(evidence, original=replace(evidence.original, person_id=UUID(int=5)))

    def full(documents: Documents) -> None:
        for n in range(MOST_SCANS):
            documents.store_scan(UUID(int=n), evidence, OPERATOR, MONDAY)

    assert MOST_SCANS == 50
    one_more = UUID(int=MOST_SCANS)
    given(papers(), full).when(Documents.store_scan, one_more, evidence, OPERATOR, MONDAY).refused(
        TooManyScans
    )
    for other in (of_another, a_scan(copy=None, quarantined=True)):
        given(papers(), full).when(Documents.store_scan, one_more, other, OPERATOR, MONDAY).then(
            Documents.ScanStored
        )
    given(papers(), full).when(
        Documents.store_scan, UUID(int=0), a_scan(), OPERATOR, MONDAY
    ).then_nothing()


# They never block: nothing else in the product reads them.

WORDS = {"Documents", "DocumentStatus", "Paper", "papers", "checklists", "documents_of"}
TABLES = ("checklists", "papers", "scans", "scan_files")


def others() -> Iterator[tuple[str, str]]:
    """Every module and view of the services, but for the part that sees to papers."""
    for path in (PROJECT / "services").rglob("*.*"):
        name = path.relative_to(PROJECT).as_posix()
        is_papers = "/documents/" in name or name.endswith(("domain/documents.py", "/papers.py"))
        if path.suffix in (".py", ".sql") and not is_papers:
            yield name, path.read_text()


def reads_papers(text: str) -> bool:
    """Say whether a module knows of papers by any name."""
    tree = ast.parse(text)
    words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    words |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    words |= {
        each.name.rpartition(".")[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for each in node.names
    }
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    asks = any(
        isinstance(text, str) and f"{how} {table}" in text
        for text in texts
        for how in ("from", "join", "update", "into")
        for table in TABLES
    )
    return asks or not words.isdisjoint(WORDS)


def test_no_other_command_policy_or_view_reads_papers() -> None:
    found = {name for name, text in others() if name.endswith(".py") and reads_papers(text)}
    assert found == {"services/intake/app.py", "services/intake/domain/__init__.py"}
    schemas = {name: text for name, text in others() if name.endswith(".sql")}
    assert schemas
    for name, text in schemas.items():
        assert not any(f"{how} {t}" in text for how in ("from", "join") for t in TABLES), name


def test_a_command_that_waited_for_papers_would_be_noticed() -> None:
    assert reads_papers("from services.intake.domain import Documents")
    assert reads_papers("from services.intake.documents import commands as c\nc.documents_of(1)")
    assert reads_papers("query = 'select status from papers where complaint_id = $1'")
    assert not reads_papers("from services.intake.domain import Complaint")
