"""Who may do what, to which cases and why, in two languages; and which call needs what."""

from __future__ import annotations

from collections.abc import Iterable

from docs.services import Endpoint, endpoints, row, table
from shared.access.relations import WORDS
from shared.access.rule import ANYBODY, Rule
from shared.access.rules import RULES

HEAD = f"""# Who may do what / Siapa boleh apa

Made from `shared/access/rules_about_cases.py`, `shared/access/rules_about_rights.py`,
`shared/access/rules_of_the_office.py` and the routes.

**What is not written here is refused.** `{ANYBODY}` is everybody, also without a token. Where a
role may do something only to what is its own, everything else is *not there* for it (404); where it
may never, it is told so (403). Whoever is related to a party of a case has no such case at all,
whatever is written here. Auditors see who did what and when; nothing opens a personal text to them.

**Yang tidak tertulis di sini ditolak.** `{ANYBODY}` berarti siapa pun, juga tanpa akun. Bila suatu
peran hanya boleh atas miliknya sendiri, yang lain *tidak ada* baginya (404); bila tidak pernah
boleh, ia diberi tahu (403). Siapa yang berhubungan dengan salah satu pihak tidak melihat apa pun
dari kasus itu. Auditor melihat siapa berbuat apa dan kapan; ia tidak dapat membuka teks pribadi.

`….open_personal` is reading what people told us: each opening is written down, with its purpose.
`….open_personal` berarti membaca yang diceritakan orang: setiap pembukaan dicatat dan bertujuan.

Sources / sumber: *standard*, the service's own standard (standar pelayanan); *PDP*, UU 27/2022;
*contracts* and *security*, the design of this system.
"""


def document(services: Iterable[str]) -> str:
    """Return the table of rules, and of calls by action."""
    heads = ("Action", "Who / Siapa", "Which / Yang mana", "Mengapa", "Why", "Source")
    lines = [HEAD, *table(*heads), *(_rule(each) for each in RULES), "", "## What each call needs"]
    for service in services:
        lines += ["", f"### {service.title()}", "", *table("Call", "Action")]
        lines += [_call(each) for each in sorted(endpoints(service), key=lambda e: e.path)]
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> str:
    who = ", ".join(rule.roles.split())
    which = " / ".join(reversed(WORDS[rule.relation]))
    return row(f"`{rule.action}`", who, which, rule.why_id, rule.why_en, rule.source)


def _call(endpoint: Endpoint) -> str:
    needed = [f"`{action}`" for action in endpoint.guards]
    more = [action for action in endpoint.inside if action not in endpoint.guards]
    if more:
        needed.append((", " if needed else " or ").join(f"`{action}`" for action in more))
    return row(f"`{endpoint.method} {endpoint.path}`", ", ".join(needed) or "nothing")
