"""Reads a log of ours with aics-tlog, another implementation: run by a Python of its own (3.12)."""

import base64
import json
import sys
from pathlib import Path
from typing import Any

from aics_tlog import (  # type: ignore[import-not-found]
    FileSystemTileReader,
    VerifiedTileReader,
    audit_tiles,
    parse_note,
    parse_vkey,
    verify_checkpoint,
    verify_consistency,
    verify_leaf_inclusion,
)

ENOUGH = 2  # of the witnesses


def main(folder: Path) -> None:
    """Check everything, print what was found, and fail when anything is refused."""
    older, newer = checked(folder, "older.note"), checked(folder, "checkpoint")
    reader = FileSystemTileReader(folder)
    audit_tiles(reader, newer.size, newer.root)
    tiles = VerifiedTileReader(reader, newer.size, newer.root)
    told = json.loads((folder / "proofs.json").read_text())
    for index, path in told["inclusion"].items():
        at, proof = int(index), decoded(path)
        if not verify_leaf_inclusion(tiles.entry(at), at, newer.size, proof, newer.root):
            sys.exit(f"refused: the proof of {index}")
    grew = decoded(told["consistency"])
    if not verify_consistency(older.size, newer.size, older.root, newer.root, grew):
        sys.exit("refused: the proof that it only grew")
    verdict = {
        "size": newer.size,
        "root": base64.b64encode(newer.root).decode(),
        "signed": [newer.origin, *sorted(newer.witnesses)],
        "included": len(told["inclusion"]),
        "grew_from": older.size,
    }
    sys.stdout.write(json.dumps(verdict) + "\n")


def checked(folder: Path, name: str) -> Any:
    log = parse_vkey((folder / "log.vkey").read_text().strip())
    witnesses = [parse_vkey(each) for each in (folder / "witness.vkeys").read_text().split()]
    note = parse_note((folder / name).read_bytes())
    found = verify_checkpoint(note, log, witnesses, quorum=ENOUGH)
    if not found.ok:
        sys.exit(f"refused: {found.error}")
    return found


def decoded(told: list[str]) -> list[bytes]:
    return [base64.b64decode(each) for each in told]


main(Path(sys.argv[1]).resolve())
