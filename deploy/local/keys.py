"""The keys tokens are signed with: one signs, older ones are published while tokens need them."""

import secrets
from pathlib import Path

from joserfc.jwk import ECKey, KeySet
from pydantic import BaseModel, ConfigDict, TypeAdapter

from deploy.local import folder

ALGORITHM = "ES256"  # checked in a third of the time that Ed25519 takes
SETTLE = 30.0  # seconds a new key is published before it signs, so that services know it by then


class Kept(BaseModel):
    """A key on disk: since when it signs, and until when its tokens must be believed."""

    model_config = ConfigDict(frozen=True)

    file: str
    signs_from: float
    published_until: float | None = None


KEPT = TypeAdapter(tuple[Kept, ...])
FIRST = Kept(file="signing-key-p256.pem", signs_from=0)


class Keys:
    """The issuer's signing keys, kept in the data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._index = data / "signing-keys.json"
        written = self._index.read_bytes() if self._index.exists() else None
        self._kept = (FIRST,) if written is None else KEPT.validate_json(written)
        self._keys = {kept.file: self._load(kept.file) for kept in self._kept}

    def signing(self, now: float) -> ECKey:
        """Return the newest key whose time has come."""
        return self._keys[[kept.file for kept in self._kept if kept.signs_from <= now][-1]]

    def published(self, now: float) -> KeySet:
        """Return the keys that tokens may be signed with, now or in a moment."""
        return KeySet([self._keys[kept.file] for kept in self._kept if _is_needed(kept, now)])

    def rotate(self, now: float, token_lifetime: float) -> str:
        """Bring in a new key and let the others go when their last tokens have expired."""
        last = now + SETTLE + token_lifetime
        new = Kept(file=f"signing-key-{secrets.token_hex(8)}.pem", signs_from=now + SETTLE)
        older = [
            kept.model_copy(update={"published_until": last})
            for kept in self._kept
            if kept.published_until is None
        ]
        going = [kept for kept in self._kept if kept.published_until and _is_needed(kept, now)]
        gone = {kept.file for kept in self._kept if not _is_needed(kept, now)}
        self._keys[new.file] = self._load(new.file)
        self._kept = (*going, *older, new)
        folder.write(self._index, KEPT.dump_json(self._kept))
        for file in gone:
            del self._keys[file]
            (self._data / file).unlink(missing_ok=True)
        return str(self._keys[new.file].kid)

    def _load(self, file: str) -> ECKey:
        """Return a key; the first time it is made."""
        written = folder.kept(self._data / file, _new)
        key = ECKey.import_key(written, {"use": "sig", "alg": ALGORITHM})
        key.ensure_kid()
        return key


def _is_needed(kept: Kept, now: float) -> bool:
    return kept.published_until is None or kept.published_until > now


def _new() -> bytes:
    return ECKey.generate_key("P-256").as_pem(private=True)
