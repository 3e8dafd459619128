"""Write docs/reference from the code. `make docs` runs it, and fails when that was not done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploy.provision import SERVICES
from docs import access, asyncapi, codes, events, route, services

REFERENCE = Path(__file__).with_name("reference")


def main() -> None:
    """Write every document, and remove what no code stands behind any more."""
    REFERENCE.mkdir(exist_ok=True)
    written = documents()
    for path in REFERENCE.iterdir():
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (REFERENCE / name).write_text(text)


def documents() -> dict[str, str]:
    """Return every document by its file name."""
    found = {
        "access.md": access.document(SERVICES),
        "codes.md": codes.document(SERVICES),
        "events.md": events.document(SERVICES),
        "route.md": route.document(),
    }
    for service in SERVICES:
        found[f"{service}.openapi.json"] = _json(services.app_of(service).openapi())
        found[f"{service}.asyncapi.json"] = _json(asyncapi.document(service))
    return found


def _json(document: dict[str, Any]) -> str:
    """Return text that changes only when what it says changes."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
