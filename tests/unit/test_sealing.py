"""A sealed text opens with its key, where it was sealed, and in no other way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from shared.eventstore import new_id
from shared.privacy.numbers import Kind, index_keys, normalised, tag
from shared.privacy.sealing import CannotOpen, Key, is_sealed, key_id_of, make_key, seal, unseal
from shared.problems import Malformed

SECRET = "Sumarni"
DEK = bytes(range(32))
KEY = make_key(new_id(), DEK)
PLACE: dict[str, Any] = {"event_id": new_id(), "event_type": "CaseFormFiled", "path": "victims[0]"}
TOKEN = seal(KEY, SECRET, **PLACE)
MIXED = TOKEN.removeprefix(KEY.head).replace(".", "")
NIK = "3573994404920001"
PHONE = "0812-0000-0101"
EVERYWHERE = "+62" + PHONE[1:].replace("-", "")


@given(st.text())
def test_what_was_sealed_is_opened(text: str) -> None:
    token = seal(KEY, text, **PLACE)
    assert unseal(KEY, token, **PLACE) == text
    assert is_sealed(token)
    assert key_id_of(token) == KEY.id


def test_the_format_is_as_it_was_published() -> None:
    """Opened here by hand, with nothing of ours: an auditor's program must be able to."""
    mark, id, nonce, sealed = (
        part if part == "enc1" else base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        for part in TOKEN.split(".")
    )
    assert (mark, id) == ("enc1", KEY.id.bytes)
    assert isinstance(nonce, bytes)
    assert isinstance(sealed, bytes)
    bound = f"ppa-field/v1|{PLACE['event_id']}|{KEY.id}|CaseFormFiled|victims[0]"
    plain = AESGCM(DEK).decrypt(nonce, sealed, bound.encode())
    assert plain == b'"Sumarni"\x80'.ljust(64, b"\0")
    assert KEY.commitment == hmac.digest(DEK, b"ppa-kc/v1|" + str(KEY.id).encode(), hashlib.sha256)


def test_texts_are_kept_as_canonical_json() -> None:
    text = 'Ibu "Sri"\n\\ ü\x01'
    token = seal(KEY, text, **PLACE).split(".")
    raw = base64.urlsafe_b64decode(token[3] + "=" * (-len(token[3]) % 4))
    bound = f"ppa-field/v1|{PLACE['event_id']}|{KEY.id}|CaseFormFiled|victims[0]"
    plain = AESGCM(DEK).decrypt(base64.urlsafe_b64decode(token[2]), raw, bound.encode())
    assert plain.startswith(json.dumps(text, ensure_ascii=False).encode() + b"\x80")


def test_the_length_of_a_token_hides_the_length_of_a_short_text() -> None:
    assert {len(seal(KEY, "x" * n, **PLACE)) for n in range(62)} == {len(TOKEN)}


def test_the_same_text_twice_makes_two_tokens() -> None:
    assert seal(KEY, SECRET, **PLACE) != TOKEN


@pytest.mark.parametrize(
    "elsewhere",
    [{"event_id": new_id()}, {"event_type": "CaseClosed"}, {"path": "victims[1]"}],
    ids=lambda elsewhere: next(iter(elsewhere)),
)
def test_a_text_that_was_moved_does_not_open(elsewhere: dict[str, Any]) -> None:
    with pytest.raises(CannotOpen):
        unseal(KEY, TOKEN, **{**PLACE, **elsewhere})


@pytest.mark.parametrize(
    "other",
    [make_key(new_id(), DEK), make_key(KEY.id, bytes(32))],
    ids=["same bytes under another id", "other bytes under the same id"],
)
def test_another_key_does_not_open_it(other: Key) -> None:
    with pytest.raises(CannotOpen):
        unseal(other, TOKEN, **PLACE)


def test_a_text_relabelled_for_another_key_does_not_open_with_it() -> None:
    """The id is bound too: with equal bytes under two ids, only this tells them apart."""
    twin = make_key(new_id(), DEK)
    with pytest.raises(CannotOpen):
        unseal(twin, TOKEN.replace(KEY.head, twin.head), **PLACE)


@pytest.mark.parametrize("position", range(len("enc1."), len(TOKEN) - 1, 7))
def test_a_changed_token_does_not_open(position: int) -> None:
    other = "A" if TOKEN[position] != "A" else "B"
    with pytest.raises(CannotOpen):
        unseal(KEY, TOKEN[:position] + other + TOKEN[position + 1 :], **PLACE)


