"""What intake must be told before it can start."""

from pydantic import FilePath
from pydantic_settings import SettingsConfigDict

from shared.web.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from the environment, e.g. INTAKE_DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_")

    pepper_file: FilePath  # 32 random bytes that receipts are made with, kept outside the database
