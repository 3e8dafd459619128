"""The published language: the facts services tell one another.

One module per publishing service. Data only, ids and codes only: never what a person told us.
A field, once published, is never renamed or removed.
"""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

PARTITIONS = 16  # changing this reorders what is under way: drain the streams first


class Fact(BaseModel):
    """Something that happened in one service and that others may rely on."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    occurred_at: datetime

    @classmethod
    def stream(cls) -> str:
        """Return the NATS stream: the name of the publishing service."""
        return cls.__module__.rpartition(".")[2]

    @classmethod
    def subject(cls, partition: str = "*", correlation: str = "*") -> str:
        """Return the NATS subject, e.g. ``ppa.intake.ComplaintReceived.07.<correlation>``."""
        return f"ppa.{cls.stream()}.{cls.__name__}.{partition}.{correlation}"


def partition_of(correlation: UUID) -> int:
    """Return the partition of a journey: FNV-1a 32 of its id, as NATS itself would compute it."""
    value = 2166136261
    for byte in str(correlation).encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value % PARTITIONS
