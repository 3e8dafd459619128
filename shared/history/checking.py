"""Checks one bundle of history by the rules 1 to 7, and gathers what the rules 8 and 9 need."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from sys import intern

from shared.history.bundle import Reading, Row
from shared.history.notes import Policy, WrongNote, checkpoint_of, opened
from shared.history.tree import TILE, Edge, tiles_of

SKEW = timedelta(seconds=120)  # how far the clocks of a log and of its witnesses may be apart
AT_MOST = 100  # findings of one rule that are told
EVERY = 5_000  # events between two words about how far it is
HEAD = b"ppa-event/v1"


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be."""

    rule: int
    service: str
    what: str


@dataclass
class Checked:
    """What one bundle says, and what is wrong with it."""

    service: str
    size: int = 0
    witnessed: int = 0  # events that enough witnesses have seen
    findings: list[Finding] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)  # event id → name
    caused: list[tuple[str, str, str]] = field(default_factory=list)  # by a fact: name, handler, id
    destroyed: list[tuple[str, list[str]]] = field(default_factory=list)  # person, keys
    keys: set[str] = field(default_factory=set)
    deeds: dict[str, dict[str, set[str]]] = field(default_factory=dict)  # person → name → actors

    def finds(self, rule: int, what: str) -> None:
        """Note something that is wrong; of one rule no more than anybody reads."""
        if sum(each.rule == rule for each in self.findings) < AT_MOST:
            self.findings.append(Finding(rule, self.service, what))


@dataclass(frozen=True)
class Seen:
    """A checkpoint that somebody signed: when enough witnesses had, if they had."""

    size: int
    root: bytes
    at: datetime | None


def verify(
    bundle: Reading, policy: Policy, say: Callable[[int, int], None] = lambda _, __: None
) -> Checked:
    """Check one bundle by the rules 1 to 7, and gather what 8 and 9 need."""
    checked = Checked(bundle.service, bundle.size)
    seen = _checkpoints(checked, bundle, policy)
    checked.witnessed = max((each.size for each in seen if each.at), default=0)
    streams: dict[bytes, tuple[int, bytes]] = {}
    edge, leaves = Edge(), list[bytes]()
    roots = {each.size: each.root for each in seen}
    bounds = Bounds(seen)
    _root(checked, edge, roots)
    for n, rows in enumerate(bundle.tiles()):
        tile = list[bytes]()
        for row in rows:
            leaf = hashlib.sha256(b"\x00" + row.entry).digest()
            _entry(checked, edge.size, row, leaf, streams, bounds)
            edge.add(leaf)
            tile.append(leaf)
            if edge.size in roots:
                _root(checked, edge, roots)
        leaves += tile
        if (n + 1) * TILE % EVERY < TILE:
            say(edge.size, bundle.size)
    say(bundle.size, bundle.size)
    _tiles(checked, bundle, leaves)
    if not seen or seen[-1].size != bundle.size:
        checked.finds(2, "the newest checkpoint is not over all entries")
    return checked


def _checkpoints(checked: Checked, bundle: Reading, policy: Policy) -> list[Seen]:
    """Return the checkpoints that the log signed, by size; says what is wrong with the others."""
    found, names = list[Seen](), {key.name for key in policy.logs}
    for n, note in enumerate(notes := bundle.notes()):
        try:
            text, signed = opened(note, policy.keys)
            checkpoint = checkpoint_of(text)
        except WrongNote as wrong:
            checked.finds(1, f"checkpoint {n}: {wrong}")
            continue
        if checkpoint.origin not in names or checkpoint.origin not in {s.name for s in signed}:
            checked.finds(1, f"checkpoint {n} is not signed by a log that is trusted")
            continue
        at = None
        if policy.quorum and policy.is_enough(signed):
            trusted = {key.name for key in policy.witnesses}
            times = sorted(each.at for each in signed if each.name in trusted and each.at)
            at = datetime.fromtimestamp(times[policy.quorum - 1], UTC)
        found.append(Seen(checkpoint.size, checkpoint.root, at))
    if not notes:
        checked.finds(1, "there is no checkpoint")
    for one, other in pairwise(found):
        if one.size > other.size:
            checked.finds(3, f"a checkpoint over {other.size} came after one over {one.size}")
        if one.size == other.size and one.root != other.root:
            checked.finds(3, f"two checkpoints over {one.size} have different roots")
    if policy.quorum and not any(each.at for each in found):
        checked.finds(1, "no checkpoint was seen by enough witnesses")
    return sorted(found, key=lambda each: each.size)


