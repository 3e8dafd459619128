"""`python -m deploy.local` keeps what it is given, leaves nothing behind, and says what is wrong.

Real processes. Where the services themselves do not matter, small stand-ins take their place.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import asyncpg
import httpx
import nats
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.local import ledger, ports
from deploy.local.ledger import Ledger, end_leftovers
from deploy.local.login import token_as
from deploy.local.problems import NotRunning
from deploy.local.running import Running, pid_of, read_running
from deploy.local.servers import Servers, local_servers, local_servers_blocking
from deploy.local.settings import ROOT

STAND_INS = """
import os, sys
from deploy.local import settings
from deploy.local.__main__ import say, show_json
from deploy.local.parts import Parts
from deploy.local.runner import main

def app():
    async def answer(scope, receive, send):
        if scope["type"] == "http":
            body = "\\n".join(f"{n}={v}" for n, v in os.environ.items()).encode()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})
    return answer

async def provision_postgres(admin_url, service, password):
    return admin_url + "#" + service

async def provision_nats(url):
    pass

async def seed(urls, token):
    say("seeded with " + await token("admin"))

if __name__ == "__main__":
    services = dict.fromkeys(("intake", "triage"), "stand_ins:app")
    parts = Parts(services, provision_postgres, provision_nats, seed)
    sys.exit(main(settings.options(), parts, show_json, say))
"""


class Runner:
    """One runner as a process, and what it says."""

    def __init__(self, folder: Path, *arguments: str, program: str = "", **more: str) -> None:
        self.stderr = folder / "stderr"
        command = [program] if program else ["-m", "deploy.local"]
        with self.stderr.open("ab") as stderr:
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, *command, "--json", *arguments],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": f"{ROOT}:{folder}"} | more,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )

    def ready(self) -> Running:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.said()
        return Running.model_validate_json(line)

    def said(self) -> str:
        return self.stderr.read_text()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        with self.process:  # closes the pipe
            return self.process.wait(timeout=20)


Start = Callable[..., Runner]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start runners on free ports; whatever happens they are stopped."""
    with ExitStack() as stack:

        def started(*arguments: str, **more: str) -> Runner:
            data = [] if "--ephemeral" in arguments else [f"--data={tmp_path / 'data'}"]
            runner = Runner(tmp_path, "--port-base=0", *data, *arguments, **more)
            stack.callback(runner.end)
            return runner

        yield started


@pytest.fixture
def start_stand_ins(tmp_path: Path, start: Start, servers: Servers) -> Start:
    """The same with stand-ins for services, on servers that run already."""
    program = tmp_path / "stand_ins.py"
    program.write_text(STAND_INS)
    given = {"DATABASE_URL": servers.postgres_admin_url, "NATS_URL": servers.nats_url}
    return lambda *arguments: start(*arguments, program=str(program), **given)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with local_servers_blocking(tmp_path_factory.mktemp("servers")) as both:
        yield both


def eventually(satisfied: Callable[[], object], within: float = 15) -> None:
    end = time.monotonic() + within
    while not satisfied():
        assert time.monotonic() < end
        time.sleep(0.05)


def children(data: Path) -> dict[str, ledger.Entry]:
    return {name: entry for name, entry in ledger.read(data).items() if ledger.is_alive(entry)}


async def note(running: Running) -> int:
    """Store something in both servers, and return how much is there now."""
    connection = await asyncpg.connect(running.postgres)
    await connection.execute("create table if not exists kept (); insert into kept default values")
    rows: int = await connection.fetchval("select count(*) from kept")
    await connection.close()
    async with await nats.connect(running.nats) as client:
        jetstream = client.jetstream()
        await jetstream.add_stream(name="kept", subjects=["kept"])
        stored = await jetstream.publish("kept", b"")
    assert stored.seq == rows
    return rows


