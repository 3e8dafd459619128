"""What the local runner is told: options on the command line, servers in the environment."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import NatsDsn, PostgresDsn, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.local.problems import CannotRun

ROOT = Path(__file__).parents[2]  # children start here, so that they find `services`


@dataclass(frozen=True)
class Options:
    """The command line."""

    data: Path
    port_base: int
    ephemeral: bool
    json: bool
    only_servers: bool
    restart: bool


class Given(BaseSettings):
    """Servers that run already: DATABASE_URL (as administrator) and NATS_URL."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    database_url: PostgresDsn | None = None
    nats_url: NatsDsn | None = None


class IssuerSettings(BaseSettings):
    """Read from the environment: ISSUER_URL and ISSUER_DATA."""

    model_config = SettingsConfigDict(env_prefix="ISSUER_", frozen=True)

    url: str
    data: Path


def given() -> Given:
    """Read which servers run already."""
    try:
        return Given()
    except ValidationError as error:
        names = ", ".join(str(detail["loc"][0]).upper() for detail in error.errors())
        raise CannotRun(f"this is not the address of a server: {names}") from None


def options(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser("deploy.local", description=__doc__)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--data", type=Path, default=Path(".data"), help="keep everything here")
    where.add_argument(
        "--ephemeral", action="store_true", help="use a temporary folder and remove it at the end"
    )
    parser.add_argument(
        "--port-base", type=int, default=8000, help="first of eight ports; 0 chooses free ones"
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready")
    parser.add_argument(
        "--only-servers", action="store_true", help="start PostgreSQL and NATS, nothing else"
    )
    parser.add_argument(
        "--no-restart",
        dest="restart",
        action="store_false",
        help="leave down what dies instead of starting it again",
    )
    return Options(**vars(parser.parse_args(arguments)))


def environment(more: dict[str, str]) -> dict[str, str]:
    """Return the environment of a child: ours, and what it alone must know."""
    ours = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "NATS_URL")}  # noqa: TID251
    return ours | more
