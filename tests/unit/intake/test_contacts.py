"""A contact and its complaint: what is noted, received, handed over, amended and withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from services.intake.domain import (
    KEPT,
    REPORTER,
    VICTIM,
    Account,
    AlreadyReceived,
    ChannelMismatch,
    Circumstances,
    Complaint,
    Contact,
    ContactClosed,
    ContactOfAnother,
    ContactStatus,
    Emergency,
    ImpossibleDate,
    NobodyThere,
    Notes,
    NotHere,
    NotReceived,
    ReferredBy,
    Reporter,
    SafeContact,
    Status,
    Told,
    agreed_with,
    check_basis,
    check_circumstances,
    filled,
    unsaid,
    wish_of,
)
from services.intake.published import published
from services.intake.reading import whole
from shared.contracts import intake as facts
from shared.contracts import person_of
from shared.contracts.victims import Places
from shared.privacy import Personal
from tests.given import given

NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # nine o'clock in Malang
ID = UUID(int=1)
TOLD = Told("victim", Personal("secret"), in_danger=False, reporter=Reporter(phone=Personal("08")))
SafeContactSet = Complaint.SafeContactSet
NO_CALLS = SafeContact(texting=True, phone=Personal("09"))
SAFE = SafeContact(may_call=True, phone=Personal("08"), hours=(("09:00", "15:00"),))


def a_complaint(channel: str = "call_center") -> Complaint:
    return Complaint(id=ID, channel=channel, sub_channel=None, opened_at=NINE)


def received(complaint: Complaint) -> None:
    complaint.receive("PPA-2026-000001", TOLD, NINE, handed_over=False)


def received_in_haste(complaint: Complaint) -> None:
    told = Notes(in_danger=True, occurred_on=date(2026, 11, 23)).as_told(NINE)
    complaint.receive("PPA-2026-000001", told, NINE, is_minimal=True)


def a_contact() -> Contact:
    return Contact(
        complaint_id=ID,
        channel="call_center",
        sub_channel=None,
        operator_id="ratna",
        caller=None,
        circumstances=Circumstances(),
        opened_at=NINE,
    )


def dropped(contact: Contact) -> None:
    contact.drop("line_lost", NINE)


def closed(contact: Contact) -> None:
    contact.close_as_service_complaint("SP4N_LAPOR", "ratna", NINE)


# The counter


def test_what_comes_from_the_counter_is_not_handed_over_yet() -> None:
    given(a_complaint(), received).when(Complaint.hand_over, "ratna", NINE).then(
        Complaint.ComplaintHandedOver, operator_id="ratna", handed_over_at=NINE
    )


def test_handing_over_twice_is_once() -> None:
    given(a_complaint(), received, lambda c: c.hand_over("ratna", NINE)).when(
        Complaint.hand_over, "sekar", NINE
    ).then_nothing()


def test_what_nobody_took_down_cannot_be_handed_over() -> None:
    given(a_complaint()).when(Complaint.hand_over, "ratna", NINE).refused(NotReceived)


def test_a_contact_is_dropped_once_and_resumed_by_whoever_is_there() -> None:
    given(a_contact()).when(Contact.drop, "line_lost", NINE).then(
        Contact.ContactDropped, reason="line_lost"
    )
    given(a_contact(), dropped).when(Contact.drop, "hung_up", NINE).then_nothing()
    given(a_contact(), dropped).when(Contact.resume, "sekar", NINE).then(
        Contact.ContactResumed, operator_id="sekar"
    )


def test_an_operator_who_has_it_need_not_resume_it() -> None:
    given(a_contact()).when(Contact.resume, "ratna", NINE).then_nothing()


def test_a_colleague_can_take_an_open_contact_over() -> None:
    given(a_contact()).when(Contact.resume, "sekar", NINE).then(
        Contact.ContactResumed, operator_id="sekar"
    )


def test_a_complaint_about_the_office_closes_the_contact() -> None:
    close = Contact.close_as_service_complaint
    given(a_contact()).when(close, "SP4N_LAPOR", "ratna", NINE).then(
        Contact.ServiceComplaintClosed, information="SP4N_LAPOR"
    )
    given(a_contact()).when(close, "SP4N_LAPOR", "sekar", NINE).refused(ContactOfAnother)
    given(a_contact(), closed).when(Contact.resume, "sekar", NINE).refused(ContactClosed)
    given(a_contact(), closed).when(Contact.keep, Notes(), "ratna", NINE).refused(ContactClosed)


def test_what_a_draft_leaves_empty_stays_as_it_was_noted_before() -> None:
    contact = a_contact()
    her_name = Reporter(full_name=Personal("Sumarni"))
    contact.keep(
        Notes(narrative=Personal("a"), locus_code="35.73", reporter=her_name), "ratna", NINE
    )
    contact.keep(Notes(in_danger=True, reporter=Reporter()), "ratna", NINE)
    contact.keep(Notes(narrative=Personal("b")), "ratna", NINE)
    assert contact.notes == Notes(
        narrative=Personal("b"),
        in_danger=True,
        locus_code="35.73",
        reporter=replace(her_name, person_id=person_of(ID, "reporter")),
    )
    assert contact.status is ContactStatus.OPEN


def test_nobody_writes_into_the_notes_of_another_who_did_not_take_the_contact_over() -> None:
    notes = Notes(narrative=Personal("a"))
    given(a_contact()).when(Contact.keep, notes, "sekar", NINE).refused(ContactOfAnother)
    given(a_contact(), lambda c: c.resume("sekar", NINE)).when(
        Contact.keep, notes, "sekar", NINE
    ).then(Contact.DraftKept)


def test_who_is_gone_and_left_a_word_must_be_received_whenever_the_word_comes() -> None:
    contact = a_contact()
    contact.keep(Notes(in_danger=False), "ratna", NINE)
    dropped(contact)
    before = contact.must_be_received
    contact.keep(Notes(narrative=Personal("a")), "ratna", NINE)
    assert (before, contact.must_be_received) == (False, True)


def test_what_she_had_said_when_the_line_dropped_is_not_replaced_by_what_she_says_next() -> None:
    contact = a_contact()
    for words in ("Tolong", "Tolong, dia bawa parang"):
        contact.keep(Notes(narrative=Personal(words)), "ratna", NINE)
    dropped(contact)
    contact.resume("ratna", NINE)
    contact.keep(Notes(narrative=Personal("Ia pergi")), "ratna", NINE)
    assert contact.narratives == (Personal("Tolong, dia bawa parang"), Personal("Ia pergi"))


@pytest.mark.parametrize(
    ("notes", "enough"),
    [
        (Notes(), False),
        (Notes(reporter_role="victim", locus_text=Personal("rumah")), False),
        (Notes(in_danger=False), False),
        (Notes(in_danger=True), True),
        (Notes(narrative=Personal("Tolong")), True),
    ],
)
def test_danger_or_a_single_word_is_enough_to_act_on(notes: Notes, enough: bool) -> None:
    assert notes.has_minimum is enough


@pytest.mark.parametrize(
    ("since", "problem"),
    [(timedelta(minutes=-1), ImpossibleDate), (timedelta(days=31), ImpossibleDate)],
)
def test_a_message_came_within_the_last_month(since: timedelta, problem: type) -> None:
    how = Circumstances(message_received_at=NINE - since)
    with pytest.raises(problem):
        check_circumstances("online", "social_media", how, NINE)


def test_only_messages_lie_waiting() -> None:
    how = Circumstances(message_received_at=NINE)
    check_circumstances("online", "sms_center", how, NINE)
    with pytest.raises(ChannelMismatch):
        check_circumstances("walk_in", None, how, NINE)
    with pytest.raises(ChannelMismatch):
        check_circumstances("walk_in", "website", Circumstances(), NINE)


# Received in haste


def test_what_cannot_be_checked_in_haste_is_left_out_and_holds_up_nothing() -> None:
    notes = Notes(in_danger=True, occurred_on=date(2999, 1, 1), narrative=Personal("Tolong"))
    told = notes.as_told(NINE)
    given(a_complaint()).when(Complaint.receive, "1", told, NINE, is_minimal=True).then(
        Complaint.ComplaintReceived, handed_over=True, is_minimal=True
    )
    assert (told.reporter_role, told.occurred_on, told.narrative) == ("other", None, None)


def test_what_was_received_in_haste_is_completed_by_an_amendment() -> None:
    notes = Notes(occurred_on=date(2026, 11, 22), locus_code="35.73.04.1004")
    given(a_complaint(), received_in_haste).when(
        Complaint.complete, TOLD, notes, "ratna", NINE
    ).then(
        Complaint.ComplaintAmended,
        why="completed",
        changed=(
            *("reporter_role", "narrative", "in_danger", "reporter", "occurred_on", "locus_code"),
        ),
        in_danger=True,  # calm words afterwards do not make it safe
        locus_code="35.73.04.1004",  # the form left it empty, and the notes have it
    )


def test_completing_replaces_no_field_that_it_leaves_empty() -> None:
    complaint = a_complaint()
    received_in_haste(complaint)
    known = Notes(reporter=Reporter(full_name=Personal("Sumarni")), narrative=Personal("Tolong"))
    complaint.amend(known, ("reporter", "narrative"), "further_details", "ratna", NINE)

    complaint.complete(TOLD, Notes(), "ratna", NINE)

    assert complaint.told is not None
    assert complaint.told.reporter == Reporter(
        person_of(ID, "reporter"), full_name=Personal("Sumarni"), phone=Personal("08")
    )
    assert complaint.told_before == (Personal("Tolong"),)


def test_what_is_complete_is_not_completed_again() -> None:
    given(a_complaint(), received).when(Complaint.complete, TOLD, Notes(), "ratna", NINE).refused(
        AlreadyReceived
    )


def test_what_was_received_in_haste_reads_with_the_notes() -> None:
    complaint = a_complaint()
    received_in_haste(complaint)
    notes = Notes(narrative=Personal("Tolong"), safe_contact=SAFE, in_danger=False)
    assert complaint.told is not None

    whole = filled(complaint.told, notes)

    assert (whole.narrative, whole.in_danger) == (Personal("Tolong"), True)


# Amending


def test_only_the_fields_that_are_named_change() -> None:
    complaint = a_complaint()
    received(complaint)
    notes = Notes(reporter=Reporter(full_name=Personal("Sumarni")), locus_code="35.73.05")

    complaint.amend(notes, ("reporter.full_name", "locus_code"), "correction", "ratna", NINE)

    assert complaint.told == replace(
        TOLD,
        reporter=Reporter(person_of(ID, "reporter"), Personal("Sumarni"), Personal("08")),
        locus_code="35.73.05",
    )


def test_a_field_can_be_taken_away() -> None:
    complaint = a_complaint()
    received(complaint)
    complaint.amend(Notes(), ("reporter",), "correction", "ratna", NINE)
    assert complaint.told is not None
    assert complaint.told.reporter is None


def test_what_is_amended_is_checked_like_what_is_told() -> None:
    tomorrow = Notes(occurred_on=date(2026, 11, 25))
    given(a_complaint(), received).when(
        Complaint.amend, tomorrow, ("occurred_on",), "correction", "ratna", NINE
    ).refused(ImpossibleDate)
    sender = Notes(referred_by=ReferredBy("RS"))
    given(a_complaint(), received).when(
        Complaint.amend, sender, ("referred_by",), "correction", "ratna", NINE
    ).refused(ChannelMismatch)
    given(a_complaint()).when(
        Complaint.amend, Notes(), ("locus_code",), "correction", "ratna", NINE
    ).refused(NotReceived)


# How she may be contacted


def test_a_safe_contact_told_with_the_complaint_is_an_event_of_its_own() -> None:
    complaint = a_complaint()
    complaint.receive("1", replace(TOLD, safe_contact=SAFE), NINE)

    _, happened, said = complaint.collect_events()

    assert isinstance(happened, Complaint.ComplaintReceived)
    assert isinstance(said, Complaint.SafeContactSet)
    assert happened.told.safe_contact is None
    assert said.safe_contact == replace(SAFE, person_id=person_of(ID, "reporter"))


def test_without_one_there_is_no_further_event() -> None:
    complaint = a_complaint()
    complaint.receive("1", TOLD, NINE)
    assert len(list(complaint.collect_events())) == 2


def test_a_telephone_that_the_perpetrator_reads_gets_no_text_and_no_message() -> None:
    open_to_all = SafeContact(may_call=True, texting=True, leave_message=True)
    shared = replace(open_to_all, shared_with_perpetrator=True)
    assert (open_to_all.may_text, open_to_all.may_leave_message) == (True, True)
    assert (shared.may_call, shared.may_text, shared.may_leave_message) == (True, False, False)


HOSPITAL = replace(TOLD, reporter_role="institution", safe_contact=SAFE)


@pytest.mark.parametrize(
    ("role", "whom", "n", "wish"),
    [
        ("institution", REPORTER, 0, SAFE),
        ("institution", VICTIM, 0, None),
        ("victim", VICTIM, 0, SAFE),
        ("victim", VICTIM, 1, None),
    ],
)
def test_what_who_told_us_wishes_counts_for_a_victim_only_if_she_is_that_one(
    role: str, whom: str, n: int, wish: SafeContact | None
) -> None:
    complaint = a_complaint()
    complaint.receive("1", replace(HOSPITAL, reporter_role=role), NINE)
    found = wish_of(Account(complaint, complaint.told, None), whom, n)
    assert (found and replace(found, person_id=None)) == wish


def test_a_victim_has_a_wish_of_her_own() -> None:
    complaint = a_complaint()
    complaint.receive("1", replace(HOSPITAL, safe_contact=None), NINE)
    complaint.set_safe_contact(SAFE, NINE, whom=VICTIM, n=1, basis="known_institution")
    found = [hers(complaint, *who) for who in ((VICTIM, 1), (VICTIM, 0))]
    assert found == [SAFE, None]
    assert hers(complaint, REPORTER, 0) is None


CASE = UUID(int=9)
A, B, C = (person_of(CASE, "victim", n) for n in (0, 1, 2))
BOTH = Places(CASE, ((NINE, (A, B)),))
AMENDED = Places(CASE, (*BOTH.forms, (NINE + timedelta(days=2), (B, C))))


def hers(
    complaint: Complaint, whom: str, n: int, places: Places | None = None
) -> SafeContact | None:
    found = wish_of(Account(complaint, complaint.told, None, places), whom, n)
    return found and replace(found, person_id=None)


def of_a_case(complaint: Complaint) -> None:
    complaint.receive("1", replace(HOSPITAL, safe_contact=None), NINE)
    complaint.progress(Status.FOLLOWED_UP, CASE, NINE, is_first=True)


def asked(
    complaint: Complaint, n: int, safe: SafeContact, places: Places | None = BOTH, days: int = 1
) -> None:
    at = NINE + timedelta(days=days)
    complaint.set_safe_contact(safe, at, whom=VICTIM, n=n, basis="in_person", places=places)


def test_a_victims_wish_is_kept_and_sealed_for_her_and_not_for_her_place() -> None:
    complaint = a_complaint()
    of_a_case(complaint)
    asked(complaint, 0, SAFE)
    asked(complaint, 1, NO_CALLS)
    said = [each for each in complaint.collect_events() if isinstance(each, SafeContactSet)]

    assert [(each.person_id, each.safe_contact.person_id) for each in said] == [(A, A), (B, B)]
    told = [published(each) for each in said]
    assert [each.person_id for each in told if isinstance(each, facts.SafeContactSet)] == [A, B]
    assert [hers(complaint, VICTIM, n, BOTH) for n in (0, 1)] == [SAFE, NO_CALLS]
    assert [hers(complaint, VICTIM, n, AMENDED) for n in (0, 1, 2)] == [NO_CALLS, None, None]


def test_where_nobody_stands_there_is_nobody_to_ask() -> None:
    given(a_complaint(), of_a_case).when(asked, 2, SAFE).refused(NobodyThere)


def test_what_was_said_before_there_was_a_case_is_hers_who_stands_there_at_first() -> None:
    complaint = a_complaint()
    complaint.receive("1", replace(HOSPITAL, safe_contact=None), NINE)
    asked(complaint, 1, SAFE, None, days=-1)
    assert [hers(complaint, VICTIM, n) for n in (0, 1)] == [None, SAFE]

    complaint.progress(Status.FOLLOWED_UP, CASE, NINE, is_first=True)
    assert [hers(complaint, VICTIM, n, AMENDED) for n in (0, 1)] == [SAFE, None]
    complaint.unlink(CASE, NINE)  # and is about another case, which had two victims before
    complaint.progress(Status.FOLLOWED_UP, CASE, NINE)
    assert [hers(complaint, VICTIM, n, AMENDED) for n in (0, 1)] == [None, None]


@pytest.mark.parametrize(
    ("n", "sealed_for", "days", "found"),
    [(1, B, 1, [SAFE, None]), (0, A, 1, [None, None]), (0, A, 3, [SafeContact(), None])],
    ids=["B, and it was she", "A, who is no more in it", "B, and it was sealed for A"],
)
def test_what_was_stored_by_her_place_lets_nobody_be_contacted_in_doubt(
    n: int, sealed_for: UUID, days: int, found: list[SafeContact | None]
) -> None:
    complaint = a_complaint()
    of_a_case(complaint)
    at = NINE + timedelta(days=days)
    stored = replace(SAFE, person_id=sealed_for)
    complaint.trigger_event(
        SafeContactSet, safe_contact=stored, set_at=at, whom=VICTIM, n=n, is_victims=True
    )
    assert [hers(complaint, VICTIM, n, AMENDED) for n in (0, 1)] == found


@pytest.mark.parametrize(
    ("sealed_for", "days", "is_kept"), [(A, 3, False), (B, 3, True)], ids=["in doubt", "hers"]
)
def test_what_may_be_anothers_is_not_kept_as_hers(
    sealed_for: UUID, days: int, is_kept: bool
) -> None:
    complaint, word = a_complaint(), Personal("kemangi")
    of_a_case(complaint)
    stored = SafeContact(person_id=sealed_for, code_word=word, hours=(("09:00", "10:00"),))
    at = NINE + timedelta(days=days)
    complaint.trigger_event(
        SafeContactSet, safe_contact=stored, set_at=at, whom=VICTIM, n=0, is_victims=True
    )
    complaint.set_safe_contact(
        SafeContact(may_call=True),
        at + timedelta(days=1),
        whom=VICTIM,
        n=0,
        basis="in_person",
        places=AMENDED,
        keeps=("code_word", "hours"),
    )

    kept = stored if is_kept else SafeContact()
    found = hers(complaint, VICTIM, 0, AMENDED)
    assert found == SafeContact(may_call=True, code_word=kept.code_word, hours=kept.hours)
    said = [each for each in complaint.collect_events() if isinstance(each, SafeContactSet)][-1]
    assert said.safe_contact.code_word is None  # it is sealed where she said it, and only there


@pytest.mark.parametrize(
    ("is_first", "places", "found"),
    [
        (True, BOTH, [SAFE, None]),
        (True, AMENDED, [None, None]),
        (True, Places(CASE, (*BOTH.forms, (NINE + timedelta(days=2), (B, A)))), [None, SAFE]),
        (False, BOTH, [None, None]),
        (False, Places(CASE, ((NINE, (A,)),)), [SAFE, None]),
    ],
    ids=["first", "gone", "second now", "one of two", "alone"],
)
def test_who_told_us_as_a_victim_is_the_first_of_the_first_form(
    is_first: bool, places: Places, found: list[SafeContact | None]
) -> None:
    complaint = a_complaint()
    complaint.receive("1", replace(TOLD, safe_contact=SAFE), NINE)
    complaint.progress(Status.FOLLOWED_UP, CASE, NINE, is_first=is_first)
    assert [hers(complaint, VICTIM, n, places) for n in (0, 1)] == found


@pytest.mark.parametrize("whom", [REPORTER, VICTIM])
def test_the_safe_telephone_and_the_covered_hours_end_only_where_that_is_said(whom: str) -> None:
    complaint, habits = a_complaint(), (Personal("pagi"),)
    complaint.receive("1", replace(TOLD, safe_contact=replace(SAFE, habits=habits)), NINE)

    def put(day: int, *said: str) -> SafeContact | None:
        at, keeps = NINE + timedelta(days=day), unsaid(frozenset(said))
        wish = SafeContact(may_call=True)
        complaint.set_safe_contact(wish, at, whom=whom, basis="in_person", keeps=keeps)
        return hers(complaint, whom, 0)

    assert put(1) == replace(SAFE, habits=habits)
    assert put(2, "hours") == replace(SAFE, hours=())  # these are the hours, however they are kept
    assert put(3, "phone") == SafeContact(may_call=True)


def test_hours_that_a_draft_does_not_speak_of_stay() -> None:
    contact, hours = a_contact(), (("09:00", "10:00"),)
    contact.keep(Notes(safe_contact=SafeContact(may_call=True, hours=hours)), "ratna", NINE)
    contact.keep(Notes(safe_contact=SafeContact(texting=True)), "ratna", NINE)
    assert contact.wish
    assert (contact.wish.texting, contact.wish.hours) == (True, hours)


@pytest.mark.parametrize("last", [REPORTER, VICTIM])
@pytest.mark.parametrize("places", [None, Places(CASE, ((NINE, (A,)),))], ids=["no case", "case"])
def test_of_what_one_person_said_as_a_victim_and_as_who_told_us_the_later_holds(
    last: str, places: Places | None
) -> None:
    complaint, other = a_complaint(), VICTIM if last == REPORTER else REPORTER
    complaint.receive("1", TOLD, NINE)
    if places:
        complaint.progress(Status.FOLLOWED_UP, CASE, NINE, is_first=True)
    for day, (whom, safe) in enumerate(((other, SAFE), (last, NO_CALLS)), 1):
        complaint.set_safe_contact(
            safe, NINE + timedelta(days=day), whom=whom, basis="in_person", places=places
        )
    assert [hers(complaint, whom, 0, places) for whom in (VICTIM, REPORTER)] == [NO_CALLS] * 2


def test_what_a_victim_says_does_not_hold_for_another_who_told_us() -> None:
    complaint = a_complaint()
    complaint.receive("1", HOSPITAL, NINE)
    complaint.progress(Status.FOLLOWED_UP, CASE, NINE, is_first=True)
    asked(complaint, 0, NO_CALLS)
    assert [hers(complaint, whom, 0, BOTH) for whom in (VICTIM, REPORTER)] == [NO_CALLS, SAFE]


@pytest.mark.parametrize("last", [REPORTER, VICTIM])
def test_what_one_person_said_last_is_kept_as_whomever_she_said_it(last: str) -> None:
    complaint, other = a_complaint(), VICTIM if last == REPORTER else REPORTER
    alone, words = Places(CASE, ((NINE, (A,)),)), [Personal("kemangi"), Personal("sereh")]
    complaint.receive("1", TOLD, NINE)
    complaint.progress(Status.FOLLOWED_UP, CASE, NINE, is_first=True)
    said = [SafeContact(code_word=each) for each in words]
    said[1] = replace(said[1], shared_with_perpetrator=True)
    for day, whom in enumerate((last, other, last), 1):
        complaint.set_safe_contact(
            [*said, SafeContact(texting=True)][day - 1],
            NINE + timedelta(days=day),
            whom=whom,
            basis="in_person",
            places=alone,
            keeps=KEPT if day == 3 else (),
        )
    found = hers(complaint, last, 0, alone)
    assert found == replace(said[1], texting=True)
    assert not found.may_text


def test_who_may_be_any_of_several_lets_nobody_be_contacted_until_she_speaks_for_herself() -> None:
    complaint = a_complaint()
    complaint.receive("1", TOLD, NINE)
    complaint.progress(Status.FOLLOWED_UP, CASE, NINE)  # it is about an old case
    asked(complaint, 0, SAFE)
    complaint.set_safe_contact(NO_CALLS, NINE + timedelta(days=2), basis="in_person", places=BOTH)
    assert hers(complaint, VICTIM, 0, BOTH) == SafeContact()
    assert hers(complaint, REPORTER, 0, BOTH) == NO_CALLS
    asked(complaint, 0, SAFE, days=3)
    assert hers(complaint, VICTIM, 0, BOTH) == SAFE
    assert hers(complaint, REPORTER, 0, BOTH) == SafeContact()  # it may be she who said that
    own = agreed_with(Account(complaint, complaint.told, None, BOTH), REPORTER, 0)
    assert own
    assert own.phone == NO_CALLS.phone  # what she told of herself is hers in doubt too


@pytest.mark.parametrize("is_asked", [True, False])
def test_what_nobody_knows_of_whom_it_is_lets_none_of_todays_be_contacted(is_asked: bool) -> None:
    complaint, alone = a_complaint(), Places(CASE, ((NINE, (A,)),))
    complaint.receive("1", replace(TOLD, safe_contact=SAFE if is_asked else None), NINE)
    asked(complaint, 1, SafeContact(), None, days=0)  # as somebody counted before there was a case
    complaint.progress(Status.FOLLOWED_UP, CASE, NINE)  # which has one victim
    who_agreed = replace(a_contact().circumstances, call_back=True)
    contact = Contact(
        complaint_id=ID,
        channel="call_center",
        sub_channel=None,
        operator_id="ratna",
        caller=None,
        circumstances=who_agreed,
        opened_at=NINE,
    )
    dropped(contact)
    found = [
        wish_of(Account(complaint, complaint.told, contact, alone), whom, 0)
        for whom in (VICTIM, REPORTER)
    ]
    assert not any(each and each.may_call for each in found)
    asked(complaint, 0, SAFE, alone)
    assert hers(complaint, VICTIM, 0, alone) == SAFE


OF_ANOTHER = Places(UUID(int=10), ((NINE, (person_of(UUID(int=10), "victim"),)),))


@pytest.mark.parametrize("is_stored_by_id", [True, False], ids=["by her id", "sealed for her"])
@pytest.mark.parametrize("places", [None, OF_ANOTHER], ids=["no case", "another case"])
def test_what_she_said_in_a_case_that_the_complaint_left_forbids_until_she_speaks_again(
    places: Places | None, is_stored_by_id: bool
) -> None:
    complaint = a_complaint()
    complaint.receive("1", replace(TOLD, safe_contact=SAFE), NINE)
    complaint.progress(Status.FOLLOWED_UP, CASE, NINE, is_first=True)
    at, no = NINE + timedelta(days=1), SafeContact(person_id=A, shared_with_perpetrator=True)
    complaint.trigger_event(
        SafeContactSet,
        safe_contact=no,
        set_at=at,
        whom=VICTIM,
        is_victims=True,
        person_id=A if is_stored_by_id else None,
    )
    complaint.unlink(CASE, at)
    if places:
        complaint.progress(Status.FOLLOWED_UP, places.case_id, at)

    found = [hers(complaint, whom, 0, places) for whom in (VICTIM, REPORTER)]
    assert found == [SafeContact()] * 2
    wish = SafeContact(may_call=True, texting=True)
    complaint.set_safe_contact(
        wish, at + timedelta(days=1), whom=VICTIM, basis="in_person", places=places, keeps=KEPT
    )
    for whom in (VICTIM, REPORTER):
        again = hers(complaint, whom, 0, places)
        assert again
        assert (again.may_call, again.may_text) == (True, False)  # he may read her telephone still


def test_what_was_sealed_for_a_victim_of_another_case_may_be_of_any_victim_of_this_one() -> None:
    complaint, at = a_complaint(), NINE + timedelta(days=1)
    of_a_case(complaint)
    complaint.progress(Status.FOLLOWED_UP, CASE, NINE)
    asked(complaint, 1, SAFE, days=0)
    stored = SafeContact(person_id=person_of(UUID(int=10), "victim"))
    complaint.trigger_event(
        SafeContactSet, safe_contact=stored, set_at=at, whom=VICTIM, is_victims=True
    )
    assert hers(complaint, VICTIM, 1, BOTH) == SafeContact()


def test_who_was_the_second_before_a_form_is_known_is_known_until_the_form_says_otherwise() -> None:
    complaint, alone = a_complaint(), Places(CASE, ((NINE, (A,)),))
    of_a_case(complaint)
    asked(complaint, 0, SAFE, Places(CASE))
    asked(complaint, 1, SafeContact(), Places(CASE))
    assert [hers(complaint, VICTIM, n, Places(CASE)) for n in (0, 1)] == [SAFE, SafeContact()]
    assert hers(complaint, VICTIM, 0, BOTH) == SAFE
    assert hers(complaint, VICTIM, 0, alone) == SafeContact()  # who was meant then nobody knows


def test_the_first_victim_of_a_case_is_known_also_where_only_a_later_form_was_heard() -> None:
    complaint, later = a_complaint(), Places(CASE, ((NINE, (B,)),))
    of_a_case(complaint)
    asked(complaint, 0, SAFE, later)
    asked(complaint, 0, SafeContact(), Places(CASE), days=2)
    assert hers(complaint, VICTIM, 0, later) == SAFE


def test_that_the_perpetrator_reads_her_telephone_stays_also_where_another_may_have_said_it() -> (
    None
):
    complaint = a_complaint()
    of_a_case(complaint)
    turned = Places(CASE, (*BOTH.forms, (NINE + timedelta(days=2), (B, A))))
    stored = SafeContact(person_id=A, shared_with_perpetrator=True, hours=(("09:00", "10:00"),))
    at = NINE + timedelta(days=3)
    complaint.trigger_event(
        SafeContactSet, safe_contact=stored, set_at=at, whom=VICTIM, n=0, is_victims=True
    )
    complaint.set_safe_contact(
        SafeContact(texting=True),
        at + timedelta(days=1),
        whom=VICTIM,
        basis="in_person",
        places=turned,
        keeps=KEPT,
    )
    found = hers(complaint, VICTIM, 0, turned)
    assert found == SafeContact(texting=True, shared_with_perpetrator=True)
    asked(complaint, 0, SafeContact(texting=True, shared_with_perpetrator=False), turned, days=5)
    found = hers(complaint, VICTIM, 0, turned)
    assert found
    assert found.may_text  # she said expressly that he does not


@pytest.mark.parametrize("whom", [REPORTER, VICTIM])
def test_what_stands_in_the_notes_alone_is_kept_as_whomever_she_speaks(whom: str) -> None:
    complaint, contact, word = a_complaint(), a_contact(), Personal("kemangi")
    noted = SafeContact(may_call=True, code_word=word, cover_story=Personal("puskesmas"))
    contact.keep(Notes(reporter_role=VICTIM, in_danger=True, safe_contact=noted), "ratna", NINE)
    complaint.receive("1", contact.notes.as_told(NINE), NINE, is_minimal=True)

    times = (NINE + timedelta(days=each) for each in count(1))

    def put(whom: str, *keeps: str) -> None:
        wish = SafeContact()
        complaint.set_safe_contact(wish, next(times), whom=whom, basis="in_person", keeps=keeps)

    def known(whom: str) -> list[Personal | None]:
        found = wish_of(Account(complaint, whole(complaint, contact), contact), whom, 0)
        return [found.code_word, found.cover_story] if found else []

    put(whom, *KEPT)
    assert known(VICTIM) == known(REPORTER) == [word, noted.cover_story]
    put(VICTIM, "code_word")
    assert known(VICTIM) == known(REPORTER) == [word, None]
    put(REPORTER, *KEPT)
    put(VICTIM, *KEPT)
    assert known(VICTIM) == known(REPORTER) == [word, None]  # what she ended does not come back
    put(REPORTER)
    put(VICTIM, *KEPT)
    assert known(VICTIM) == known(REPORTER) == [None, None]


def test_that_the_case_was_opened_with_it_is_learnt_also_when_it_is_heard_late() -> None:
    complaint = a_complaint()
    received(complaint)
    complaint.progress(Status.COUNSELOR_ASSIGNED, CASE, NINE)
    complaint.progress(Status.FOLLOWED_UP, CASE, NINE, is_first=True)
    assert (complaint.status, complaint.is_first) == (Status.COUNSELOR_ASSIGNED, True)


def test_that_the_case_was_opened_with_it_is_learnt_also_when_it_is_decided_anew_by_then() -> None:
    def decided_anew(complaint: Complaint) -> None:
        received(complaint)
        complaint.reconsider((Status.TO_BE_REFERRED,), CASE, NINE + timedelta(days=1))

    late = given(a_complaint(), decided_anew)
    late.when(Complaint.progress, Status.FOLLOWED_UP, CASE, NINE, is_first=True).then(
        Complaint.ComplaintProgressed, status=Status.TO_BE_REFERRED, case_id=CASE, is_first=True
    )
    late.when(Complaint.progress, Status.FOLLOWED_UP, CASE, NINE, is_first=True).then_nothing()
    of_another = given(a_complaint(), decided_anew)
    another = UUID(int=10)
    of_another.when(
        Complaint.progress, Status.FOLLOWED_UP, another, NINE, is_first=True
    ).then_nothing()


@pytest.mark.parametrize(
    ("role", "is_victims", "may_call"),
    [("victim", True, True), ("anonymous", False, False)],
)
def test_the_others_hear_it_when_it_turns_out_whose_wish_it_was(
    role: str, is_victims: bool, may_call: bool
) -> None:
    def told_by_family(complaint: Complaint) -> None:
        told = replace(TOLD, reporter=None, reporter_role="family", safe_contact=SAFE)
        complaint.receive("1", told, NINE)

    complaint = a_complaint()
    told_by_family(complaint)
    complaint.collect_events()
    notes, later = Notes(reporter_role=role), NINE + timedelta(days=1)
    complaint.amend(notes, ("reporter_role",), "correction", "ratna", later)
    _, turned, *_ = complaint.collect_events()
    assert isinstance(turned, Complaint.SafeContactReattributed)
    told = published(turned)
    assert isinstance(told, facts.SafeContactSet)
    assert (told.occurred_at, told.said_at) == (later, NINE)  # what a victim said since is later
    assert (turned.is_victims, turned.safe_contact.may_call) == (is_victims, may_call)
    assert turned.safe_contact.phone is None  # sealed where she said it, and only there


@pytest.mark.parametrize("is_hers", [True, False], ids=["who told us", "the victim"])
def test_what_was_agreed_with_a_victim_is_not_of_who_told_us_when_that_is_another(
    is_hers: bool,
) -> None:
    complaint, habits = a_complaint(), (Personal("pagi"),)
    word, story = Personal("kemangi"), Personal("puskesmas")
    said = SafeContact(phone=Personal("09"), code_word=word, cover_story=story, habits=habits)
    times = (NINE + timedelta(days=each) for each in count(1))

    def put(whom: str, safe_contact: SafeContact, keeps: tuple[str, ...] = KEPT) -> None:
        complaint.set_safe_contact(
            safe_contact, next(times), whom=whom, basis="code_word", keeps=keeps
        )

    def known(whom: str) -> SafeContact | None:
        found = agreed_with(Account(complaint, complaint.told, None), whom, 0)
        return found and replace(found, person_id=None)

    complaint.receive("1", TOLD, NINE)
    put(REPORTER if is_hers else VICTIM, said)
    for whom in (REPORTER, VICTIM, REPORTER, REPORTER):
        put(whom, SafeContact(may_call=True))
    assert known(REPORTER) == known(VICTIM) == replace(said, may_call=True)
    put(
        REPORTER,
        SafeContact(may_call=True, code_word=Personal("sereh")),
        unsaid(frozenset({"code_word"})),
    )

    family = Notes(reporter_role="family")
    complaint.amend(family, ("reporter_role",), "correction", "ratna", next(times))

    hers = replace(said if is_hers else SafeContact(), code_word=Personal("sereh"))
    assert known(REPORTER) == replace(hers, may_call=True)
    assert known(VICTIM) == replace(said, may_call=True)
    put(REPORTER, SafeContact())
    assert known(REPORTER) == hers


def test_who_says_that_she_is_with_us_is() -> None:
    complaint, contact = a_complaint(), a_contact()
    received(complaint)
    check_basis("same_contact", complaint, contact, "ratna")
    for hers, who in ((contact, "sekar"), (None, "ratna")):
        with pytest.raises(NotHere):
            check_basis("same_contact", complaint, hers, who)
    complaint.hand_over("ratna", NINE)
    check_basis("code_word", complaint, contact, "sekar")
    with pytest.raises(NotHere):
        check_basis("same_contact", complaint, contact, "ratna")


# Somebody who wants to stay unknown


def test_nothing_is_kept_of_who_stays_unknown() -> None:
    told = replace(TOLD, reporter_role="anonymous", safe_contact=SAFE)
    given(a_complaint()).when(Complaint.receive, "1", told, NINE).then(
        Complaint.ComplaintReceived, told=replace(told, reporter=None, safe_contact=None)
    )


def test_a_victim_without_a_name_can_still_be_reached_as_she_said() -> None:
    told = replace(TOLD, reporter=Reporter(phone=Personal("08"), anonymous=True), safe_contact=SAFE)
    complaint = a_complaint()
    complaint.receive("1", told, NINE)
    assert complaint.told is not None
    assert complaint.told.reporter == Reporter(person_of(ID, "reporter"), anonymous=True)
    # It belongs to the story: what is forgotten with her would be of no use to her.
    assert complaint.told.safe_contact == SAFE
    assert complaint.stays_unknown


def test_who_wants_to_stay_unknown_later_is_to_be_forgotten_once() -> None:
    complaint = a_complaint()
    received(complaint)
    complaint.collect_events()
    for _ in range(2):
        notes = Notes(reporter_role="anonymous")
        complaint.amend(notes, ("reporter_role",), "correction", "ratna", NINE)

    names = [type(each).__name__ for each in complaint.collect_events()]

    assert names == ["ComplaintAmended", "AnonymityChosen", "ComplaintAmended"]
    assert complaint.told is not None
    assert complaint.told.reporter is None


# Withdrawing, and emergencies


def test_a_complaint_is_withdrawn_once_and_stays_what_it_was() -> None:
    withdrawn = given(a_complaint(), received).when(
        Complaint.withdraw, "afraid", Personal("Takut"), "code_word", "ratna", NINE
    )
    withdrawn.then(
        Complaint.ComplaintWithdrawn, withdrawn_by="victim", reason="afraid", basis="code_word"
    )
    given(
        a_complaint(),
        received,
        lambda c: c.withdraw("afraid", None, "code_word", "ratna", NINE),
    ).when(Complaint.withdraw, "other", None, "in_person", "ratna", NINE).then_nothing()


def test_an_emergency_is_seen_once() -> None:
    def emergency() -> Emergency:
        return Emergency(
            id=UUID(int=9),
            complaint_id=ID,
            services=("EMERGENCY_112",),
            whereabouts=Personal("Jalan S. gang 3"),
            staff_id="ratna",
            activated_at=NINE,
        )

    given(emergency()).when(Emergency.see, "kartika", NINE).then(
        Emergency.EmergencySeen, supervisor_id="kartika"
    )
    given(emergency(), lambda e: e.see("kartika", NINE)).when(
        Emergency.see, "sekar", NINE
    ).then_nothing()
    assert "gang" not in repr([emergency(), vars(emergency())])
