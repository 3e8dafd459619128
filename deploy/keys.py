"""Where a service's keyring lies: in a database of its own, beside that of its events."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit


def keys_beside(database_url: str) -> str:
    """Return the address of the keyring that belongs to a database: its own database and role."""
    at = urlsplit(database_url)
    login, _, host = at.netloc.rpartition("@")
    role, _, password = login.partition(":")
    return urlunsplit(at._replace(netloc=f"{role}_keys:{password}@{host}", path=f"{at.path}_keys"))
