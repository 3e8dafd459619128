"""How uvicorn reads requests, with bounds on what comes before the body: its length and its time.

The parser itself has none: whoever sends headers for ever would fill the memory or hold a line.
"""

from __future__ import annotations

from asyncio import Transport
from asyncio.events import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD = 32 * 1024  # bytes of address and headers
MOST_HEADERS = 100
PATIENCE = 10.0  # seconds from the first byte, or from the connection, to the end of the headers


class TooLong(Exception):
    """The headers have no end."""


class BoundedHttp(HttpToolsProtocol):
    """Ends a connection whose headers are too many, too long or too slow."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._head = self._received = 0  # bytes: of whole headers, and of whatever came
        self._closing: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._head = 0
        if self._closing is None:
            self._wait()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count a part of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count(len(name) + len(value))
        if len(self.headers) >= MOST_HEADERS:
            raise TooLong
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Go on; from here on the service itself watches the time and the size."""
        self._stop_waiting()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Read; but not on and on what is no whole header yet, which the parser keeps to itself."""
        if self._closing is not None:
            if self._received > LONGEST_HEAD:
                self.transport.abort()
                return
            self._received += len(data)
        super().data_received(data)

    def _count(self, length: int) -> None:
        self._head += length
        if self._head > LONGEST_HEAD:
            raise TooLong

    def _wait(self) -> None:
        self._received = 0
        self._closing = self.loop.call_later(PATIENCE, self._give_up)

    def _give_up(self) -> None:
        self._closing = None
        self.transport.close()

    def _stop_waiting(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
