"""Who lost her login gets another one when two others say so, and not before."""

import json

import httpx
import pyotp
import pytest

from deploy.local import logins
from deploy.local.recovery import LIFETIME
from tests.offices import Office, refresh

NEW = "kata sandi yang baru"


async def open_recovery(
    office: Office, issuer: httpx.AsyncClient, by: str = "kartika", of: str = "ratna"
) -> httpx.Response:
    headers = await office.token(issuer, by)
    return await issuer.post("/recoveries", data={"username": of}, headers=headers)


async def approve(
    office: Office, issuer: httpx.AsyncClient, id: str, by: str = "teknis"
) -> httpx.Response:
    return await issuer.post(f"/recoveries/{id}/approval", headers=await office.token(issuer, by))


async def code_of(office: Office, issuer: httpx.AsyncClient, of: str = "ratna") -> str:
    """Let two people agree, and put the halves they got together."""
    opened = (await open_recovery(office, issuer, of=of)).json()
    approved = (await approve(office, issuer, opened["recovery_id"])).json()
    return f"{opened['half']} {approved['half']}"


async def enrol(
    office: Office, issuer: httpx.AsyncClient, code: str, password: str = NEW
) -> httpx.Response:
    """Set up the telephone and choose a password, as the person does."""
    secret = (await issuer.post("/enrolment", data={"code": code})).json()["totp_secret"]
    office.people["ratna"].secret = secret
    totp = office.people["ratna"].code
    form = {"code": code, "password": password, "totp": totp}
    return await issuer.post("/enrolment", data=form)


async def test_two_people_bring_a_third_back_in_and_what_she_lost_opens_nothing_more(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    ratna = office.people["ratna"]
    lost = ratna.secret
    session = await office.tokens(issuer, "ratna")
    code = await code_of(office, issuer)
    answer = await refresh(issuer, session["refresh_token"])
    assert answer.status_code == 200  # whoever it is may go on until she comes
    session = answer.json()

    answer = await enrol(office, issuer, code)
    assert (answer.status_code, answer.json()) == (200, {"enrolled": "ratna"})
    assert (await refresh(issuer, session["refresh_token"])).status_code == 400
    async with office.open() as restarted:
        office.clock.now += 30
        found = pyotp.TOTP(lost).at(int(office.clock.now))
        old = {"grant_type": "password"} | ratna.form | {"totp": found}
        assert (await restarted.post("/token", data=old)).status_code == 401
        ratna.password = NEW
        await office.token(restarted, "ratna")


async def test_the_code_works_once(office: Office, issuer: httpx.AsyncClient) -> None:
    code = await code_of(office, issuer)
    assert (await enrol(office, issuer, code)).status_code == 200
    assert (await issuer.post("/enrolment", data={"code": code})).status_code == 401


async def test_the_code_and_the_wait_for_it_last_a_quarter_of_an_hour(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    code = await code_of(office, issuer)
    office.clock.now += LIFETIME
    assert (await issuer.post("/enrolment", data={"code": code})).status_code == 401
    opened = (await open_recovery(office, issuer)).json()
    office.clock.now += LIFETIME
    assert (await approve(office, issuer, opened["recovery_id"])).status_code == 404


async def test_neither_half_opens_anything_alone(office: Office, issuer: httpx.AsyncClient) -> None:
    opened = (await open_recovery(office, issuer)).json()
    first = opened["half"]
    for code in (first, first + first):
        assert (await issuer.post("/enrolment", data={"code": code})).status_code == 401
    second = (await approve(office, issuer, opened["recovery_id"])).json()["half"]
    for code in (first, second, first + first, second + second, ""):
        assert (await issuer.post("/enrolment", data={"code": code})).status_code in (400, 401)
    code = f"{second.upper()}-{first}"  # either may come first
    assert (await issuer.post("/enrolment", data={"code": code})).status_code == 200


@pytest.mark.parametrize("second", ["kartika", "ratna", "sekar", "kepanjen"])
async def test_it_takes_two_others_who_may(
    office: Office, issuer: httpx.AsyncClient, second: str
) -> None:
    opened = (await open_recovery(office, issuer, by="kartika", of="sekar")).json()
    answer = await approve(office, issuer, opened["recovery_id"], by=second)
    assert answer.status_code == 403
    assert "half" not in answer.json()


async def test_nobody_opens_her_own_and_an_operator_none(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    own = await open_recovery(office, issuer, by="kartika", of="kartika")
    assert own.status_code == 403
    assert (await open_recovery(office, issuer, by="ratna", of="kepanjen")).status_code == 403
    assert (await open_recovery(office, issuer, of="nobody")).status_code == 404
    assert (await issuer.post("/recoveries", data={"username": "ratna"})).status_code == 401


async def test_the_second_person_sees_who_asks_for_whom_and_approves_once(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    opened = (await open_recovery(office, issuer)).json()
    seen = await issuer.get("/recoveries", headers=await office.token(issuer, "teknis"))
    (recovery,) = seen.json()["recoveries"]
    assert recovery["username"] == "ratna"
    assert recovery["opened_by"] == office.people["kartika"].sub
    assert "half" not in recovery
    assert (await approve(office, issuer, opened["recovery_id"])).status_code == 200
    assert (await approve(office, issuer, opened["recovery_id"], "sekar")).status_code == 404


@pytest.mark.parametrize("password", ["pendek", "ratna ratna ratna", "RATNA-dan-seterusnya"])
async def test_a_password_that_is_easily_guessed_is_not_taken(
    office: Office, issuer: httpx.AsyncClient, password: str
) -> None:
    code = await code_of(office, issuer)
    answer = await enrol(office, issuer, code, password)
    assert answer.status_code == 400
    assert password not in answer.text
    assert (await enrol(office, issuer, code)).status_code == 200


async def test_a_telephone_that_was_not_set_up_is_noticed_and_may_be_tried_again(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    code = await code_of(office, issuer)
    form = {"code": code, "password": NEW, "totp": "000000"}
    assert (await issuer.post("/enrolment", data=form)).status_code == 401
    assert (await enrol(office, issuer, code)).status_code == 200


async def test_the_journal_says_who_helped_and_holds_no_secret(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    code = await code_of(office, issuer)
    await enrol(office, issuer, code)
    text = (office.data / "issuer.jsonl").read_text()
    about = [
        (line["what"], line.get("by"))
        for line in map(json.loads, text.splitlines())
        if line["what"].startswith(("recovery", "enrolled"))
    ]
    kartika, teknis = office.people["kartika"].sub, office.people["teknis"].sub
    assert about == [
        ("recovery_opened", kartika),
        ("recovery_approved", teknis),
        ("enrolled", None),
    ]
    for secret in (*code.split(), NEW, office.people["ratna"].secret, "eyJ"):
        assert secret not in text
    assert (office.data / "issuer.jsonl").stat().st_mode & 0o077 == 0


async def test_a_changed_seed_does_not_bring_back_what_was_lost(
    office: Office, issuer: httpx.AsyncClient
) -> None:
    staff = (office.data / "staff.json").read_bytes()
    code = await code_of(office, issuer)
    await enrol(office, issuer, code)
    (office.data / "staff.json").write_bytes(staff)  # as the runner writes it from the seed
    assert logins.staff(office.data)["ratna"].totp_secret == office.people["ratna"].secret
