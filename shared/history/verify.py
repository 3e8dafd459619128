"""Checks bundles of history offline: ``python -m shared.history.verify BUNDLE …``.

It trusts nobody but the keys in a policy file, and needs Python and ``cryptography`` only. The nine
rules are those of security-research §3.5.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.history.across import across
from shared.history.bundle import NoBundle, Reading
from shared.history.checking import Checked, Finding, verify
from shared.history.notes import WrongNote, policy_of

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
    parser.add_argument("--policy", type=Path, help="whom you trust; else the one in each bundle")
    options = parser.parse_args(arguments)
    done, unread = list[Checked](), False
    for path in options.bundles:
        try:
            with Reading(path) as bundle:
                told = options.policy.read_text() if options.policy else bundle.policy()
                done.append(verify(bundle, policy_of(told), _say))
        except (NoBundle, WrongNote, OSError) as problem:
            unread = True
            print(f"{path}: cannot be read ({problem})")
    findings = [finding for each in done for finding in each.findings]
    findings += across(done)
    _tell(done, findings, asked_policy=options.policy is not None)
    return 2 if unread else min(len(findings), 1)


def _say(done: int, size: int) -> None:
    print(f"\r{done:,} of {size:,} events", end="", file=sys.stderr, flush=True)


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
