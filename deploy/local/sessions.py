"""Sessions: from a login until a logout, a revocation, 15 idle minutes or the end of the shift.

Every token names its session (`sid`). A refresh token works once; the same one again means that it
was copied, and ends the session. What ended is published until its last access token has expired.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from deploy.local import folder

LIFETIME = 10 * 60  # seconds an access token lives
IDLE = 15 * 60.0  # seconds without a new token
ABSOLUTE = 10 * 3600.0  # seconds from the login, whatever happens
SKEW = 60.0  # seconds a service's clock may be off, and a little more


class Session(BaseModel):
    """One login."""

    model_config = ConfigDict(frozen=True)

    sid: str
    sub: str
    client: str  # empty for a login without a browser
    began: float
    seen: float
    turn: int = 0  # how often it was refreshed: only the token of this turn works
    code: str = ""  # hash of the authorization code it began with
    ended: float | None = None

    def is_open(self, now: float) -> bool:
        """Tell whether it goes on."""
        over = min(self.seen + IDLE, self.began + ABSOLUTE)
        return self.ended is None and now < over

    def expiry(self, now: float) -> int:
        """Return when an access token given out now expires."""
        return int(min(now + LIFETIME, self.began + ABSOLUTE))


class Copied(Exception):
    """A refresh token came a second time: two have it. Its session is over."""

    def __init__(self, session: Session) -> None:
        self.session = session


SESSIONS = TypeAdapter(tuple[Session, ...])


class Sessions:
    """All sessions that go on or ended lately, kept in the data folder."""

    def __init__(self, data: Path) -> None:
        self._path = data / "sessions.json"
        self._key = folder.kept(data / "refresh-key", lambda: secrets.token_bytes(32))
        written = self._path.read_bytes() if self._path.exists() else b"[]"
        self._sessions = {each.sid: each for each in SESSIONS.validate_json(written)}

    def begin(self, sub: str, client: str, now: float, code: str = "") -> Session:
        """Begin a session."""
        sid = secrets.token_urlsafe(16)
        session = Session(
            sid=sid, sub=sub, client=client, began=now, seen=now, code=_digest(code) if code else ""
        )
        self._keep(session, now)
        return session

    def of(self, sid: str) -> Session | None:
        """Return a session, also one that ended."""
        return self._sessions.get(sid)

    def refresh_token(self, session: Session) -> str:
        """Return the refresh token of the session's present turn."""
        return f"{session.sid}.{session.turn}.{self._seal(session.sid, session.turn)}"

    def of_refresh_token(self, token: str) -> tuple[Session, int] | None:
        """Return the session of a refresh token that we gave out, and of which turn it is."""
        sid, _, rest = token.partition(".")
        turn, _, seal = rest.partition(".")
        session = self._sessions.get(sid)
        if session is None or not (turn.isascii() and turn.isdigit() and len(turn) < 10):
            return None
        genuine = hmac.compare_digest(self._seal(sid, int(turn)).encode(), seal.encode())
        return (session, int(turn)) if genuine else None

    def refresh(self, token: str, client: str, now: float) -> Session | None:
        """Take a refresh token and return the session in its next turn."""
        found = self.of_refresh_token(token)
        if found is None:
            return None
        session, turn = found
        if session.client != client or not session.is_open(now):
            return None
        if turn != session.turn:
            self.end(session.sid, now)
            raise Copied(session)
        session = session.model_copy(update={"seen": now, "turn": turn + 1})
        self._keep(session, now)
        return session

    def end(self, sid: str, now: float) -> bool:
        """End a session; tell whether it went on until now."""
        session = self._sessions.get(sid)
        if session is None or session.ended is not None:
            return False
        self._keep(session.model_copy(update={"ended": now}), now)
        return session.is_open(now)

    def end_all_of(self, sub: str, now: float) -> int:
        """End all sessions of a person and return how many went on."""
        theirs = [each.sid for each in self._sessions.values() if each.sub == sub]
        return sum(self.end(sid, now) for sid in theirs)

    def end_of_code(self, code: str, now: float) -> str | None:
        """End the session that began with this authorization code, and return whose it was."""
        digest = _digest(code)
        for session in list(self._sessions.values()):
            if session.code == digest:
                self.end(session.sid, now)
                return session.sub
        return None

    def ended(self, now: float) -> list[str]:
        """Return those that ended while access tokens of theirs may still be about."""
        since = now - LIFETIME - SKEW
        return sorted(each.sid for each in self._sessions.values() if (each.ended or 0.0) > since)

    def _keep(self, session: Session, now: float) -> None:
        self._sessions[session.sid] = session
        self._sessions = {
            sid: each
            for sid, each in self._sessions.items()
            if each.is_open(now) or max(each.seen, each.ended or 0.0) + IDLE > now
        }
        folder.write(self._path, SESSIONS.dump_json(tuple(self._sessions.values())))

    def _seal(self, sid: str, turn: int) -> str:
        return hmac.new(self._key, f"{sid}.{turn}".encode(), hashlib.sha256).hexdigest()


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
