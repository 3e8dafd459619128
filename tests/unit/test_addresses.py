"""An address may name several servers: the login is said once, and each of them is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.keys import keys_beside
from deploy.provision import database_url
from services.triage.settings import Settings
from shared.addresses import each_of
from tests.services import kek_folder, log_folder

TWO = "postgresql://aduan_triage@10.0.0.1:5432,10.0.0.2:5433/triage?target_session_attrs=read-write"


@pytest.mark.parametrize(
    ("url", "each"),
    [
        ("nats://a:4222", ["nats://a:4222"]),
        ("nats://a:1,b:2,c:3", ["nats://a:1", "nats://b:2", "nats://c:3"]),
        ("nats://u:p@a:1,b:2", ["nats://u:p@a:1", "nats://u:p@b:2"]),
        (
            TWO,
            [
                TWO.replace(",10.0.0.2:5433", ""),
                TWO.replace("10.0.0.1:5432,", ""),
            ],
        ),
    ],
)
def test_each_server_has_the_login_and_all_the_rest(url: str, each: list[str]) -> None:
    assert each_of(url) == each


def test_a_service_is_told_several_servers_and_one_password(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("ra ha/sia@1\n")
    password.chmod(0o600)
    told = Settings.model_validate(
        {
            "database_url": TWO,
            "database_password_file": password,
            "keys_url": keys_beside(TWO),
            "nats_url": "nats://10.0.0.1:4222,10.0.0.2:4222",
            "issuer_url": "https://masuk.example",
            "kek_folder": kek_folder(),
            "log_folder": log_folder("none"),
        }
    )
    secret = TWO.replace("aduan_triage@", "aduan_triage:ra%20ha%2Fsia%401@")
    assert told.dsn == secret
    assert each_of(told.dsn)[1] == secret.replace("10.0.0.1:5432,", "")
    assert "aduan_triage_keys@10.0.0.1:5432,10.0.0.2:5433/triage_keys?" in told.keys_dsn
    assert each_of(str(told.nats_url)) == ["nats://10.0.0.1:4222", "nats://10.0.0.2:4222"]


def test_the_provisioner_passes_several_servers_on() -> None:
    admin = TWO.replace("aduan_triage@", "postgres:rahasia@")
    assert database_url(admin, "triage", "x") == TWO.replace("aduan_triage@", "aduan_triage:x@")
    assert database_url("postgresql:///postgres", "triage", "x") == (
        "postgresql://aduan_triage:x@localhost/triage"
    )