async def test_a_second_start_finds_what_the_first_one_stored(start: Start) -> None:
    first = start("--only-servers")
    running = first.ready()
    data = running.data
    assert await note(running) == 1
    assert read_running(data) == running
    assert all(path.stat().st_mode & 0o077 == 0 for path in data.iterdir())
    assert first.end(signal.SIGINT) == 0
    assert children(data) == {}
    with pytest.raises(NotRunning):
        read_running(data)

    second = start("--only-servers")
    assert await note(second.ready()) == 2
    assert second.end() == 0


async def test_after_a_kill_the_next_start_ends_what_is_left_and_loses_nothing(
    start: Start,
) -> None:
    first = start("--only-servers")
    running = first.ready()
    await note(running)
    left = children(running.data)
    assert set(left) == {"postgres", "nats"}
    first.end(signal.SIGKILL)

    second = start("--only-servers")
    assert await note(second.ready()) == 2
    assert not any(map(ledger.is_alive, left.values()))
    with pytest.raises(NotRunning):
        pid_of(running.data, "intake")
    assert second.end() == 0


def test_a_killed_runner_takes_its_children_along(start: Start) -> None:
    runner = start("--only-servers")
    data = runner.ready().data
    runner.end(signal.SIGKILL)
    eventually(lambda: not children(data))
    with pytest.raises(NotRunning):
        read_running(data)


def test_what_outlived_its_runner_is_ended_and_nobody_else(tmp_path: Path) -> None:
    book = Ledger(tmp_path)
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(sleep) as left, subprocess.Popen(sleep) as other:  # noqa: S603
        book.add("intake", left.pid, signal.SIGTERM)
        book.add("triage", other.pid, signal.SIGTERM)
        entries = json.loads((tmp_path / "processes.json").read_text())
        entries["triage"]["identity"] = "an earlier process of this pid"
        (tmp_path / "processes.json").write_text(json.dumps(entries))

        assert end_leftovers(tmp_path) == ["intake"]
        assert left.wait(timeout=5) == -signal.SIGTERM
        assert other.poll() is None
        other.kill()


def test_one_folder_has_one_runner(start: Start) -> None:
    first = start("--only-servers")
    first.ready()
    second = start("--only-servers")
    assert second.wait() == 1
    assert f"already running (pid {first.process.pid})" in second.said()
    assert first.process.poll() is None


def test_a_port_in_use_is_named_and_nothing_is_left_behind(start: Start, tmp_path: Path) -> None:
    base = ports.choose(0).base
    with closing(socket.create_server(("127.0.0.1", base + 5))):
        runner = start("--only-servers", f"--port-base={base}")
        assert runner.wait() == 1
    assert runner.said() == (
        f"port {base + 5} (nats) is in use by another program;"
        " choose other ports with --port-base N\n"
    )
    assert children(tmp_path / "data") == {}
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("nats://aduan:rahasia@127.0.0.1:1", "nobody answers at the address in NATS_URL\n"),
        ("rahasia", "this is not the address of a server: NATS_URL\n"),
    ],
)
def test_a_wrong_address_is_named_but_not_its_password(
    start: Start, servers: Servers, address: str, complaint: str
) -> None:
    given = {"DATABASE_URL": servers.postgres_admin_url, "NATS_URL": address}
    runner = start("--only-servers", **given)
    assert runner.wait() == 1
    assert runner.said() == complaint


def test_an_ephemeral_system_leaves_no_trace(start: Start) -> None:
    runner = start("--only-servers", "--ephemeral")
    data = runner.ready().data
    assert data.exists()
    assert runner.end() == 0
    assert not data.exists()


