"""The services as clients of the issuer: each has a secret, by which the others know who asks."""

import hmac
from pathlib import Path

from deploy.local import folder

PREFIX = "aduan-"


def client_id(service: str) -> str:
    """Return as what the issuer knows a service."""
    return PREFIX + service


def keep_secret(data: Path, service: str) -> Path:
    """Return the file with a service's secret; it is made the first time, for us only."""
    folder.password(data, client_id(service))
    return data / "secrets" / client_id(service)


def recognise(data: Path, client: str, secret: str) -> str | None:
    """Return which service has this name and secret."""
    names = [file.name for file in (data / "secrets").glob(f"{PREFIX}*")]
    if client not in names:
        return None
    kept = (data / "secrets" / client).read_bytes()
    return client.removeprefix(PREFIX) if hmac.compare_digest(kept, secret.encode()) else None
