"""What intake must be told before it can start."""

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from shared.web.settings import PrivateFolder, SecretFile, ServiceSettings


class Settings(ServiceSettings):
    """Read from the environment, e.g. INTAKE_DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_")

    home_region: str = "35.73"  # Kota Malang
    pepper_file: SecretFile  # 32 random bytes that receipts are made with, not in the database
    objects_folder: PrivateFolder  # sealed scans; it belongs to the backup of the database

    @property
    def written(self) -> dict[str, Path]:
        """Return the folders intake writes to, by what lies there."""
        return super().written | {"objects": self.objects_folder}
