from __future__ import annotations

from uuid import UUID

from services.intake.receipts import pin, public_code, registration_of

PEPPER, OTHER = b"p" * 32, b"q" * 32
NUMBER = "PPA-2026-000123"


def test_a_code_leads_back_to_its_number() -> None:
    code = public_code(PEPPER, NUMBER)

    assert registration_of(PEPPER, code) == NUMBER
    assert registration_of(PEPPER, f" {code.lower().replace('-', '')} ") == NUMBER


def test_nobody_can_make_a_code_without_the_pepper() -> None:
    assert registration_of(PEPPER, public_code(OTHER, NUMBER)) is None
    assert registration_of(PEPPER, "2026-000123-AAAAAA") is None
    assert registration_of(PEPPER, "anything else") is None


def test_a_pin_has_six_digits_and_is_the_same_each_time() -> None:
    pins = {pin(PEPPER, UUID(int=n)) for n in range(200)}

    assert all(len(each) == 6 and each.isdigit() for each in pins)
    assert len(pins) > 190
    assert pin(PEPPER, UUID(int=1)) == pin(PEPPER, UUID(int=1)) != pin(OTHER, UUID(int=1))
