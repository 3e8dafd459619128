"""What runs on the servers: the four services, and what prepares the ground for them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deploy.local.seed import seed

SERVICES = ("intake", "triage", "referral", "counseling")
ISSUER = "deploy.local.issuer:create_app"

Tokens = Callable[[str], Awaitable[str]]  # from a role to the token of somebody who has it


@dataclass(frozen=True)
class Parts:
    """Tests put stand-ins here."""

    services: dict[str, str]  # name and application factory
    provision_postgres: Callable[[str, str, str], Awaitable[str]]
    provision_nats: Callable[[str], Awaitable[None]]
    seed: Callable[[dict[str, str], Tokens], Awaitable[None]]


def aduan() -> Parts:
    """Return the real ones."""
    return Parts(
        services={name: f"services.{name}.app:create_app" for name in SERVICES},
        provision_postgres=_provision_postgres,
        provision_nats=_provision_nats,
        seed=seed,
    )


# Provisioning knows every service, and importing them takes a second. That is spent while the
# servers start, and not at all with --only-servers.


async def _provision_postgres(admin_url: str, service: str, password: str) -> str:
    from deploy.provision import provision_postgres

    return await provision_postgres(admin_url, service, password)


async def _provision_nats(url: str) -> None:
    from deploy.provision import provision_nats

    await provision_nats(url)
