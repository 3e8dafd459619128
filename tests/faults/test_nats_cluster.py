"""Three servers of NATS, each with all of it: one may be killed, and nobody but us notices."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import monotonic

import nats
import pytest
from nats.js.api import StreamInfo

from deploy.local.ledger import Ledger, wait_until
from deploy.local.nats import Nats
from deploy.local.ports import HOST
from deploy.local.servers import Servers
from deploy.provision import provision_nats
from shared.addresses import each_of
from tests.certificates import Authority
from tests.conftest import MakeDatabase
from tests.faults.conftest import City
from tests.faults.crowd import crowd, figures, nothing_is_lost_or_doubled
from tests.services import PROJECT, eventually, free_port
from tests.tokens import Issuer

BEFORE, DURING = 60, 60  # receipts


class Node(Nats):
    """One of three, among whom it is as `deploy/nats/cluster.conf` has it."""

    def __init__(self, data: Path, own: int, ports: list[int], authority: Authority) -> None:
        (data / "log").mkdir()
        super().__init__(data, free_port(), free_port(), ledger=Ledger(data))
        certificate, key = authority.sign(data.name)
        text = (PROJECT / "deploy/nats/cluster.conf").read_text()
        routes = {f"nats-{n}:6222": f"{HOST}:{port}" for n, port in enumerate(ports, start=1)}
        for there, here in {
            "0.0.0.0:6222": f"{HOST}:{own}",
            "/etc/nats/server.crt": f"{certificate}",
            "/etc/nats/server.key": f"{key}",
            "/etc/nats/ca.crt": f"{authority.folder / 'ca.crt'}",
            **routes,
        }.items():
            assert there in text
            text = text.replace(there, here)
        self._data, self._cluster = data, text

    def prepare(self) -> None:
        super().prepare()
        text = self._config.read_text()
        assert "server_name: aduan\n" in text
        text = text.replace("server_name: aduan\n", f"server_name: {self._data.name}\n")
        self._config.write_text(text + self._cluster)

    def neighbours(self) -> set[str]:
        """Whom it has let in, or who let it in."""
        return {each["remote_name"] for each in self._ask("/routez").get("routes") or ()}

    def leader_of_all(self) -> str:
        """The node that says who leads which stream; nobody right after a start."""
        return str(self._ask("/jsz").get("meta_cluster", {}).get("leader", ""))


Nodes = dict[str, Node]


@pytest.fixture
def ports() -> list[int]:
    """Where the three speak with one another."""
    return [free_port() for _ in range(3)]


@pytest.fixture
def nodes(tmp_path: Path, ports: list[int]) -> Iterator[Nodes]:
    authority, nodes = Authority(tmp_path / "ours"), Nodes()
    for n, port in enumerate(ports, start=1):
        data = tmp_path / f"nats-{n}"
        data.mkdir()
        if nodes:  # they share their users, and us
            shutil.copytree(tmp_path / "nats-1" / "secrets", data / "secrets")
        nodes[data.name] = Node(data, port, ports, authority)
    try:
        for node in nodes.values():
            node.launch()
        for node in nodes.values():
            node.wait()
        assert wait_until(lambda: bool(nodes["nats-1"].leader_of_all()), within=20)
        yield nodes
    finally:
        for node in nodes.values():
            node.kill()


@pytest.fixture
async def clustered(
    nodes: Nodes,
    servers: Servers,
    issuer: Issuer,
    pepper: Path,
    make_database: MakeDatabase,
) -> City:
    first = nodes["nats-1"].url
    url = ",".join([first, *(node.url.rpartition("@")[2] for node in list(nodes.values())[1:])])
    await provision_nats(url, replicas=3)
    databases = {service: await make_database(service) for service in ("intake", "triage")}
    both = Servers(servers.postgres_admin_url, url, servers.postgres, nodes["nats-1"])
    return City(both, issuer, pepper, databases)


@pytest.mark.timeout(300)  # a hundred durables with three homes each, on a machine with two cores
async def test_one_leader_of_three_after_the_other_is_killed_and_nothing_is_lost_or_doubled(
    clustered: City, nodes: Nodes, tmp_path: Path
) -> None:
    city, outages = clustered, list[float]()
    async with city.started("intake") as intake, city.started("triage"):
        async with crowd(intake.client) as people:
            await people.has(BEFORE)
            for find in (leader_of_intake, leader_of_all):
                name = await find(city, nodes)
                nodes[name].kill()
                began = monotonic()
                await people.has(DURING)
                await city.published()  # by two of three
                outages.append(monotonic() - began)
                nodes[name].launch()
                await asyncio.to_thread(nodes[name].wait)
                await eventually(partial(lag, city), lambda messages: messages == 0)
            assert people.not_stored == set()
        told = await nothing_is_lost_or_doubled(city, people, intake.client, tmp_path)
    figures.warning(
        "leaders of a stream and of all killed: %s; all published %.1f and %.1f s after it",
        *(told, *outages),
    )


def test_a_server_that_has_no_certificate_of_ours_is_not_let_in(
    nodes: Nodes, ports: list[int], tmp_path: Path
) -> None:
    (tmp_path / "stranger").mkdir()
    stranger = Node(tmp_path / "stranger", free_port(), ports, Authority(tmp_path / "theirs"))
    try:
        stranger.launch()
        assert wait_until(
            lambda: "TLS route handshake error" in stranger.process.log.read_text(), within=20
        )
        assert stranger.neighbours() == set()
        assert set[str]().union(*(each.neighbours() for each in nodes.values())) == set(nodes)
    finally:
        stranger.kill()


async def leader_of_intake(city: City, _: Nodes) -> str:
    cluster = (await about(city, "intake")).cluster
    assert cluster is not None
    assert len(cluster.replicas or ()) == 2
    return cluster.leader or ""


async def leader_of_all(_: City, nodes: Nodes) -> str:
    async def told() -> set[str]:
        return {node.leader_of_all() for node in nodes.values()}

    (name,) = await eventually(told, lambda names: len(names) == 1 and names != {""})
    return name


async def lag(city: City) -> int:
    """How many messages the other two lack of what intake has told."""
    cluster = (await about(city, "intake")).cluster
    replicas = (cluster and cluster.replicas) or []
    missing = [each.lag or 0 for each in replicas if each.current]
    return sum(missing) if len(missing) == 2 else -1


async def about(city: City, stream: str) -> StreamInfo:
    async with await nats.connect(each_of(city.servers.nats_url)) as client:
        return await client.jetstream().stream_info(stream)
