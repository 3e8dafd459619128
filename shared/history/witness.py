"""A witness: says when it saw a log, and never of two histories.

``python -m shared.history.witness``. An agency or an auditor runs it on a machine of its own. It
speaks C2SP's ``add-checkpoint`` over HTTP, or the same words over NATS, and keeps what it saw in
one SQLite file before it answers.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.history.notes import (
    WITNESS,
    Key,
    WrongNote,
    checkpoint_of,
    cosign,
    from_base64,
    key_of,
    opened,
    public_key,
)
from shared.history.tree import only_grew

MAX_BODY = 64 * 1024  # bytes; a proof has at most 63 lines
SIZE = "text/x.tlog.size"
TABLE = (
    "create table if not exists seen (origin text primary key, size integer not null,"
    " root blob not null, note text not null, at integer not null)"
)
CONFLICTS = (
    "create table if not exists conflicts"
    " (at integer not null, old text not null, new text not null)"
)


@dataclass(frozen=True)
class Answer:
    """What a witness says to a log: a status of HTTP, and a text."""

    status: int
    text: str = ""
    kind: str = "text/plain; charset=utf-8"


class Witness:
    """What one witness knows: its key, the logs it watches, and what it saw of each."""

    def __init__(
        self, file: Path, name: str, private: Ed25519PrivateKey, logs: Sequence[Key]
    ) -> None:
        self.name = name
        self._private = private
        self._logs = {key.name: key for key in logs}
        self._seen = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._seen.execute("pragma journal_mode = wal")
        self._seen.execute("pragma synchronous = full")
        self._seen.execute(TABLE)
        self._seen.execute(CONFLICTS)
        self._one_at_a_time = threading.Lock()

    @property
    def key(self) -> Key:
        """Return the key that others check with."""
        return public_key(self.name, WITNESS, self._private)

    def close(self) -> None:
        """Close the file."""
        self._seen.close()

    def add_checkpoint(self, body: bytes, now: int) -> Answer:
        """Answer C2SP's ``add-checkpoint``: 200 with a cosignature, or why not.

        409 says from which size the proof must start; 422 that the log contradicts what was seen,
        and then both checkpoints are kept: they prove it to anybody.
        """
        try:
            old, proof, note = _parts(body)
            origin = note.partition("\n")[0]
            if origin not in self._logs:
                return Answer(404, "a log that is not watched\n")
            text, signed = opened(note, [self._logs[origin]])
            checkpoint = checkpoint_of(text)
        except (WrongNote, ValueError) as wrong:
            status = 403 if "signature" in str(wrong) else 400
            return Answer(status, f"{wrong}\n")
        if not signed:
            return Answer(403, "not signed by the log\n")
        with self._one_at_a_time:
            size, root, before = self._last(origin)
            if old > checkpoint.size:
                return Answer(400, "the old size is above the new\n")
            if old != size:
                return Answer(409, f"{size}\n", SIZE)
            if not only_grew(size, checkpoint.size, root, checkpoint.root, proof):
                self._contradiction(before, note, now)
                return Answer(422, "this does not continue what was seen\n")
            self._keep(origin, checkpoint.size, checkpoint.root, note, now)
        return Answer(200, cosign(text, self.name, self._private, now))

    def _last(self, origin: str) -> tuple[int, bytes, str]:
        row = self._seen.execute(
            "select size, root, note from seen where origin = ?", (origin,)
        ).fetchone()
        return (int(row[0]), bytes(row[1]), str(row[2])) if row else (0, b"", "")

    def _keep(self, origin: str, size: int, root: bytes, note: str, now: int) -> None:
        self._seen.execute(
            "insert into seen values (?, ?, ?, ?, ?) on conflict (origin) do update"
            " set size = excluded.size, root = excluded.root, note = excluded.note,"
            " at = excluded.at",
            (origin, size, root, note, now),
        )

    def _contradiction(self, old: str, new: str, now: int) -> None:
        self._seen.execute("insert into conflicts values (?, ?, ?)", (now, old, new))

    def contradictions(self) -> list[tuple[str, str]]:
        """Return pairs of signed checkpoints that contradict each other: proof against the log."""
        found = self._seen.execute("select old, new from conflicts order by at").fetchall()
        return [(str(old), str(new)) for old, new in found]


def _parts(body: bytes) -> tuple[int, list[bytes], str]:
    """Return the old size, the proof and the note in a request; ValueError when it is none."""
    head, between, note = body.decode().partition("\n\n")
    first, *lines = head.split("\n")
    word, _, size = first.partition(" ")
    if word != "old" or not between or not size.isascii() or not size.isdigit() or len(lines) > 63:
        raise ValueError("no request")
    return int(size), [from_base64(line) for line in lines], note


def serve(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """Return a server that answers for the witness."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # seconds

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint":
                self._say(Answer(404))
            elif not length.isdigit() or int(length) > MAX_BODY:
                self._say(Answer(413))
            else:
                body = self.rfile.read(int(length))
                self._say(witness.add_checkpoint(body, int(time.time())))  # noqa: TID251

        def _say(self, answer: Answer) -> None:
            text = answer.text.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing: who asks is known."""

    return ThreadingHTTPServer((host, port), Handler)


async def serve_nats(witness: Witness, url: str, seed: str | None) -> None:
    """Answer on NATS until cancelled; the status stands in the first line."""
    from nats.aio.client import Client
    from nats.aio.msg import Msg

    client = Client()
    await client.connect(url, max_reconnect_attempts=-1, nkeys_seed_str=seed)

    async def answer(message: Msg) -> None:
        said = await asyncio.to_thread(
            witness.add_checkpoint,
            message.data[:MAX_BODY],
            int(time.time()),  # noqa: TID251
        )
        await message.respond(f"{said.status}\n{said.text}".encode())

    await client.subscribe(subject_of(witness.name), cb=answer)
    try:
        await asyncio.Event().wait()
    finally:
        await client.close()


def private_key(file: Path) -> Ed25519PrivateKey:
    """Return the key in a file; make it first, for our eyes only, if there is none."""
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as new:
            new.write(os.urandom(32))
    return Ed25519PrivateKey.from_private_bytes(file.read_bytes())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a witness until it is stopped."""
    parser = argparse.ArgumentParser("witness", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="where it keeps everything")
    parser.add_argument("--name", required=True, help="e.g. polres.example/w1")
    parser.add_argument("--log", action="append", default=[], help="key of a log to watch")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="answer HTTP here")
    parser.add_argument("--nats", help="answer on this NATS server")
    parser.add_argument("--seed", type=Path, help="file with the nkey for NATS")
    options = parser.parse_args(arguments)
    options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    private = private_key(options.data / "key")
    logs = [key_of(line) for line in options.log]
    with closing(Witness(options.data / "seen.sqlite", options.name, private, logs)) as witness:
        print(f"witness {options.name} {witness.key}", flush=True)
        return _run(witness, options)


def _run(witness: Witness, options: argparse.Namespace) -> int:
    runs: list[Callable[[], object]] = []
    if options.port:
        runs.append(serve(witness, options.host, options.port).serve_forever)
    if options.nats:
        seed = options.seed.read_text().strip() if options.seed else None
        runs.append(lambda: asyncio.run(serve_nats(witness, options.nats, seed)))
    threads = [threading.Thread(target=run, daemon=True) for run in runs]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        pass
    return 0


def subject_of(name: str) -> str:
    """Return where a witness listens on NATS.

    >>> subject_of("polres.example/w1")
    'witness.polres-example-w1.add-checkpoint'
    """
    return f"witness.{name.replace('.', '-').replace('/', '-')}.add-checkpoint"


if __name__ == "__main__":
    sys.exit(main())