def _root(checked: Checked, edge: Edge, roots: dict[int, bytes]) -> None:
    size = edge.size
    if size in roots and edge.root() != roots[size]:
        rule = 2 if size == checked.size else 3
        checked.finds(rule, f"the tree over {size} entries has another root than was signed")


class Bounds:
    """Between what times an entry must have been recorded, by what witnesses saw."""

    def __init__(self, seen: Iterable[Seen]) -> None:
        dated = sorted((each.size, each.at) for each in seen if each.at)
        self._dated = [(size, _text(at - SKEW)) for size, at in dated]
        late = [b"\xff", *(_text(at + SKEW) for _, at in reversed(dated))]
        self._latest = list(accumulate(late, min))[::-1]  # of this checkpoint and all after it
        self._next = 0
        self.earliest = b""
        self._newest = b""

    def wrong(self, index: int, at: bytes) -> str | None:
        """Return what is wrong with the time of the next entry, if anything is."""
        while self._next < len(self._dated) and self._dated[self._next][0] <= index:
            self.earliest = max(self.earliest, self._dated[self._next][1])
            self._next += 1
        if at > self._latest[self._next]:
            return "is dated later than witnesses saw it"
        if at < self.earliest:
            return "is dated before a checkpoint that witnesses saw without it"
        if at > self._newest:
            self._newest = at
        elif at < self._newest and _time(at) < _time(self._newest) - SKEW:
            return "is dated before the entries before it"
        return None


def _text(at: datetime) -> bytes:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}".encode()


def _time(text: bytes) -> datetime:
    return datetime.fromisoformat(text.decode())


def _entry(
    checked: Checked,
    index: int,
    row: Row,
    leaf: bytes,
    streams: dict[bytes, tuple[int, bytes]],
    bounds: Bounds,
) -> None:
    lines = row.entry.split(b"\n")
    if len(lines) != 9 or lines[0] != HEAD or lines[8]:
        checked.finds(4, f"entry {index} cannot be read")
        return
    _, event_id, stream, version, name, at, before, body, _ = lines
    last_version, last_leaf = streams.get(stream, (0, b"-"))
    if version != b"%d" % (last_version + 1):
        checked.finds(5, f"entry {index}: {name.decode()} is not the next of its stream")
    elif before != last_leaf:
        checked.finds(5, f"entry {index}: {name.decode()} names another event before it")
    streams[stream] = last_version + 1, base64.b64encode(leaf)
    if base64.b64encode(hashlib.sha256(row.body).digest()) != body:
        checked.finds(6, f"entry {index}: the body of {name.decode()} is not the one hashed")
    try:
        wrong = bounds.wrong(index, at)
    except ValueError:
        wrong = "has no date"
    if wrong:
        checked.finds(7, f"entry {index}: {name.decode()} {wrong}")
    _gather(checked, index, event_id.decode(), stream.decode(), name.decode(), row.body)


DEEDS = {"ErasureRequested", "ErasureApproved", "PersonErased"}


def _gather(
    checked: Checked, index: int, event_id: str, stream: str, name: str, body: bytes
) -> None:
    """Keep what the rules 8 and 9 ask of an event."""
    try:
        said = json.loads(body)
        name = intern(name)
        checked.told[event_id] = name
        handler, message = said["cause"]["handler"], said["cause"]["message"]
        if handler.startswith(f"{checked.service}-") or name == "ComplaintQueued":
            checked.caused.append((name, intern(handler), message))
        checked.keys.update(said.get("keys", ()))
        if name in DEEDS:
            deeds = checked.deeds.setdefault(stream, {})
            deeds.setdefault(name, set()).add(said["actor"])
        if name == "SubjectKeysDestroyed":
            checked.destroyed.append((said["data"]["person_id"], said["data"]["key_ids"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        checked.finds(6, f"entry {index}: the body of {name} cannot be read")


def _tiles(checked: Checked, bundle: Reading, leaves: Sequence[bytes]) -> None:
    """Compute every tile of hashes anew; foreign checkers read them."""
    level, hashes = 0, list(leaves)
    above = list[bytes]()
    for at, n, width in tiles_of(len(leaves)):
        if at != level:
            level, hashes, above = at, above, []
        own = hashes[n * TILE : n * TILE + width]
        if bundle.hashes(at, n, width) != b"".join(own):
            checked.finds(2, f"tile {n} of level {at} is not what its entries give")
        if width == TILE:
            edge = Edge()
            for each in own:
                edge.add(each)
            above.append(edge.root())
