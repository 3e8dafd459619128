"""What holds until the office publishes its own: the standard as it is, and the rules in it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from services.intake.domain import HouseRule, Paragraph, Section
from shared.clocks.limits import GIVEN

_FILE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("standard.toml").read_text())
DUTIES, CONDUCT = "7", "7.2"  # of the people we serve; the one of them that is about behaviour

STANDARD_VERSION: str = _FILE["version"]
TITLE: str = _FILE["title"]
ISSUER: str = _FILE["issuer"]
SECTIONS = tuple(
    Section(
        number=each["number"],
        title=each["title"],
        items=tuple(Paragraph(*item) for item in each["items"]),
        component=each.get("component"),
    )
    for each in _FILE["section"]
)

LIMITS = tuple(GIVEN.values())
RULES_VERSION: str = LIMITS[0].version  # its time limits are those of shared/clocks/limits.toml
RULES = tuple(
    HouseRule(item.number, item.text, is_conduct=item.number == CONDUCT)
    for section in SECTIONS
    if section.number == DUTIES
    for item in section.items
)
