"""Guessing gets slower and slower, and whoever is guessed at goes on working."""

import httpx
import pytest

from deploy.local.attempts import (
    FORGIVEN,
    FREE_AT_A_PLACE,
    FREE_FROM_A_PLACE,
    FREE_ON_AN_ACCOUNT,
    LONGEST,
    REMEMBERED,
    Place,
    Throttle,
)
from tests.offices import NOON, Office, send_login

HERE = Place("address 192.0.2.1")
HER_BROWSER = Place("browser abc", known=True)


@pytest.fixture
def throttle() -> Throttle:
    return Throttle()


def guess(throttle: Throttle, place: Place, times: int, account: str = "ratna") -> None:
    for _ in range(times):
        throttle.count(account, place, NOON)


def test_each_wait_is_twice_as_long_and_none_is_for_ever(throttle: Throttle) -> None:
    now, waits = NOON, list[int]()
    for _ in range(FREE_AT_A_PLACE + 15):
        throttle.count("ratna", HERE, now)
        waits.append(throttle.wait("ratna", HERE, now))
        now += waits[-1]
    assert waits[:FREE_AT_A_PLACE] == [0] * (FREE_AT_A_PLACE - 1) + [1]
    assert waits[FREE_AT_A_PLACE : FREE_AT_A_PLACE + 4] == [2, 4, 8, 16]
    assert max(waits) == waits[-1] == LONGEST


def test_guessing_from_elsewhere_keeps_nobody_out(throttle: Throttle) -> None:
    guess(throttle, Place("address of an attacker"), 30)
    assert throttle.wait("ratna", Place("address of an attacker"), NOON) == LONGEST
    assert throttle.wait("ratna", HERE, NOON) == 0


def test_a_thousand_addresses_slow_down_strangers_but_not_a_browser_that_was_let_in(
    throttle: Throttle,
) -> None:
    for n in range(FREE_ON_AN_ACCOUNT + 20):
        guess(throttle, Place(f"address {n}"), 1)
    assert 0 < throttle.wait("ratna", Place("address new"), NOON) <= LONGEST
    assert throttle.wait("ratna", HER_BROWSER, NOON) == 0
    assert throttle.wait("bayu", Place("address new"), NOON) == 0


def test_one_place_that_tries_every_account_is_slowed_down(throttle: Throttle) -> None:
    for n in range(FREE_FROM_A_PLACE):
        guess(throttle, HERE, 1, account=f"name{n}")
    assert throttle.wait("ratna", HERE, NOON) > 0
    assert throttle.wait("ratna", HER_BROWSER, NOON) == 0


def test_an_own_account_does_not_buy_more_guesses_at_others(throttle: Throttle) -> None:
    guess(throttle, HERE, FREE_AT_A_PLACE + 3)
    guess(throttle, HERE, 1, account="mine")
    throttle.forget("mine", HERE)
    assert throttle.wait("ratna", HERE, NOON) == 8

    for n in range(FREE_FROM_A_PLACE):
        guess(throttle, HERE, 1, account=f"name{n}")
    guess(throttle, HERE, 1, account="mine")
    throttle.forget("mine", HERE)
    assert throttle.wait("one more", HERE, NOON) > 0


def test_after_a_success_counting_begins_anew(throttle: Throttle) -> None:
    guess(throttle, HERE, FREE_AT_A_PLACE)
    throttle.forget("ratna", HERE)
    assert throttle.wait("ratna", HERE, NOON) == 0


def test_who_stops_guessing_is_forgiven(throttle: Throttle) -> None:
    guess(throttle, HERE, 30)
    assert throttle.wait("ratna", HERE, NOON + FORGIVEN) == 0
    throttle.count("ratna", HERE, NOON + FORGIVEN)
    assert throttle.wait("ratna", HERE, NOON + FORGIVEN) == 0


def test_made_up_names_do_not_fill_the_memory(throttle: Throttle) -> None:
    for n in range(REMEMBERED):
        throttle.count(f"name{n}", Place(f"address {n}"), NOON)
    assert len(throttle._counts) == REMEMBERED


async def test_a_browser_that_was_let_in_stays_open_while_its_address_is_locked(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    ratna = office.people["ratna"]
    known = await send_login(issuer, ratna)
    assert known.status_code == 303
    mark = known.headers["set-cookie"]
    assert "HttpOnly" in mark
    assert "SameSite=strict" in mark
    her_browser = dict(issuer.cookies)
    issuer.cookies.clear()

    for _ in range(FREE_AT_A_PLACE):
        await send_login(issuer, ratna, totp="000000")
    office.clock.now += 0.5  # not yet the second there is to wait
    assert (await send_login(issuer, ratna)).status_code == 429

    office.clock.now += 30 - 0.5
    for _ in range(3 * FREE_AT_A_PLACE):
        await send_login(issuer, ratna, totp="000000")
    assert (await send_login(issuer, ratna)).status_code == 429
    issuer.cookies.update(her_browser)
    assert (await send_login(issuer, ratna)).status_code == 303


async def test_a_made_up_mark_makes_no_browser_known(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    ratna = office.people["ratna"]
    for n in range(FREE_AT_A_PLACE):
        issuer.cookies.set(f"aduan-browser-{ratna.sub}", f"{n}.{'0' * 64}")
        await send_login(issuer, ratna, totp="000000")
    assert (await send_login(issuer, ratna)).status_code == 429
