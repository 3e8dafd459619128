from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.intake.domain import (
    ChannelMismatch,
    Complaint,
    ImpossibleDate,
    ReferredBy,
    Status,
    Told,
    registration_no,
)
from shared.privacy import Personal
from tests.given import given

NEW_YEARS_EVE = datetime(2026, 12, 31, 18, 0, tzinfo=UTC)  # 1 January in Malang
ID, CASE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
TOLD = Told(reporter_role="victim", narrative=Personal("secret"), in_danger=False)


def a_complaint(channel: str = "walk_in", sub_channel: str | None = None) -> Complaint:
    return Complaint(id=ID, channel=channel, sub_channel=sub_channel, opened_at=NEW_YEARS_EVE)


def received(complaint: Complaint) -> None:
    complaint.receive("PPA-2027-000001", TOLD, NEW_YEARS_EVE)


def assigned(complaint: Complaint) -> None:
    complaint.progress(Status.COUNSELOR_ASSIGNED, CASE)


def test_what_is_told_is_received_and_handed_over() -> None:
    given(a_complaint()).when(Complaint.receive, "PPA-2027-000001", TOLD, NEW_YEARS_EVE).then(
        Complaint.ComplaintReceived, told=TOLD, received_at=NEW_YEARS_EVE, handed_over=True
    )


def test_receiving_twice_changes_nothing() -> None:
    given(a_complaint(), received).when(
        Complaint.receive, "PPA-2027-000002", TOLD, NEW_YEARS_EVE
    ).then_nothing()


@pytest.mark.parametrize("day", [date(2027, 1, 2), date(1899, 12, 31)])
def test_nothing_happened_tomorrow_or_in_another_age(day: date) -> None:
    told = Told("victim", Personal("…"), in_danger=False, occurred_on=day)

    given(a_complaint()).when(Complaint.receive, "1", told, NEW_YEARS_EVE).refused(ImpossibleDate)


def test_today_is_today_in_malang() -> None:
    told = Told("victim", Personal("…"), in_danger=False, occurred_on=date(2027, 1, 1))

    given(a_complaint()).when(Complaint.receive, "1", told, NEW_YEARS_EVE).then(
        Complaint.ComplaintReceived, told=told
    )


def test_a_website_is_not_a_walk_in() -> None:
    given(a_complaint("walk_in", "website")).when(
        Complaint.receive, "1", TOLD, NEW_YEARS_EVE
    ).refused(ChannelMismatch)


def test_only_an_institution_refers_to_us() -> None:
    told = Told("victim", Personal("…"), in_danger=False, referred_by=ReferredBy(institution="RS"))

    given(a_complaint("call_center")).when(Complaint.receive, "1", told, NEW_YEARS_EVE).refused(
        ChannelMismatch
    )


def test_progress_is_noted() -> None:
    given(a_complaint(), received).when(Complaint.progress, Status.FOLLOWED_UP, CASE).then(
        Complaint.ComplaintProgressed, status=Status.FOLLOWED_UP, case_id=CASE
    )


def test_what_is_heard_late_does_not_turn_the_status_back() -> None:
    given(a_complaint(), received, assigned).when(
        Complaint.progress, Status.FOLLOWED_UP, CASE
    ).then_nothing()


def test_hearing_the_same_twice_changes_nothing() -> None:
    given(a_complaint(), received, assigned).when(
        Complaint.progress, Status.COUNSELOR_ASSIGNED, CASE
    ).then_nothing()


def test_the_number_carries_the_year_in_malang() -> None:
    assert registration_no(42, NEW_YEARS_EVE) == "PPA-2027-000042"


def test_nothing_that_was_told_shows_in_a_log() -> None:
    complaint = a_complaint()
    received(complaint)

    assert "secret" not in repr([complaint, vars(complaint), *complaint.pending_events])
