"""Searching for an old case, and leaving it open: what an identification allows and remembers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.triage.domain import (
    UNDETERMINED,
    AlreadyClassified,
    AlreadyIdentified,
    CaseNotShown,
    Identification,
    IdentificationStatus,
    NotTakenUp,
    RefusedSearch,
    Shown,
    Step,
    TakenByAnother,
)
from services.triage.matching.masks import masked_name, masked_number
from shared.eventstore import new_id
from shared.privacy import Personal
from tests.given import given

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OFFICER, OTHER = "officer", "another-officer"
CASE, EXISTING = UUID(int=0xC1), UUID(int=0xC2)
SHOWN = (Shown(EXISTING, 91, (), True),)


def taken() -> Identification:
    identification = Identification(
        complaint_id=UUID(int=1),
        registration_no="PPA-2026-000001",
        channel="call_center",
        reporter_role="victim",
        in_danger=False,
        locus_code=None,
        received_at=MONDAY,
    )
    identification.take(OFFICER, MONDAY, MONDAY)
    return identification


def searched(identification: Identification, now: datetime = MONDAY, by: str = OFFICER) -> None:
    identification.show_candidates(
        new_id(),
        by,
        asked=("full_name",),
        query=Personal("…"),
        shown=SHOWN,
        complete=True,
        now=now,
    )


def many(identification: Identification) -> None:
    for n in range(20):
        searched(identification, MONDAY + timedelta(minutes=n))


def chosen(identification: Identification) -> None:
    identification.choose(OFFICER, CASE, "new", None, MONDAY)


def left(identification: Identification) -> None:
    identification.leave_undetermined(OFFICER, MONDAY)


def an_emergency(identification: Identification) -> None:
    left(identification)
    identification.choose(OFFICER, CASE, UNDETERMINED, None, MONDAY)
    identification.complete(OFFICER, (Step.FOLLOW_UP,), MONDAY)


def test_what_she_is_shown_is_remembered() -> None:
    given(taken()).when(searched).then(
        Identification.CandidatesShown, officer_id=OFFICER, shown=SHOWN, complete=True
    )


def test_a_search_for_anothers_complaint_is_refused() -> None:
    given(taken()).when(searched, by=OTHER).refused(TakenByAnother)


def test_a_search_for_a_waiting_complaint_is_refused() -> None:
    waiting = Identification(
        complaint_id=UUID(int=1),
        registration_no="1",
        channel="walk_in",
        reporter_role="victim",
        in_danger=False,
        locus_code=None,
        received_at=MONDAY,
    )
    given(waiting).when(searched).refused(NotTakenUp)


def test_the_twenty_first_search_within_the_hour_is_noticed_once() -> None:
    identification = taken()
    many(identification)
    identification.collect_events()

    searched(identification, MONDAY + timedelta(minutes=20))
    searched(identification, MONDAY + timedelta(minutes=21))

    names = [type(each).__name__ for each in identification.collect_events()]
    assert names == ["CandidatesShown", "FishingSuspected", "CandidatesShown"]


def test_an_hour_later_searching_is_usual_again() -> None:
    given(taken(), many).when(searched, MONDAY + timedelta(minutes=61)).then(
        Identification.CandidatesShown
    )


def test_when_it_is_decided_and_classified_nobody_searches_any_more() -> None:
    def classified(identification: Identification) -> None:
        chosen(identification)
        identification.complete(OFFICER, (Step.FOLLOW_UP,), MONDAY)

    given(taken(), classified).when(searched).refused(AlreadyClassified)
    given(taken(), an_emergency).when(searched).then(Identification.CandidatesShown)


def test_it_may_be_left_open_and_leaving_it_twice_changes_nothing() -> None:
    given(taken()).when(Identification.leave_undetermined, OFFICER, MONDAY).then(
        Identification.CaseLeftUndetermined
    )
    given(taken(), left).when(Identification.leave_undetermined, OFFICER, MONDAY).then_nothing()


def test_what_is_decided_is_not_left_open() -> None:
    given(taken(), chosen).when(Identification.leave_undetermined, OFFICER, MONDAY).refused(
        AlreadyIdentified
    )


@pytest.mark.parametrize(
    ("case_id", "kind", "subkind"), [(CASE, "new", None), (EXISTING, "existing", "new_incident")]
)
def test_what_was_left_open_in_an_emergency_is_decided_later_and_stays_classified(
    case_id: UUID, kind: str, subkind: str | None
) -> None:
    identification = taken()
    an_emergency(identification)
    searched(identification)
    assert identification.choose(OFFICER, case_id, kind, subkind, MONDAY)
    assert (identification.case_id, identification.kind) == (case_id, kind)
    assert identification.status is IdentificationStatus.CLASSIFIED
    again: dict[str, Any] = {"case_id": new_id(), "kind": "existing", "subkind": "follow_up"}
    given(identification).when(Identification.choose, OFFICER, now=MONDAY, **again).refused(
        AlreadyIdentified
    )


def test_a_case_we_know_is_chosen_by_what_was_shown() -> None:
    given(taken(), searched).when(
        Identification.choose, OFFICER, EXISTING, "existing", "follow_up", MONDAY
    ).then(Identification.CaseChosen, reasons=SHOWN[0].reasons, basis=None)
    identification = taken()
    searched(identification)
    *_, shown = identification.collect_events()
    assert isinstance(shown, Identification.CandidatesShown)
    identification.choose(OFFICER, EXISTING, "existing", "follow_up", MONDAY)
    (decided,) = identification.collect_events()
    assert isinstance(decided, Identification.CaseChosen)
    assert decided.search_id == shown.search_id


@pytest.mark.parametrize("kind", ["existing", "new"])
def test_a_case_that_was_not_shown_needs_a_basis_and_is_looked_at(kind: str) -> None:
    """Also where it only has to do with the new case: another perpetrator."""
    identification, unseen = taken(), UUID(int=0xC3)
    searched(identification)
    identification.collect_events()
    case_id = unseen if kind == "existing" else CASE
    how: dict[str, Any] = {"subkind": "new_perpetrator", "now": MONDAY, "known_id": unseen}
    with pytest.raises(CaseNotShown):
        identification.choose(OFFICER, case_id, kind, **how)
    identification.choose(OFFICER, case_id, kind, **how, basis=Personal("Ia menyebut nomornya."))
    decided, noticed = identification.collect_events()
    assert isinstance(decided, Identification.CaseChosen)
    assert isinstance(noticed, Identification.UnshownCaseChosen)
    assert (decided.search_id, noticed.case_id, noticed.searches) == (None, unseen, 1)


def test_a_case_that_was_opened_for_now_is_not_its_own_old_case() -> None:
    given(taken(), an_emergency).when(
        Identification.choose, OFFICER, CASE, "existing", "follow_up", MONDAY
    ).refused(AlreadyIdentified)


def test_a_refused_search_is_one_for_each_minute_and_person() -> None:
    ids = {
        RefusedSearch.create_id(UUID(int=1), who, MONDAY + timedelta(seconds=s))
        for who in (OFFICER, OTHER)
        for s in (0, 59, 60)
    }
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("text", "first", "last", "shown"),
    [
        ("3573994505120001", 4, 4, "3573••••••••0001"),
        ("0812-0000-0101", 0, 3, "•••••••••••101"),
        ("123", 0, 3, None),
        (None, 0, 3, None),
    ],
)
def test_of_a_number_only_its_ends_are_shown(
    text: str | None, first: int, last: int, shown: str | None
) -> None:
    assert masked_number(text, first, last) == shown


def test_of_a_name_only_the_initials_are_shown_and_not_how_long_it_is() -> None:
    assert masked_name("Siti Aminah") == "S•••• A••••"
    assert masked_name("Al") == "A••••"
