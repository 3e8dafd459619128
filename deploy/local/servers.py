"""PostgreSQL and NATS together: for the runner, and for tests that need nothing else."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import folder, ports
from deploy.local.ledger import Ledger, end_leftovers
from deploy.local.nats import Nats
from deploy.local.postgres import Postgres


@dataclass(frozen=True)
class Servers:
    """Where both are, and the handles to stop, kill and start them again."""

    postgres_admin_url: str
    nats_url: str
    postgres: Postgres
    nats: Nats


@contextmanager
def local_servers_blocking(data: Path, *, durable: bool = False) -> Iterator[Servers]:
    """Run both on free ports until the end; what they stored stays in the folder.

    Call it from the main thread. `durable=True` lets PostgreSQL sync to disk, as in earnest.
    """
    data = data.resolve()
    with folder.held(data):
        end_leftovers(data)
        chosen, ledger = ports.choose(0), Ledger(data)
        postgres = Postgres(data, chosen.of("postgres"), ledger=ledger, durable=durable)
        nats = Nats(data, chosen.of("nats"), chosen.of("monitor"), ledger=ledger)
        try:
            postgres.launch()
            nats.launch()
            postgres.wait()
            nats.wait()
            yield Servers(postgres.url, nats.url, postgres, nats)
        finally:
            nats.stop()
            postgres.stop()


@asynccontextmanager
async def local_servers(data: Path, *, durable: bool = False) -> AsyncIterator[Servers]:
    """Run both on free ports until the end. Starting blocks the loop for less than a second."""
    with local_servers_blocking(data, durable=durable) as servers:
        yield servers
