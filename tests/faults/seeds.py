"""The number that all choices of a run come from: given as SEED, or else another one each time."""

from __future__ import annotations

import os
import secrets

SEED = int(os.environ.get("SEED") or secrets.randbelow(1_000_000))
os.environ["SEED"] = str(SEED)  # for the processes among which a run divides its tests
