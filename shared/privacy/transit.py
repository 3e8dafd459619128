"""The key of the keys in OpenBao or Vault (transit engine): it never leaves that server.

The token may do no more than ``update`` on encrypt, decrypt, rewrap, and whoever rotates also on
keys: a token that may ``create`` would have the server silently make a new key for a lost one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.privacy.kek import CannotUnwrap, NoKek

if TYPE_CHECKING:
    import httpx

BATCH = 100  # the server refuses JSON with too many strings; 300 were too many
PATIENCE = 2.0  # seconds for one call


class TransitKek:
    """Wraps with one named key of the server. Its epochs are the versions of that key.

    The token is read from its file at every call, so whoever renews it just writes the file.
    """

    def __init__(self, url: str, name: str, token: Path, *, mount: str = "transit") -> None:
        self._base, self._name, self._token = f"{url}/v1/{mount}", name, token
        self._client: httpx.AsyncClient | None = None

    async def create(self) -> None:
        """Make the key unless there is one, and forbid to make one unasked. For provisioning."""
        await self._call("keys", {"type": "aes256-gcm96"})
        await self._ask("POST", f"{self._base}/config/keys", {"disable_upsert": True})

    async def wrap(self, deks: Sequence[bytes]) -> tuple[int, list[bytes]]:
        """Return the newest epoch and the keys wrapped in it, or raise NoKek."""
        items = [{"plaintext": base64.b64encode(dek).decode()} for dek in deks]
        return await self._in_one_epoch("encrypt", items)

    async def unwrap(self, epoch: int, blobs: Sequence[bytes]) -> list[bytes]:
        """Return the keys, or raise NoKek or CannotUnwrap."""
        results = await self._batches("decrypt", self._wrapped(epoch, blobs))
        return [base64.b64decode(each["plaintext"]) for each in results]

    async def rewrap(self, epoch: int, blobs: Sequence[bytes]) -> tuple[int, list[bytes]]:
        """Return the newest epoch and the same keys wrapped in it, or raise as ``unwrap``."""
        return await self._in_one_epoch("rewrap", self._wrapped(epoch, blobs))

    async def rotate(self) -> int:
        """Begin a new epoch and return it."""
        await self._call("keys", {}, "/rotate")
        return int((await self._about())["latest_version"])

    async def destroy(self, epoch: int) -> None:
        """Have the server remove this version and all before it; it never takes one back."""
        about = await self._about()
        if epoch >= about["latest_version"]:
            raise ValueError("the newest epoch is in use: rotate first")
        if epoch < max(1, about["min_available_version"]):
            return
        least = epoch + 1
        bounds = {"min_decryption_version": least, "min_encryption_version": least}
        await self._call("keys", bounds, "/config")
        await self._call("keys", {"min_available_version": least}, "/trim")

    async def close(self) -> None:
        """Disconnect; the next call connects again."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _wrapped(self, epoch: int, blobs: Sequence[bytes]) -> list[dict[str, str]]:
        for n, blob in enumerate(blobs):
            if not blob.startswith(b"vault:v%d:" % epoch) or not blob.isascii():
                raise CannotUnwrap(n)
        return [{"ciphertext": blob.decode()} for blob in blobs]

    async def _in_one_epoch(
        self, what: str, items: Sequence[dict[str, str]]
    ) -> tuple[int, list[bytes]]:
        while True:
            results = await self._batches(what, items)
            epochs = {int(each["key_version"]) for each in results}
            if not epochs:
                return int((await self._about())["latest_version"]), []
            if len(epochs) == 1:  # or else it was rotated between two batches: once more
                return epochs.pop(), [each["ciphertext"].encode() for each in results]

    async def _batches(self, what: str, items: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = []
        for start in range(0, len(items), BATCH):
            answer = await self._call(what, {"batch_input": items[start : start + BATCH]})
            for n, each in enumerate(answer["batch_results"], start):
                if "too old" in each.get("error", ""):
                    raise NoKek(f"wrapped key {n} of the batch is of a destroyed epoch")
                if each.get("error"):
                    raise CannotUnwrap(n)
            results += answer["batch_results"]
        return results

    async def _about(self) -> dict[str, Any]:
        return await self._ask("GET", f"{self._base}/keys/{self._name}", None)

    async def _call(self, what: str, body: dict[str, Any], then: str = "") -> dict[str, Any]:
        return await self._ask("POST", f"{self._base}/{what}/{self._name}{then}", body)

    async def _ask(self, method: str, url: str, body: dict[str, Any] | None) -> dict[str, Any]:
        import httpx  # slow to import, and most processes never need it

        if self._client is None:
            self._client = httpx.AsyncClient(timeout=PATIENCE)
        headers = {"X-Vault-Token": self._token.read_text().strip()}
        try:
            answer = await self._client.request(method, url, json=body, headers=headers)
            told: dict[str, Any] = answer.json() if answer.content else {"data": {}}
        except (httpx.TransportError, json.JSONDecodeError) as error:
            raise ConnectionError(f"key server: {type(error).__name__}") from None
        if "data" in told:  # also with status 400, where items of a batch failed
            return dict(told["data"])
        if answer.status_code in (400, 404):
            raise NoKek(f"key server: {answer.status_code}; is there such a key?")
        # Sealed, overloaded, or a token that ran out and will be renewed: it goes by itself.
        raise ConnectionError(f"key server: {answer.status_code}")
