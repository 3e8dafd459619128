"""Which way a case goes: the route table, as officers read it (standard 3.4)."""

from __future__ import annotations

from itertools import product

from docs.services import row, table
from services.triage.domain import Locus
from services.triage.domain.route import RULE_VERSION, route_of

HEAD = f"""# Which way a case goes

Made from `services/triage/domain/route.py`, version {RULE_VERSION}. `vawc`: the victim is a woman,
or a child; `tpks`: it is sexual violence (UU 12/2022). Where the victim is counts as it stands in
the case form when the officer does not say it. Urgency `high` comes before every form, whatever
the way.
"""
WORDS = {True: "yes", False: "no", None: "not known"}


def document() -> str:
    """Return the whole table, a line for each way that things can be."""
    lines = [HEAD, *table("vawc", "locus", "tpks", "victim in the city", "what follows")]
    for vawc, locus, tpks, here in product(
        (True, False), Locus, (False, True), (True, False, None)
    ):
        steps = route_of(vawc=vawc, locus=locus, tpks=tpks, victim_in_city=here)
        follows = " and ".join(f"`{step}`" for step in steps)
        lines.append(row(WORDS[vawc], f"`{locus}`", WORDS[tpks], WORDS[here], follows))
    return "\n".join([*lines, ""])
