"""What every service must be told before it can start."""

from pydantic import HttpUrl, NatsDsn, PostgresDsn
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Read from the environment, e.g. TRIAGE_DATABASE_URL, TRIAGE_NATS_URL, TRIAGE_ISSUER_URL."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    database_url: PostgresDsn
    nats_url: NatsDsn
    issuer_url: HttpUrl