async def test_services_are_told_where_everything_is(
    start_stand_ins: Start, servers: Servers
) -> None:
    runner = start_stand_ins()
    running = runner.ready()
    assert set(running.urls) == {"issuer", "intake", "triage"}
    assert set(children(running.data)) == set(running.urls)  # and no servers: they were given
    async with httpx.AsyncClient(trust_env=False) as client:
        environment = (await client.get(running.urls["intake"])).text.splitlines()
    assert f"INTAKE_DATABASE_URL={servers.postgres_admin_url}#intake" in environment
    assert f"INTAKE_NATS_URL={servers.nats_url}" in environment
    assert f"INTAKE_ISSUER_URL={running.urls['issuer']}" in environment
    peers = {name: running.urls[name] for name in ("intake", "triage")}
    assert f"INTAKE_PEERS={json.dumps(peers)}" in environment
    secret = running.data / "secrets" / "aduan-intake"
    assert f"INTAKE_CLIENT_SECRET_FILE={secret}" in environment
    assert secret.stat().st_mode & 0o777 == 0o600
    pepper = running.data / "secrets" / "pepper"
    assert f"INTAKE_PEPPER_FILE={pepper}" in environment
    assert (len(pepper.read_bytes()), pepper.stat().st_mode & 0o777) == (32, 0o600)
    objects = running.data / "objects"
    assert f"INTAKE_OBJECTS_FOLDER={objects}" in environment
    assert objects.stat().st_mode & 0o777 == 0o700
    assert runner.end() == 0
    assert children(running.data) == {}


async def test_every_role_gets_a_token_and_seeding_had_one(start_stand_ins: Start) -> None:
    runner = start_stand_ins()
    running = runner.ready()
    async with httpx.AsyncClient(trust_env=False) as client:
        keys = KeySet.import_key_set((await client.get(f"{running.urls['issuer']}/jwks")).json())
    for person in running.logins:
        token = jwt.decode(await token_as(running, person.username), keys, algorithms=["ES256"])
        assert token.claims["sub"] == person.sub
        assert token.claims["roles"] == list(person.roles)
        assert token.claims["iss"] == running.urls["issuer"]
    assert f"seeded with {await token_as(running, 'admin')}" in runner.said()
    login = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.local.login", f"--data={running.data}", "--as=admin"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    printed, _ = await login.communicate()
    assert printed.decode().strip() == await token_as(running, "admin")


def test_what_dies_is_started_again(start_stand_ins: Start) -> None:
    runner = start_stand_ins()
    running = runner.ready()
    before = pid_of(running.data, "triage")
    os.kill(before, signal.SIGKILL)

    def answers_anew() -> bool:
        with suppress(NotRunning, httpx.TransportError):
            answer = httpx.get(running.urls["triage"], trust_env=False)
            return answer.is_success and pid_of(running.data, "triage") != before
        return False

    eventually(answers_anew)
    assert "triage was ended by SIGKILL; starting it again" in runner.said()
    assert runner.end() == 0


def test_who_cannot_start_says_why(start_stand_ins: Start, tmp_path: Path) -> None:
    program = tmp_path / "stand_ins.py"
    program.write_text(program.read_text().replace("def app():", "def app():\n    raise Broken"))
    runner = start_stand_ins()
    assert runner.wait() == 1
    assert "does not start: it exited with" in runner.said()
    assert "name 'Broken' is not defined" in runner.said()
    assert children(tmp_path / "data") == {}


async def test_servers_can_be_stopped_killed_and_started_and_keep_their_data(
    tmp_path: Path,
) -> None:
    async with local_servers(tmp_path) as both:
        running = Running(
            urls={}, postgres=both.postgres_admin_url, nats=both.nats_url, data=tmp_path
        )
        assert await note(running) == 1
        for server in (both.nats, both.postgres):
            server.stop()
            server.start()
        assert await note(running) == 2
        for server in (both.nats, both.postgres):
            server.kill()
            server.start()
        assert await note(running) == 3


async def test_a_failing_statement_leaves_no_value_in_the_log(tmp_path: Path) -> None:
    async with local_servers(tmp_path) as both:
        connection = await asyncpg.connect(both.postgres_admin_url)
        await connection.execute("create table person (name text primary key)")
        await connection.execute("insert into person values ('Sumarni')")
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("insert into person values ('Sumarni')")
        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            await connection.execute("select 'Sumarni'::int")
        await connection.close()
    log = (tmp_path / "log" / "postgres.log").read_text()
    assert "ready to accept connections" in log
    assert "Sumarni" not in log
