"""Ask whether anything we depend on has a known hole: `make audit`.

pip-audit calls it a success when it could ask for nothing at all. Here that is no answer: exit 2.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"
CLEAN, HOLES, NO_ANSWER = 0, 1, 2


def verdict(answer: str) -> tuple[int, list[str]]:
    """Return the exit code and what to say, from what pip-audit answered in JSON."""
    try:
        asked: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return NO_ANSWER, ["NOT AUDITED: the vulnerability service cannot be reached from here"]
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in {hole['fix_versions'] or '-'}"
        for each in asked
        for hole in each.get("vulns", ())
    ]
    unasked = sorted(each["name"] for each in asked if "skip_reason" in each)
    if holes:
        return HOLES, [*holes, f"{len(holes)} known holes"]
    if unasked or not asked:
        return NO_ANSWER, [
            f"NOT AUDITED: {len(unasked)} of {len(asked)} packages are unknown to the service",
            "Run it where the network allows; until then nobody knows.",
        ]
    return CLEAN, [f"{len(asked)} packages, no known hole"]


def main(pip_audit: str) -> int:
    """Run pip-audit over the locked requirements, and judge its answer."""
    options = ("--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json")
    asked = subprocess.run(
        [pip_audit, *options, f"--requirement={REQUIREMENTS}"],
        capture_output=True,
        text=True,
        check=False,
    )
    code, said = verdict(asked.stdout)
    print(*said, sep="\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
