"""What a complainant was told, what she said of her duties, and what she was promised."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain import (
    DueInThePast,
    Information,
    MediumMissing,
    NotAcknowledged,
    NothingRecommended,
    PromiseIsKept,
    Rights,
    StatementKind,
)
from services.intake.labels import label
from services.intake.rights import commands
from shared.privacy import Personal
from shared.problems import Missing
from tests.given import given

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=2)
COMPLAINT, PROMISE = UUID(int=1), UUID(int=2)
BY: dict[str, Any] = {"by": "ani", "now": NOON}
TEXTS: dict[str, Any] = {"standard_version": "0", "rules_version": "2026-11-24", **BY}


def rights() -> Rights:
    return Rights(complaint_id=COMPLAINT)


def promised(them: Rights) -> None:
    them.promise(PROMISE, what="next_contact", due_at=LATER, words=Personal("Kamis"), **BY)


def kept(them: Rights) -> None:
    them.keep(PROMISE, **BY)


def told(**more: Any) -> Information:
    return Information(**{"topics": ("procedure",), "telling": "phone"} | more)


def test_what_she_was_told_is_kept_with_the_text_that_held() -> None:
    given(rights()).when(Rights.inform, told(), **TEXTS).then(
        Rights.InformationGiven, standard_version="0", rules_version="2026-11-24", staff_id="ani"
    )


def test_a_recommendation_names_services_and_nothing_else_does() -> None:
    advice = told(topics=("recommendation",), services=("LEGAL_AID",), words=Personal("…"))
    given(rights()).when(Rights.inform, advice, **TEXTS).then(Rights.InformationGiven)
    for wrong in (told(topics=("recommendation",)), told(services=("LEGAL_AID",))):
        given(rights()).when(Rights.inform, wrong, **TEXTS).refused(NothingRecommended)


@pytest.mark.parametrize(
    ("acknowledged", "because", "is_right"),
    [
        (True, None, True),
        (False, "distress", True),
        (None, None, False),
        (False, None, False),
        (True, "distress", False),
    ],
)
def test_her_rights_are_acknowledged_or_it_is_said_why_they_could_not_be_read(
    acknowledged: bool | None, because: str | None, is_right: bool
) -> None:
    read = told(topics=("rights_and_duties",), acknowledged=acknowledged, unread_because=because)
    informed = given(rights()).when(Rights.inform, read, **TEXTS)
    if is_right:
        informed.then(Rights.InformationGiven)
    else:
        informed.refused(NotAcknowledged)


def test_only_rights_and_duties_are_acknowledged() -> None:
    given(rights()).when(Rights.inform, told(acknowledged=True), **TEXTS).refused(NotAcknowledged)


def test_whoever_does_not_accept_a_duty_is_noted_and_no_more() -> None:
    truth = StatementKind.TRUTHFULNESS
    given(rights()).when(
        Rights.state, truth, accepted=False, words=Personal("Saya takut."), **TEXTS
    ).then(Rights.StatementMade, accepted=False, staff_id="ani")


@pytest.mark.parametrize("kind", StatementKind)
def test_what_is_read_to_her_is_no_threat(kind: StatementKind) -> None:
    words = label(kind).lower()
    assert words.startswith("saya")
    for threatening in ("pidana", "hukum", "sanksi", "palsu", "bohong", "tuntut", "wajib"):
        assert threatening not in words.replace("kewajiban", "")


def test_a_promise_is_made_once_and_kept_once() -> None:
    given(rights()).when(
        Rights.promise, PROMISE, what="next_contact", due_at=LATER, words=None, **BY
    ).then(Rights.PromiseMade, promise_id=PROMISE, due_at=LATER)
    given(rights(), promised).when(
        Rights.promise, PROMISE, what="next_contact", due_at=LATER, words=None, **BY
    ).then_nothing()
    given(rights(), promised).when(Rights.keep, PROMISE, **BY).then(Rights.PromiseKept)
    given(rights(), promised, kept).when(Rights.keep, PROMISE, **BY).then_nothing()


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_promise_is_for_a_time_to_come(days: int) -> None:
    due_at = NOON + timedelta(days=days)
    given(rights()).when(
        Rights.promise, PROMISE, what="other", due_at=due_at, words=None, **BY
    ).refused(DueInThePast)
    given(rights(), promised).when(
        Rights.renew, PROMISE, due_at=due_at, informed=True, telling="in_person", **BY
    ).refused(DueInThePast)


def test_that_she_was_told_of_the_new_time_is_an_event_of_its_own() -> None:
    them = rights()
    promised(them)
    them.collect_events()
    another = LATER + timedelta(days=1)

    assert them.renew(PROMISE, due_at=another, informed=False, telling=None, **BY)
    assert not them.promises[PROMISE].is_told
    assert not them.renew(PROMISE, due_at=another, informed=True, telling="in_person", **BY)
    assert not them.renew(PROMISE, due_at=another, informed=True, telling="in_person", **BY)

    names = [type(each).__name__ for each in them.collect_events()]
    assert names == ["PromiseRenewed", "RenewalTold"]


def test_who_was_told_of_a_new_time_was_told_in_some_way() -> None:
    renewal: dict[str, Any] = {"due_at": LATER + timedelta(days=1), "informed": True, **BY}
    given(rights(), promised).when(Rights.renew, PROMISE, telling=None, **renewal).refused(
        MediumMissing
    )


def test_what_is_kept_is_not_renewed_and_what_was_never_promised_is_not_there() -> None:
    renewal: dict[str, Any] = {
        "due_at": LATER + timedelta(days=1),
        "informed": True,
        "telling": "letter",
        **BY,
    }
    given(rights(), promised, kept).when(Rights.renew, PROMISE, **renewal).refused(PromiseIsKept)
    given(rights()).when(Rights.renew, PROMISE, **renewal).refused(Missing)
    given(rights()).when(Rights.keep, PROMISE, **BY).refused(Missing)


def test_nothing_she_said_shows_in_a_log() -> None:
    them = rights()
    them.inform(told(words=Personal("secret")), **TEXTS)
    them.state(StatementKind.RULES, accepted=False, words=Personal("secret"), **TEXTS)
    promised(them)
    assert "secret" not in repr([them, vars(them), *them.pending_events])


def test_whom_of_the_victims_it_is_about_is_never_taken_for_granted() -> None:
    for deed in (commands.inform, commands.renew):
        assert inspect.signature(deed).parameters["n"].default is inspect.Parameter.empty
