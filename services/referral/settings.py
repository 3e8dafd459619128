"""What referral must be told before it can start."""

from pydantic_settings import SettingsConfigDict

from shared.web.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from the environment, e.g. REFERRAL_DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="REFERRAL_")
