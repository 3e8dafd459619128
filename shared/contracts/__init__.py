"""The published language: the facts services tell one another.

One module per publishing service. Data only, ids and codes only: never what a person told us.
A field, once published, is never renamed or removed.
"""

from datetime import datetime
from functools import lru_cache
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

PERSONS = UUID("8c1d6f3a-4f5e-5c0b-9d7a-2e6b1a7f4c08")  # namespace of person ids
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


@lru_cache(4_096)  # asked of every fact more than once
def partition_of(correlation: UUID) -> int:
    """Return the partition of a journey: FNV-1a 32 of its id, as NATS itself would compute it."""
    value = 2166136261
    for byte in str(correlation).encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value % PARTITIONS


def person_of(source: UUID, role: str, n: int = 0) -> UUID:
    """Return the id of a person in one role of one complaint or case: ``victim``, ``reporter`` …

    Whoever is in two cases has two: that they are one person is for a human to decide.
    """
    return uuid5(PERSONS, f"{source}/{role}/{n}")
