"""What triage must be told before it can start."""

from pydantic_settings import SettingsConfigDict

from shared.web.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from the environment, e.g. TRIAGE_DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="TRIAGE_")

    home_region: str = "35.73"  # Kota Malang; what lies elsewhere is referred
