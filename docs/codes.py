"""Every code that the services take and tell, with its words."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable

from deploy.provision import SOURCES
from docs.services import row, table
from shared.contracts.codes import CODES, VERSION, Code

HEAD = f"""# Codes and their words

Made from `shared/contracts/codes.toml`, version {VERSION}, and each service's `labels.toml`.
A code is never removed; after its last day it can no longer be chosen, and events that carry it
still load. *Export* is the word of SIMFONI-PPA.
"""


def document(services: Iterable[str]) -> str:
    """Return every code list, and the words that each service shows on the screen."""
    lines = [HEAD]
    for name, entries in CODES.items():
        lines += [f"## {name}", "", *table("Code", "Indonesian", "English", "Export", "Valid")]
        lines += [_code(entry) for entry in entries.values()]
        lines.append("")
    lines += ["# Words on the screen", ""]
    for service in services:
        lines += [f"## {service.title()}", "", *table("Word of", "Word", "Indonesian")]
        lines += [*_labels(service), ""]
    return "\n".join(lines)


def _code(code: Code) -> str:
    since = f"from {code.valid_from}" if code.valid_from else ""
    until = f"to {code.valid_to}" if code.valid_to else ""
    valid = f"{since} {until}".strip()
    return row(f"`{code.code}`", code.label_id, code.label_en, code.export, valid)


def _labels(service: str) -> list[str]:
    groups = tomllib.loads((SOURCES / service / "labels.toml").read_text())
    return [
        row(group, f"`{word}`", label)
        for group, words in groups.items()
        for word, label in words.items()
    ]
