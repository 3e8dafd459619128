"""An address that names several servers of which some may be away: nats://a:4222,b:4222."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit


def each_of(url: str) -> list[str]:
    """Return the address of each server. The login, said once, is good for all of them."""
    at = urlsplit(url)
    login, named, hosts = at.netloc.rpartition("@")
    return [urlunsplit(at._replace(netloc=f"{login}{named}{host}")) for host in hosts.split(",")]
