"""The other services, asked over HTTP for what they told: as ourselves, with a token of our own."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from shared.access.identity import trusted
from shared.messaging.missed import NobodyToAsk
from shared.messaging.told import Latest, Told

if TYPE_CHECKING:
    from shared.web.settings import ServiceSettings

PATIENCE = 5.0  # seconds
EARLY = 30.0  # seconds before its end a token is not used any more
M = TypeVar("M", bound=BaseModel)


class NotBelieved(ConnectionError):
    """Our token, or our secret, is not good any more."""


class Peers:
    """Those whose facts we hear, where the settings say they are. They know us by our token."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._urls = {name: str(url).rstrip("/") for name, url in settings.peers.items()}
        self._issuer = str(settings.issuer_url).rstrip("/")
        self._client_id, self._secret_file = settings.client_id, settings.client_secret_file
        self._token, self._until = "", 0.0
        self._asking = asyncio.Lock()

    async def told(self, source: str, partition: int, after: int) -> Told:
        """Return facts of a partition from an index on. What is of another source is not taken."""
        told = await self._get(source, "/facts", Told, partition=partition, after=after)
        for fact in told.facts:
            _, stream, _, where, _ = fact.subject.split(".")
            if (stream, where) != (source, f"{partition:02d}"):
                raise ConnectionError("told what is not its own")
        return told

    async def latest(self, source: str) -> Latest:
        """Return how far a publisher has told."""
        return await self._get(source, "/facts/latest", Latest)

    async def _get(self, source: str, path: str, kind: type[M], **query: int) -> M:
        if source not in self._urls:
            raise NobodyToAsk(source)
        headers = {"Authorization": f"Bearer {await self._bearer()}"}
        url = f"{self._urls[source]}{path}"
        try:
            return kind.model_validate(await _ask("GET", url, params=query, headers=headers))
        except NotBelieved:
            self._until = 0.0
            raise
        except ValueError:
            raise ConnectionError(f"{source} answers what we do not understand") from None

    async def _bearer(self) -> str:
        async with self._asking:
            if time.monotonic() >= self._until and self._secret_file:
                about = await _ask("GET", f"{self._issuer}/.well-known/openid-configuration")
                secret = await asyncio.to_thread(self._secret_file.read_text)
                form = {
                    "grant_type": "client_credentials",
                    "client_id": self._client_id,
                    "client_secret": secret.strip(),
                }
                try:
                    answer = await _ask("POST", about["token_endpoint"], data=form)
                    token, lasts = str(answer["access_token"]), float(answer["expires_in"])
                except (KeyError, TypeError, ValueError):
                    raise ConnectionError("the issuer answers what we do not understand") from None
                self._token, self._until = token, time.monotonic() + lasts - EARLY
            return self._token


async def _ask(method: str, url: str, **about: Any) -> Any:
    import httpx  # here, because it takes a tenth of a second and is seldom needed

    try:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False, verify=trusted()) as client:
            answer = await client.request(method, url, **about)
            if answer.status_code == HTTPStatus.UNAUTHORIZED:
                raise NotBelieved(url.rpartition("/")[2])
            return answer.raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ConnectionError(type(error).__name__) from None
