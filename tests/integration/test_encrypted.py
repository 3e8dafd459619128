"""In production nothing is said in the open: servers started from the very files we deploy."""

from __future__ import annotations

import asyncio
import shutil
import signal
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from nats.errors import Error as NatsError

from deploy import provision
from deploy.local.ledger import Ledger, wait_until
from deploy.local.nats import binary
from deploy.local.processes import Process, Program
from deploy.local.users import unprivileged
from deploy.nats.__main__ import write
from deploy.nats.users import users
from services.triage.settings import Settings
from shared.messaging import bus, open_bus
from shared.messaging.bus import Login, NatsClient
from tests.certificates import Authority
from tests.services import PROJECT, eventually, free_port, kek_folder, log_folder

TOLD: dict[str, Any] = {
    "database_url": "postgresql://aduan_triage@127.0.0.1/triage",
    "keys_url": "postgresql://aduan_triage_keys@127.0.0.1/triage_keys",
    "issuer_url": "https://masuk.example",
}
NO_ENTRY = (OSError, NatsError, ConnectionError)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Nats]:
    folder = tmp_path_factory.mktemp("nats")
    server = Nats(folder, authority)
    server.process.launch()
    yield server
    server.process.stop()


class Nats:
    """NATS as `deploy/nats/nats.conf` has it, but in a folder and on a port of this test."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder, self.authority = folder, authority
        (folder / "log").mkdir()
        port, monitor = free_port(), free_port()
        certificate, key = authority.sign("nats")
        text = (PROJECT / "deploy/nats/nats.conf").read_text()
        for there, here in (
            ("0.0.0.0:4222", f"127.0.0.1:{port}"),
            ("127.0.0.1:8222", f"127.0.0.1:{monitor}"),
            ("/etc/nats/server.crt", f"{certificate}"),
            ("/etc/nats/server.key", f"{key}"),
            ("/etc/nats/ca.crt", f"{authority.folder / 'ca.crt'}"),
            ("/var/lib/nats", f"{folder / 'store'}"),
        ):
            assert there in text
            text = text.replace(there, here)
        (folder / "nats.conf").write_text(text)
        write(folder)  # the seeds, and users.conf, which the configuration includes
        self.url = f"nats://127.0.0.1:{port}"
        command = (str(binary()), "--config", str(folder / "nats.conf"))
        self.process = Process(Program("nats", command), folder, Ledger(folder))

    def settings(self, user: str = "triage", **other: Any) -> Settings:
        """What a service is told to connect with."""
        certificate, key = self.authority.sign(user)
        told = TOLD | {
            "kek_folder": kek_folder(),
            "log_folder": log_folder("none"),
            "nats_url": self.url,
            "nats_seed_file": self.folder / f"nats-{user}.seed",
            "nats_ca_file": self.authority.folder / "ca.crt",
            "nats_cert_file": certificate,
            "nats_key_file": key,
        }
        return Settings(**told | other)


async def attempt(url: str, login: Login, **more: Any) -> None:
    """Connect once, or fail."""
    client = NatsClient()
    options = login.options("triage") | {"allow_reconnect": False} | more
    try:
        async with asyncio.timeout(3):  # who speaks in the open waits for a greeting in vain
            await client.connect(url, **options)
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await client.close()


async def test_a_service_uses_nats_with_its_certificate_and_its_seed(nats: Nats) -> None:
    provisioner = nats.settings("provisioner").nats_login
    await eventually_up(nats)
    await provision.provision_nats(nats.url, provisioner)
    async with open_bus(nats.url, name="triage", login=nats.settings().nats_login) as ours:
        await ours.jetstream()
        assert await eventually(lambda: ours.count_parked("triage"), lambda n: n == 0) == 0


async def eventually_up(nats: Nats) -> None:
    async def is_up() -> bool:
        with suppress(*NO_ENTRY):
            await attempt(nats.url, nats.settings().nats_login)
            return True
        return False

    await eventually(is_up, bool)


async def test_nats_refuses_whoever_speaks_in_the_open_or_shows_no_certificate_of_ours(
    nats: Nats, tmp_path: Path
) -> None:
    await eventually_up(nats)
    right = nats.settings()
    seed, ca = right.nats_login.seed, nats.authority.folder / "ca.crt"
    with pytest.raises(NO_ENTRY):
        await attempt(nats.url, Login(seed=seed))
    with pytest.raises(NO_ENTRY):
        await attempt(nats.url, Login(seed=seed, tls=ssl.create_default_context(cafile=ca)))
    strangers, key = Authority(tmp_path / "theirs").sign("triage")
    stranger = nats.settings(nats_cert_file=strangers, nats_key_file=key)
    with pytest.raises(NO_ENTRY):
        await attempt(nats.url, stranger.nats_login)
    old = right.nats_login.tls
    assert old is not None
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(NO_ENTRY):
        await attempt(nats.url, Login(seed=seed, tls=old))


async def test_a_certificate_alone_is_no_login(nats: Nats) -> None:
    await eventually_up(nats)
    with pytest.raises(NatsError):
        await attempt(nats.url, Login(tls=nats.settings().nats_login.tls))


async def test_we_refuse_a_nats_that_is_not_ours(nats: Nats, tmp_path: Path) -> None:
    await eventually_up(nats)
    theirs = Authority(tmp_path / "theirs").folder / "ca.crt"
    with pytest.raises(ssl.SSLCertVerificationError):
        await attempt(nats.url, nats.settings(nats_ca_file=theirs).nats_login)


async def test_a_service_that_met_a_stranger_goes_on_trying(
    nats: Nats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await eventually_up(nats)
    monkeypatch.setattr(bus, "HANDSHAKES", 0.3)
    theirs = Authority(tmp_path / "theirs").folder / "ca.crt"
    login = nats.settings(nats_ca_file=theirs).nats_login
    assert login.tls is not None
    async with open_bus(nats.url, name="triage", login=login) as waiting:
        await asyncio.sleep(1)
        assert not waiting.is_connected
        login.tls.load_verify_locations(nats.authority.folder / "ca.crt")
        async with asyncio.timeout(5):
            await waiting.jetstream()
        assert waiting.is_connected


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[str]:
    """PostgreSQL as `deploy/postgres` has it, on a port of this test; returns its address.

    The one we bring along is built without TLS, so this needs one of the machine's own.
    """
    programs = Path(shutil.which("postgres") or "/nowhere").resolve().parent
    if not programs.exists():
        pytest.skip("no PostgreSQL with TLS on this machine: apt-get install postgresql")
    folder, user, port = tmp_path_factory.mktemp("postgres"), unprivileged(), free_port()
    if user.uid is not None:
        folder.chmod(0o711)
    for name in ("log", "cluster"):
        (folder / name).mkdir(mode=0o700)
    cluster, password = folder / "cluster", folder / "password"
    password.write_text("admin")
    for path in (cluster, password):
        user.own(path)
    made = user.run(
        [
            *(programs / "initdb", "-D", cluster, "-U", "postgres", "--no-sync"),
            *("--auth=scram-sha-256", f"--pwfile={password}"),
        ]
    )
    assert made.returncode == 0, made.stderr
    certificate, key = authority.sign("postgres")
    for name, file in (
        ("server.crt", certificate),
        ("server.key", key),
        ("ca.crt", authority.folder / "ca.crt"),
    ):
        (cluster / name).touch(0o600)
        (cluster / name).write_bytes(file.read_bytes())
    settings = (PROJECT / "deploy/postgres/production.conf").read_text()
    assert "/etc/postgresql" in settings
    settings = settings.replace("/etc/postgresql", str(cluster))
    here = f"\nport = {port}\nfsync = off\nunix_socket_directories = ''\n"
    with (cluster / "postgresql.conf").open("a") as configuration:
        configuration.write(settings + here)
    rules = (PROJECT / "deploy/postgres/pg_hba.conf").read_text()
    (cluster / "pg_hba.conf").write_text(rules)
    for file in cluster.glob("*.*"):
        user.own(file)
    command = (*user.prefix, f"{programs / 'postgres'}", "-D", f"{cluster}")
    program = Program("postgres", command, stop=signal.SIGINT, user=user)
    server = Process(program, folder, Ledger(folder))
    server.launch()
    said = wait_until(lambda: "ready to accept" in server.log.read_text(), 20)
    assert said, server.log.read_text()
    yield f"postgresql://postgres:admin@127.0.0.1:{port}/postgres"
    server.stop()


def test_both_configurations_know_every_service() -> None:
    rules = (PROJECT / "deploy/postgres/pg_hba.conf").read_text()
    for service in provision.SERVICES:
        for suffix in ("", "_keys"):
            assert f"{service}{suffix} " in rules
            assert f"aduan_{service}{suffix} " in rules
    assert tuple(each.name for each in users())[:4] == provision.SERVICES


async def test_postgresql_takes_encrypted_connections_of_the_right_role_only(
    postgres: str, authority: Authority, tmp_path: Path
) -> None:
    certificate, key = authority.sign("postgres")
    trust = f"sslmode=verify-full&sslrootcert={authority.folder / 'ca.crt'}"
    admin = f"{postgres}?{trust}&sslcert={certificate}&sslkey={key}"
    password_file = tmp_path / "password"
    password_file.touch(0o600)
    password_file.write_text("rahasia saja\n")
    connection = await asyncpg.connect(admin)
    for service in ("triage", "intake"):
        await connection.execute(f"create role aduan_{service} login password 'rahasia saja'")
        await connection.execute(f"create database {service}")
    assert await connection.fetchval("show ssl_min_protocol_version") == "TLSv1.3"
    await connection.close()

    host = postgres.rpartition("@")[2].rpartition("/")[0]
    folders = {"kek_folder": kek_folder(), "log_folder": log_folder("none")}
    told = TOLD | folders | {"nats_url": "nats://127.0.0.1"}
    address = f"postgresql://aduan_triage@{host}/triage"
    settings = Settings(
        **told | {"database_url": f"{address}?{trust}", "database_password_file": password_file}
    )
    connection = await asyncpg.connect(settings.dsn)
    used = "select version from pg_stat_ssl where pid = pg_backend_pid()"
    assert await connection.fetchval(used) == "TLSv1.3"
    await connection.close()

    theirs = Authority(tmp_path / "theirs").folder / "ca.crt"
    for wrong in (
        settings.dsn.replace("verify-full", "disable"),  # in the open
        settings.dsn.replace("/triage?", "/intake?"),  # another's database
        settings.dsn.replace("rahasia", "tebakan"),
        f"{postgres}?{trust}",  # the administrator, without a certificate
        settings.dsn.replace(str(authority.folder / "ca.crt"), str(theirs)),  # not our server
    ):
        assert wrong != settings.dsn
        with pytest.raises((asyncpg.InvalidAuthorizationSpecificationError, ssl.SSLError)):
            await asyncpg.connect(wrong, timeout=5)
