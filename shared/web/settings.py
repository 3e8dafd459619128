"""What every service must be told before it can start. Secrets come in files, not in the open."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import (
    AfterValidator,
    DirectoryPath,
    Field,
    FilePath,
    HttpUrl,
    NatsDsn,
    PostgresDsn,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.messaging.bus import Login
from shared.privacy.kek import FileKek, Kek
from shared.privacy.transit import TransitKek

TOO_OPEN = 0o137  # what nobody may have of a secret: running it, writing for the group, others all


def _private(path: Path) -> Path:
    """Refuse a secret that lies open, so that a wrong mode is noticed on the first day."""
    if path.stat().st_mode & TOO_OPEN:
        raise ValueError("others can read or change this file: chmod 600 (or 640)")
    return path


def _with_password(url: PostgresDsn, file: Path | None) -> str:
    if file is None:
        return str(url)
    at = urlsplit(str(url))
    login, _, host = at.netloc.rpartition("@")
    password = quote(file.read_text().strip(), safe="")
    return urlunsplit(at._replace(netloc=f"{login.partition(':')[0]}:{password}@{host}"))


def _ours_alone(path: Path) -> Path:
    about = path.stat()
    if about.st_mode & 0o077 or about.st_uid != os.geteuid():
        raise ValueError("this folder must belong to us, and to us alone: chmod 700")
    return path


PrivateFolder = Annotated[DirectoryPath, AfterValidator(_ours_alone)]
SecretFile = Annotated[FilePath, AfterValidator(_private)]  # a file of ours with a secret in it


class ServiceSettings(BaseSettings):
    """Read from the environment, e.g. TRIAGE_DATABASE_URL, TRIAGE_NATS_URL, TRIAGE_ISSUER_URL.

    The environment of a process is read easily (/proc, crash reports), so a password belongs into
    the file that TRIAGE_DATABASE_PASSWORD_FILE names, and the nkey into TRIAGE_NATS_SEED_FILE.
    """

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    database_url: PostgresDsn = Field(repr=False)  # in earnest with ?sslmode=verify-full
    database_password_file: SecretFile | None = None
    keys_url: PostgresDsn = Field(repr=False)  # the keyring: a database and a role of its own
    keys_password_file: SecretFile | None = None
    kek_folder: DirectoryPath | None = None  # the key of the keys, in files outside every database
    kek_url: HttpUrl | None = None  # or in OpenBao or Vault, which is for production
    kek_name: str | None = None
    kek_token_file: SecretFile | None = None
    nats_url: NatsDsn = Field(repr=False)
    nats_seed_file: SecretFile | None = None
    nats_ca_file: FilePath | None = None  # who signed the certificate of NATS; with it comes TLS
    nats_cert_file: FilePath | None = None  # and ours, because NATS asks for it
    nats_key_file: SecretFile | None = None
    issuer_url: HttpUrl
    log_folder: PrivateFolder  # the log's key and what it last signed: outside the database
    log_origin: str = Field(default="", pattern=r"^[a-z0-9./-]*$")  # else <service>.aduan/log1
    log_witness_every: float = Field(default=60.0, gt=0)  # seconds
    peers: dict[str, HttpUrl] = {}  # who tells what we hear, by name: asked for what NATS lost
    peers_every: float = Field(default=30.0, gt=0)  # seconds
    client_id: str | None = None  # as what the issuer knows us, and
    client_secret_file: SecretFile | None = None  # how it knows that it is us

    @property
    def dsn(self) -> str:
        """Return the database's address with the password in it."""
        return _with_password(self.database_url, self.database_password_file)

    @property
    def keys_dsn(self) -> str:
        """Return the keyring's address with the password in it."""
        return _with_password(self.keys_url, self.keys_password_file)

    @property
    def written(self) -> dict[str, Path]:
        """Return the folders this service writes to, by what lies there."""
        return {"log": self.log_folder}

    def kek(self) -> Kek:
        """Return what wraps the keys of persons."""
        if self.kek_url and self.kek_name and self.kek_token_file:
            return TransitKek(str(self.kek_url).rstrip("/"), self.kek_name, self.kek_token_file)
        if self.kek_folder is None:
            raise ValueError("say where the key of the keys is")
        return FileKek(self.kek_folder)

    @model_validator(mode="after")
    def _has_one_kek(self) -> Self:
        server = (self.kek_url, self.kek_name, self.kek_token_file)
        if (self.kek_folder is None) != all(server) or any(server) != all(server):
            raise ValueError("kek_folder, or else all of kek_url, kek_name and kek_token_file")
        return self

    @model_validator(mode="after")
    def _says_who_it_is(self) -> Self:
        if self.peers and not (self.client_id and self.client_secret_file):
            raise ValueError("with peers: client_id and client_secret_file, or they do not answer")
        return self

    @property
    def nats_login(self) -> Login:
        """Return how we log in to NATS."""
        seed = self.nats_seed_file
        return Login(seed=seed.read_text().strip() if seed else None, tls=self._nats_tls())

    def _nats_tls(self) -> ssl.SSLContext | None:
        if self.nats_ca_file is None:
            return None
        context = ssl.create_default_context(cafile=self.nats_ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        if self.nats_cert_file:
            context.load_cert_chain(self.nats_cert_file, self.nats_key_file)
        return context