@pytest.mark.parametrize(
    "broken",
    [
        *("", "enc1", "enc1...", SECRET, "enc2" + TOKEN[4:], TOKEN + "=", TOKEN[:-1], TOKEN + "."),
        *(TOKEN + " ", TOKEN + "é", KEY.head),
        f"{KEY.head}{MIXED[:15]}.{MIXED[15:]}",
        f"{KEY.head}.{MIXED}",
    ],
    ids=[str(n) for n in range(13)],  # the texts are others in every process
)
def test_what_is_no_token_does_not_open(broken: str) -> None:
    with pytest.raises(CannotOpen):
        unseal(KEY, broken, **PLACE)


def test_a_text_has_one_token_and_no_other_spelling_of_it() -> None:
    """The last character carries bits that mean nothing: they must be as they were."""
    opened = []
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        try:
            opened.append((last, unseal(KEY, TOKEN[:-1] + last, **PLACE)))
        except CannotOpen:
            continue
    assert opened == [(TOKEN[-1], SECRET)]


@pytest.mark.parametrize(
    "plain",
    [b'"Sumarni"', b'"Sumarni"\x81', b"Sumarni\x80", b"1\x80", b'"Sum\xff"\x80', b""],
)
def test_a_plain_text_of_another_form_does_not_open_and_is_not_shown(plain: bytes) -> None:
    bound = f"ppa-field/v1|{PLACE['event_id']}|{KEY.id}|CaseFormFiled|victims[0]"
    nonce = bytes(12)
    sealed = KEY.cipher.encrypt(nonce, plain, bound.encode())
    coded = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (nonce, sealed))
    with pytest.raises(CannotOpen) as refused:
        unseal(KEY, KEY.head + ".".join(coded), **PLACE)
    assert refused.value.__context__ is None  # an inner exception would carry the content
    assert SECRET not in str(refused.value)


def test_what_does_not_open_is_named_by_its_place() -> None:
    with pytest.raises(CannotOpen, match=f"CaseClosed .*{PLACE['event_id']}.*{KEY.id}") as refused:
        unseal(KEY, TOKEN, **{**PLACE, "event_type": "CaseClosed"})
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("text", ["", "enc1.", "enc1.hello", f" {TOKEN}", f"{TOKEN}\n", SECRET])
def test_a_text_that_only_looks_a_bit_sealed_is_not(text: str) -> None:
    assert not is_sealed(text)
    with pytest.raises(CannotOpen):
        key_id_of(text)


def test_a_key_shows_only_its_id() -> None:
    id = UUID("01930000-0000-7000-8000-00000000aaaa")
    assert repr(make_key(id, DEK)) == f"Key(id={id!r})"


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_is_32_bytes_and_no_less(size: int) -> None:
    with pytest.raises(ValueError, match="32"):
        make_key(new_id(), bytes(size))


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        ("nik", NIK, NIK),
        ("nik", " 35.7399.440492.0001 ", NIK),
        ("phone", PHONE, EVERYWHERE),
        ("phone", PHONE.replace("-", " "), EVERYWHERE),
        ("phone", EVERYWHERE, EVERYWHERE),
        ("phone", EVERYWHERE[1:], EVERYWHERE),
        ("phone", "00" + EVERYWHERE[1:], EVERYWHERE),
        ("phone", PHONE[1:], EVERYWHERE),
        ("phone", "+62 (0)" + PHONE[1:], EVERYWHERE),
        ("phone", "0341-000000", "+62341000000"),
        ("phone", "+60 3-0000 0000", "+60300000000"),
        ("phone", "0060 3-0000 0000", "+60300000000"),
    ],
)
def test_a_number_has_one_spelling(kind: Kind, text: str, number: str) -> None:
    assert normalised(kind, text) == number


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("nik", text) for text in ("", NIK[:-1], NIK + "1", "357399" + "7204920001")),
        *(("nik", "357399" + rest) for rest in ("4013920001", "0000920001", "3002920001")),
        *(("phone", text) for text in ("", "0812", "none", PHONE + "0101" + "0101")),
    ],
)
def test_what_cannot_be_a_number_is_refused_and_not_repeated(kind: Kind, text: str) -> None:
    with pytest.raises(Malformed) as refused:
        normalised(kind, text)
    assert str(refused.value) == f"not a {kind} number"


def test_a_number_is_found_by_a_hash_that_depends_on_key_and_kind() -> None:
    keys = index_keys(DEK)
    assert keys["nik"] != keys["phone"]
    assert tag(keys["nik"], "nik", NIK) == hmac.digest(keys["nik"], NIK.encode(), "sha256")[:16]
    assert tag(keys["nik"], "nik", NIK) != tag(index_keys(bytes(32))["nik"], "nik", NIK)
