"""Checks bundles of history offline: ``python -m shared.history.verify BUNDLE …``.

It trusts nobody but the keys in a policy file, and needs Python and ``cryptography`` only. The nine
rules are those of security-research §3.5.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from shared.history.across import across
from shared.history.bundle import NoBundle, Reading
from shared.history.checking import Checked, Finding, verify
from shared.history.notes import (
    Checkpoint,
    Policy,
    Signed,
    WrongNote,
    checkpoint_of,
    from_base64,
    opened,
    policy_of,
)
from shared.history.tree import is_included

WIDTH = 40  # of the bar
CLEAR = "\x1b[K"  # to the end of the line
PROOF = "c2sp.org/tlog-proof@v1"
RULES = {
    1: "every checkpoint is signed by the log, and the newest by enough witnesses",
    2: "the tree over all entries has the root that was signed",
    3: "the tree at every earlier checkpoint has the root that was signed then",
    4: "no entry is missing",
    5: "every stream counts 1, 2, 3 … and each event names the one before",
    6: "every body is the one that was hashed",
    7: "no event is dated before or after what witnesses saw",
    8: "what one service did because of another, the other did tell; and nothing told is lost",
    9: "no key was destroyed but with its person, by two people",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the bundles on the command line; 0: all is as it must be, 1: it is not, 2: unread."""
    parser = argparse.ArgumentParser("verify", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("bundles", nargs="+", type=Path, metavar="BUNDLE")
    parser.add_argument("--leaf", help="BUNDLE is the proof of one event: its hash on the receipt")
    parser.add_argument("--policy", type=Path, help="whom you trust; else the one in each bundle")
    options = parser.parse_args(arguments)
    if options.leaf:
        return _prove(options.bundles[0], options.leaf, options.policy)
    done, unread = list[Checked](), False
    for path in options.bundles:
        try:
            with Reading(path) as bundle:
                told = options.policy.read_text() if options.policy else bundle.policy()
                say = _say if sys.stderr.isatty() else _say_nothing
                done.append(verify(bundle, policy_of(told), say))
        except (NoBundle, WrongNote, OSError) as problem:
            unread = True
            print(f"{path}: cannot be read ({problem})")
    findings = [finding for each in done for finding in each.findings]
    findings += across(done)
    _tell(done, findings, asked_policy=options.policy is not None)
    return 2 if unread else min(len(findings), 1)


def _prove(path: Path, leaf: str, policy: Path | None) -> int:
    """Check the proof of one event, as ``GET /log/proof/{event_id}`` gives it."""
    if policy is None:
        print("say whom you trust: --policy")
        return 2
    try:
        trusted = policy_of(policy.read_text())
        index, checkpoint, signed = proven(path.read_text(), bytes.fromhex(leaf), trusted)
    except (OSError, ValueError, WrongNote) as problem:
        print(f"WRONG  {problem}")
        return 1
    print(f"right  event {index} of {checkpoint.origin}, which had {checkpoint.size:,} events")
    seen = [each for each in signed if each.at is not None]
    for each in seen:
        at = datetime.fromtimestamp(each.at or 0, UTC)
        print(f"       {each.name} saw it at {at:%Y-%m-%d %H:%M:%S} UTC")
    if not trusted.is_enough(signed):
        print("       too few witnesses have seen it yet: ask for the proof again later")
    return 0


def proven(text: str, leaf: bytes, policy: Policy) -> tuple[int, Checkpoint, list[Signed]]:
    """Return where an event is, in which checkpoint, and who signed it (C2SP tlog-proof).

    Raises ValueError or WrongNote when this does not prove it.
    """
    head, _, note = text.partition("\n\n")
    kind, index, *path = head.split("\n")
    if kind != PROOF or not index.startswith("index "):
        raise ValueError("this is no proof")
    said, signed = opened(note, policy.keys)
    checkpoint = checkpoint_of(said)
    if checkpoint.origin not in {key.name for key in policy.logs} & {s.name for s in signed}:
        raise ValueError("the checkpoint is not signed by a log that is trusted")
    at = int(index.removeprefix("index "))
    proof = [from_base64(line) for line in path]
    if not is_included(leaf, at, checkpoint.size, checkpoint.root, proof):
        raise ValueError("the event with this hash is not in the log at that place")
    return at, checkpoint, signed


def _say(done: int, size: int) -> None:
    """Draw how far it is, on a line that is drawn again and wiped out at the end."""
    bar = "#" * (WIDTH * done // max(size, 1))
    line = f"[{bar:<{WIDTH}}] {done:,} of {size:,} events"
    print(f"\r{line if done < size else CLEAR}", end="", file=sys.stderr, flush=True)


def _say_nothing(_: int, __: int) -> None:
    """Keep a file clean that the words of this program go to."""


def _tell(done: Sequence[Checked], findings: Sequence[Finding], *, asked_policy: bool) -> None:
    for each in done:
        tail = each.size - each.witnessed
        print(f"{each.service}: {each.size:,} events; {each.witnessed:,} of them seen by witnesses")
        if tail and each.witnessed:
            print(f"  the last {tail:,} were not: whoever holds the log's key could change them")
    if not asked_policy:
        print("The keys are those in the bundle: compare them with the ones you were given.")
    for rule, text in RULES.items():
        wrong = [finding for finding in findings if finding.rule == rule]
        print(f"{'WRONG' if wrong else 'right'}  {rule}. {text}")
        for finding in wrong:
            print(f"         {finding.service}: {finding.what}")


if __name__ == "__main__":
    sys.exit(main())
