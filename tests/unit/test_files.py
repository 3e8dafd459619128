"""A sealed file opens whole, in order and with its own key, or not at all."""

from __future__ import annotations

import pytest

from shared.privacy.files import PIECE, TAG, FileSealer, open_file
from shared.privacy.sealing import CannotOpen

SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE]


def a_file(size: int) -> bytes:
    return bytes(n % 251 for n in range(min(size, PIECE))) * (size // PIECE or 1) + b"z" * (
        size % PIECE if size > PIECE else 0
    )


def sealed(content: bytes, name: str = "a") -> tuple[str, list[bytes]]:
    """Return the key and the sealed pieces of a file."""
    sealer = FileSealer(name)
    pieces = [content[at : at + PIECE] for at in range(0, len(content), PIECE)] or [b""]
    return sealer.key, [
        sealer.seal(piece, last=n == len(pieces)) for n, piece in enumerate(pieces, 1)
    ]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_out_as_it_went_in(size: int) -> None:
    content = a_file(size)
    key, pieces = sealed(content)
    assert open_file(key, "a", b"".join(pieces)) == content
    assert sum(map(len, pieces)) == len(content) + TAG * len(pieces)


def test_every_piece_looks_like_noise_and_each_time_like_another() -> None:
    content = bytes(2 * PIECE + 5)
    (_, once), (_, again) = sealed(content), sealed(content)
    assert len({*once, *again}) == 6
    assert bytes(32) not in b"".join(once)


KEY, PIECES = sealed(a_file(3 * PIECE + 7))
ONE, TWO, THREE, LAST = PIECES
WRONG = {
    "nothing": [],
    "the last is missing": [ONE, TWO, THREE],
    "the first is missing": [TWO, THREE, LAST],
    "one is missing": [ONE, THREE, LAST],
    "two changed places": [TWO, ONE, THREE, LAST],
    "one came twice": [ONE, ONE, TWO, THREE, LAST],
    "something is added": [*PIECES, b"x"],
    "it begins anew": [*PIECES, *PIECES],
    "half of the last": [ONE, TWO, THREE, LAST[:-1]],
    "one bit": [ONE, bytes([TWO[0] ^ 1]) + TWO[1:], THREE, LAST],
}


@pytest.mark.parametrize("parts", WRONG.values(), ids=WRONG.keys())
def test_a_piece_that_is_missing_moved_changed_or_added_is_noticed(parts: list[bytes]) -> None:
    with pytest.raises(CannotOpen):
        open_file(KEY, "a", b"".join(parts))


def test_a_file_under_another_name_or_with_another_key_stays_shut() -> None:
    key, pieces = sealed(b"satu")
    another, _ = sealed(b"satu")
    for wrong in ((key, "b"), (another, "a")):
        with pytest.raises(CannotOpen) as problem:
            open_file(*wrong, b"".join(pieces))
        assert "satu" not in str(problem.value)
        assert key not in str(problem.value)


def test_only_the_last_piece_may_be_shorter_and_none_longer() -> None:
    for piece, last in ((b"x", False), (bytes(PIECE + 1), False), (bytes(PIECE + 1), True)):
        with pytest.raises(ValueError, match="one length"):
            FileSealer("a").seal(piece, last=last)
