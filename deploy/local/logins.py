"""The seeded staff: who may log in on this machine, and with what."""

import json
import secrets
import string
import tomllib
from pathlib import Path
from typing import Any

import argon2
import pyotp
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from deploy.local import folder

SEED = Path(__file__).with_name("seed.toml")
# Argon2id as OWASP asks for at least; these passwords are random, so it need not be slower.
HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
ALPHABET = string.ascii_lowercase + string.digits


class Login(BaseModel):
    """What a person of the staff needs to log in."""

    model_config = ConfigDict(frozen=True)

    username: str
    password: str = Field(repr=False)
    totp_secret: str = Field(repr=False)
    roles: tuple[str, ...]
    sub: str
    agency: str | None = None


class Member(BaseModel):
    """What the issuer knows of that person: no password."""

    model_config = ConfigDict(frozen=True)

    username: str
    password_hash: str = Field(repr=False)
    totp_secret: str = Field(repr=False)
    roles: tuple[str, ...]
    sub: str
    agency: str | None = None


class Enrolled(BaseModel):
    """What somebody chose who had lost her login; it counts instead of what was seeded."""

    model_config = ConfigDict(frozen=True)

    password_hash: str = Field(repr=False)
    totp_secret: str = Field(repr=False)


LOGINS = TypeAdapter(tuple[Login, ...])
STAFF = TypeAdapter(tuple[Member, ...])
ENROLLED = TypeAdapter(dict[str, Enrolled])


def seed_data() -> dict[str, list[dict[str, Any]]]:
    """Return what is in seed.toml."""
    return tomllib.loads(SEED.read_text())


def make(data: Path) -> tuple[Login, ...]:
    """Return the logins of this folder; whoever is new in the seed gets one."""
    path = data / "logins.json"
    before = {login.username: login for login in _read(path)}
    logins = tuple(_login(person, before.get(person["username"])) for person in _staff())
    if logins != tuple(before.values()) or not (data / "staff.json").exists():
        staff = [
            {**login.model_dump(), "password_hash": HASHER.hash(login.password)} for login in logins
        ]
        folder.write(data / "staff.json", STAFF.dump_json(STAFF.validate_python(staff)))
        folder.write(path, LOGINS.dump_json(logins, indent=2, exclude_none=True))
    return logins


def staff(data: Path) -> dict[str, Member]:
    """Return the staff by username."""
    members = STAFF.validate_json((data / "staff.json").read_bytes())
    enrolled = _enrolled(data)
    return {member.username: _with(member, enrolled.get(member.sub)) for member in members}


def enrol(data: Path, member: Member, password_hash: str, totp_secret: str) -> Member:
    """Give somebody another password and TOTP secret, and return her with them.

    They are kept apart from the seeded ones: those are written anew whenever the seed changes, and
    what was lost, or stolen, must not come back then.
    """
    new = Enrolled(password_hash=password_hash, totp_secret=totp_secret)
    folder.write(data / "enrolled.json", ENROLLED.dump_json(_enrolled(data) | {member.sub: new}))
    return _with(member, new)


def _enrolled(data: Path) -> dict[str, Enrolled]:
    path = data / "enrolled.json"
    return ENROLLED.validate_json(path.read_bytes()) if path.exists() else {}


def _with(member: Member, enrolled: Enrolled | None) -> Member:
    return member.model_copy(update=dict(enrolled)) if enrolled else member


def _staff() -> list[dict[str, Any]]:
    return seed_data()["staff"]


def _login(person: dict[str, Any], before: Login | None) -> Login:
    return Login(
        password=before.password if before else _password(),
        totp_secret=before.totp_secret if before else pyotp.random_base32(),
        **person,
    )


def _password() -> str:
    """Return four groups of four: 82 bits, and still something one can type."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def _read(path: Path) -> tuple[Login, ...]:
    try:
        return LOGINS.validate_python(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return ()
