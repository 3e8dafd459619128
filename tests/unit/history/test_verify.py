"""Whatever the holder of the database and of the log's key does to the history is found.

The matrix of security-research §3.5: what each layer finds, and what no layer can find.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.history.bundle import NoBundle, Reading
from shared.history.checking import Checked, verify
from shared.history.notes import policy_of
from shared.history.verify import CLEAR, main
from tests.logs import WITNESSES, Log, a_line

TWO = WITNESSES[:2]
FORGED = b'{"actor": "x", "cause": {"handler": "", "message": ""}, "forged": 1}'


def honest() -> Log:
    """A thousand events; witnesses saw three hundred, six hundred and nine hundred of them."""
    log = Log()
    for _ in range(3):
        log.grow(300).checkpoint(TWO)
    return log.grow(100).checkpoint()


def check(path: Path, policy: str) -> Checked:
    with Reading(path) as bundle:
        return verify(bundle, policy_of(policy))


def rules(checked: Checked) -> set[int]:
    return {finding.rule for finding in checked.findings}


def test_an_honest_history_is_found_right(tmp_path: Path) -> None:
    log = honest()
    checked = check(log.bundle(tmp_path / "b.tar"), log.policy)
    assert checked.findings == []
    assert (checked.size, checked.witnessed) == (1000, 900)


def test_an_empty_history_is_found_right(tmp_path: Path) -> None:
    log = Log().checkpoint(TWO)
    assert check(log.bundle(tmp_path / "b.tar"), log.policy).findings == []


# What a forger does who holds the database, and then signs everything anew with the log's key.


def alter(log: Log) -> None:
    log.lines[100] = replace(log.lines[100], body=FORGED)


def drop(log: Log) -> None:
    del log.lines[100]


def swap(log: Log) -> None:
    log.lines[100], log.lines[101] = log.lines[101], log.lines[100]


def back_date(log: Log) -> None:
    log.lines.append(replace(a_line(2000), at=log.lines[5].at))


def roll_back(log: Log) -> None:
    del log.lines[800:]


def drop_from_the_tail(log: Log) -> None:
    del log.lines[950]


FORGERIES: list[tuple[Callable[[Log], None], set[int]]] = [
    (alter, {3}),
    (drop, {3}),
    (swap, {3}),
    (back_date, {7}),
    (roll_back, {3}),
]


@pytest.mark.parametrize(
    ("forge", "found"), FORGERIES, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_forger_with_the_logs_own_key_is_found_by_what_witnesses_saw(
    forge: Callable[[Log], None], found: set[int], tmp_path: Path
) -> None:
    log = honest()
    forge(log)
    log.notes[-1:] = []
    log.checkpoint()
    assert found <= rules(check(log.bundle(tmp_path / "b.tar"), log.policy))


@pytest.mark.parametrize("forge", [alter, drop, swap, roll_back], ids=lambda each: each.__name__)
def test_without_witnesses_nobody_would_know(forge: Callable[[Log], None], tmp_path: Path) -> None:
    """Why there are witnesses. A log that only its owner signs proves nothing against its owner."""
    log = honest()
    forge(log)
    log.notes = []
    log.checkpoint()
    trusting = log.policy.replace("quorum agencies", "quorum none")
    assert check(log.bundle(tmp_path / "b.tar"), trusting).findings == []


def test_what_no_witness_saw_is_named_as_such(tmp_path: Path) -> None:
    log = honest()
    drop_from_the_tail(log)
    log.notes[-1:] = []
    log.checkpoint()
    checked = check(log.bundle(tmp_path / "b.tar"), log.policy)
    assert checked.findings == []  # the one forgery that cannot be found: it has no second owner
    assert checked.size - checked.witnessed == 99


# What a forger does who holds the database only.


def test_an_altered_body_is_found(tmp_path: Path) -> None:
    log = honest()
    assert rules(check(log.bundle(tmp_path / "b.tar", bodies={7: FORGED}), log.policy)) == {6}


def test_an_altered_body_with_its_entry_is_found(tmp_path: Path) -> None:
    log = honest()
    entries = log.entries()
    lines = entries[7].split(b"\n")
    lines[7] = base64.b64encode(hashlib.sha256(FORGED).digest())
    entries[7] = b"\n".join(lines)
    path = log.bundle(tmp_path / "b.tar", entries=entries, bodies={7: FORGED})
    assert {2, 3, 5} <= rules(check(path, log.policy))


def test_a_stream_that_skips_a_version_is_found(tmp_path: Path) -> None:
    log = honest()
    entries = log.entries()
    entries[990] = entries[990].replace(b"\n27\n", b"\n28\n")
    assert 5 in rules(check(log.bundle(tmp_path / "b.tar", entries=entries), log.policy))


def test_an_event_dated_later_than_it_was_seen_is_found(tmp_path: Path) -> None:
    log = Log().grow(300)
    log.lines[50] = log.lines[50].dated(log.now() + timedelta(minutes=10))
    log.checkpoint(TWO)
    assert rules(check(log.bundle(tmp_path / "b.tar"), log.policy)) == {7}


def test_clocks_may_be_two_minutes_apart(tmp_path: Path) -> None:
    log = Log().grow(300)
    log.checkpoint(TWO, at=log.now() - timedelta(seconds=100))
    assert check(log.bundle(tmp_path / "b.tar"), log.policy).findings == []


def test_a_checkpoint_of_somebody_else_is_not_believed(tmp_path: Path) -> None:
    log, other = honest(), Log().grow(1000).checkpoint(TWO)
    log.notes[-1] = other.notes[-1]
    assert 1 in rules(check(log.bundle(tmp_path / "b.tar"), log.policy))


def test_one_witness_is_not_two(tmp_path: Path) -> None:
    log = Log().grow(300).checkpoint(WITNESSES[:1])
    assert rules(check(log.bundle(tmp_path / "b.tar"), log.policy)) == {1}


def test_a_fork_shown_to_different_witnesses_is_found(tmp_path: Path) -> None:
    """Two histories of the same length, each seen by some."""
    log = Log().grow(300).checkpoint(TWO)
    fork = Log(key=log.key).grow(300)
    alter(fork)
    log.notes += fork.checkpoint(WITNESSES[2:]).notes
    assert 3 in rules(check(log.bundle(tmp_path / "b.tar"), log.policy))


def test_a_tile_that_lies_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = honest()
    path = log.bundle(tmp_path / "b.tar")
    as_it_is = Reading.hashes
    monkeypatch.setattr(
        Reading, "hashes", lambda *at: as_it_is(*at)[::-1] if at[1:3] == (0, 1) else as_it_is(*at)
    )
    assert rules(check(path, log.policy)) == {2}


def test_a_bundle_that_is_cut_off_cannot_be_read(tmp_path: Path) -> None:
    log = honest()
    path = log.bundle(tmp_path / "b.tar")
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(NoBundle):
        check(path, log.policy)


# Across services.


def both(*, lost: int | None = None, twice: int | None = None) -> tuple[Log, Log]:
    intake, triage = Log("intake").grow(10).checkpoint(TWO), Log("triage")
    for n, line in enumerate(intake.lines):
        cause = {"handler": "triage-queue-received-complaint", "message": str(line.id)}
        for _ in range((n != lost) + (n == twice)):
            triage.lines.append(a_line(len(triage.lines), name="ComplaintQueued", cause=cause))
    return intake, triage.checkpoint(TWO)


def run(tmp_path: Path, *logs: Log) -> int:
    policy = tmp_path / "policy"
    paths = [str(log.bundle(tmp_path / f"{log.service}.tar")) for log in logs]
    told = [line for log in logs for line in log.policy.splitlines()]
    policy.write_text("\n".join(sorted(set(told), key=told.index)))
    return main([*paths, "--policy", str(policy)])


def test_what_was_received_was_queued_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *both()) == 0
    assert "WRONG" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("forged", "says"), [("lost", "was never queued"), ("twice", "queued twice")]
)
def test_a_complaint_that_was_lost_or_doubled_is_found(
    forged: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *both(**{forged: 3})) == 1
    assert says in capsys.readouterr().out


def test_what_nobody_told_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = [*both(), Log("referral").grow(3).checkpoint(TWO), Log("counseling")]
    cause = {"handler": "counseling-assign-classified-case", "message": str(UUID(int=1))}
    logs[3].lines.append(a_line(0, name="CaseworkOpened", cause=cause))
    assert run(tmp_path, *logs[:3], logs[3].checkpoint(TWO)) == 1
    assert "which nobody told" in capsys.readouterr().out


def erased(*actors: str, published: bool = True) -> Log:
    log, person, key = Log("triage"), str(UUID(int=1)), "k1"
    keys: dict[str, Any] = {"keys": {key: {}}} if published else {}
    log.lines.append(a_line(0, name="CaseFormFilled", **keys))
    for name, actor in zip(("ErasureRequested", "ErasureApproved"), actors, strict=True):
        log.lines.append(replace(a_line(len(log.lines), name=name, actor=actor), stream=0))
    log.lines.append(replace(a_line(3, name="PersonErased", actor="policy:erasure"), stream=0))
    data = {"person_id": person, "key_ids": [key]}
    log.lines.append(a_line(4, name="SubjectKeysDestroyed", data=data))
    return log.checkpoint(TWO)


def test_keys_go_with_a_person_by_two_people(tmp_path: Path) -> None:
    assert run(tmp_path, erased("staff:a", "staff:b")) == 0
    assert run(tmp_path, erased("staff:a", "staff:a")) == 1
    assert run(tmp_path, erased("staff:a", "staff:b", published=False)) == 1


def test_what_cannot_be_read_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"no tar")
    assert main([str(tmp_path / "x.tar")]) == 2


@pytest.mark.parametrize("is_watched", [True, False])
def test_whoever_watches_sees_how_far_it_is_and_a_file_gets_nothing_of_it(
    is_watched: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = str(Log().grow(6_000).checkpoint().bundle(tmp_path / "b.tar"))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_watched)
    main([path])
    drawn = capsys.readouterr().err
    assert ("] 5,120 of 6,000 events" in drawn) == is_watched
    assert bool(drawn) == is_watched
    assert not is_watched or drawn.endswith(f"\r{CLEAR}")
