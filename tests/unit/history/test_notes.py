"""A signed note is believed only with the right signature, and a policy only when it is met."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.history.notes import (
    LOG,
    WITNESS,
    Checkpoint,
    Signed,
    WrongNote,
    checkpoint_of,
    cosign,
    key_of,
    opened,
    policy_of,
    public_key,
    sign,
)
from shared.history.tree import EMPTY

# Made by another implementation (security-research §3.2): formats are not ours to choose.
LOG_KEY = "intake.ppa.kota.example/log1+83163870+AcXotZre0hNk4VY98r8ktFyBv/kznwUb+2zPRP8dFDdF"
WITNESS_KEY = "witness.polres.example/w1+213d7f4d+BIZwSGO1Jy9V5iykIoYbRpFvvGdXyKRjRkkk6c+MnhSi"
NOTE = """intake.ppa.kota.example/log1
1337
/m41YzdtAWZOx6D2KxudwZ+hEZavejSzgsRCAuFRkrw=

— intake.ppa.kota.example/log1 gxY4cAFOtqL/mOqaRRU6ps07Z4loppp3dZpHhV9y5pTa29H9c6bNC6r+h6qt6sOSkhapMr3L4UG6ysYmSRUYoOrhCg8=
— witness.polres.example/w1 IT1/TQAAAABnJVWg9f4+PPNW4FXLXlDN/Xn3WR94MpFj0fyDNUO9o24oGxT0gQVUsW9xalXDOLEgM48YUwC8VMD4gO327GYvexUzBw==
"""  # noqa: E501
NAMES = ("a.example/w1", "b.example/w1", "c.example/w1")


def a_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def test_a_note_of_another_implementation_is_read() -> None:
    text, signed = opened(NOTE, [key_of(LOG_KEY), key_of(WITNESS_KEY)])
    assert signed == [
        Signed("intake.ppa.kota.example/log1", None),
        Signed("witness.polres.example/w1", 1730500000),
    ]
    assert checkpoint_of(text).size == 1337


def test_keys_are_told_in_a_line_and_read_again() -> None:
    assert str(key_of(LOG_KEY)) == LOG_KEY
    for wrong in ("", "a+b", LOG_KEY.replace("83163870", "83163871"), LOG_KEY[:-4]):
        with pytest.raises(WrongNote):
            key_of(wrong)


def test_what_is_signed_is_what_is_checked() -> None:
    log, witness = a_key(), a_key()
    text = Checkpoint("log.example/1", 7, EMPTY).text
    note = f"{text}\n{sign(text, 'log.example/1', log)}{cosign(text, 'w.example/1', witness, 42)}"
    keys = [public_key("log.example/1", LOG, log), public_key("w.example/1", WITNESS, witness)]
    assert [each.at for each in opened(note, keys)[1]] == [None, 42]
    with pytest.raises(WrongNote, match="false signature"):
        opened(note.replace("\n7\n", "\n8\n"), keys)
    another = [public_key("log.example/1", LOG, a_key())]
    assert opened(note, another)[1] == []  # a key of the same name is not the same key


@pytest.mark.parametrize(
    "text", ["", "a\n", "a\nx\nAA==\n", "a\n01\n", "a\n1\nAA==\n", f"{NOTE.split('— ')[0]}more\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(WrongNote):
        checkpoint_of(text)


def test_two_of_three_witnesses_are_enough_when_the_policy_says_so() -> None:
    keys = {name: public_key(name, WITNESS, a_key()) for name in NAMES}
    lines = [f"log {LOG_KEY} # ours", ""]
    lines += [f"witness {name} {key}" for name, key in keys.items()]
    policy = policy_of(
        "\n".join([*lines, f"group agencies 2 {' '.join(NAMES)}", "quorum agencies"])
    )
    assert not policy.is_enough([Signed(NAMES[0], 1), Signed(NAMES[0], 2)])
    assert policy.is_enough([Signed(NAMES[0], 1), Signed(NAMES[2], 2)])
    assert policy_of("\n".join(lines)).is_enough([])
    with pytest.raises(WrongNote):
        policy_of("quorum nobody")
