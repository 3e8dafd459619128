"""The table of access: who may do what, to which cases, and why."""

from __future__ import annotations

from shared.access.rules_about_cases import CASES
from shared.access.rules_about_rights import RIGHTS
from shared.access.rules_of_the_office import OFFICE

RULES = (*CASES, *RIGHTS, *OFFICE)
