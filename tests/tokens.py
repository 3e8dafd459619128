"""An issuer for tests: it signs whatever a test says, and serves the key as the real one does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID, uuid5

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from shared.eventstore import now_utc

SECRET = "a-secret-of-services"
STAFF = UUID("01930000-0000-7000-8000-00000000ffff")


def staff_id(role: str, nth: int = 1) -> str:
    """The id of the nth member of staff with a role."""
    return str(uuid5(STAFF, f"{role}/{nth}"))


@dataclass(frozen=True)
class Issuer:
    url: str
    key: ECKey
    asked: list[str]  # which paths were asked for

    def token(self, *roles: str, nth: int = 1, **claims: Any) -> str:
        now = int(now_utc().timestamp())
        body = {
            "iss": self.url,
            "sub": staff_id(roles[0] if roles else "nobody", nth),
            "aud": "aduan",
            "iat": now,
            "exp": now + 3600,
            "roles": list(roles),
        }
        header = {"alg": "ES256", "kid": self.key.kid}
        return jwt.encode(header, body | claims, self.key, algorithms=["ES256"])

    def headers(self, *roles: str, nth: int = 1) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(*roles, nth=nth)}"}


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    key = ECKey.generate_key("P-256", parameters={"kid": "test"}, private=True)
    keys = json.dumps(KeySet([key]).as_dict(private=False)).encode()

    asked: list[str] = []
    issuer: list[Issuer] = []

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            at = f"http://{self.headers['Host']}"
            about = {"jwks_uri": f"{at}/jwks", "token_endpoint": f"{at}/token"}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(keys if self.path == "/jwks" else json.dumps(about).encode())

        def do_POST(self) -> None:
            """A token for a service that shows its secret."""
            asked.append(self.path)
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            is_ours = form.get("client_secret") == [SECRET]
            token = issuer[0].token("service", sub=form["client_id"][0]) if is_ours else ""
            self.send_response(200 if is_ours else 401)
            self.end_headers()
            self.wfile.write(json.dumps({"access_token": token, "expires_in": 3600}).encode())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        issuer.append(Issuer(f"http://127.0.0.1:{server.server_port}", key, asked))
        yield issuer[0]
    finally:
        server.shutdown()
        server.server_close()
