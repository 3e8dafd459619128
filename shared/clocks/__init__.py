"""Time as the office has it: UTC inside, Malang's calendar outside."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Asia/Jakarta")  # WIB, UTC+7, no summer time


def today(now: datetime) -> date:
    """Return the day it is in Malang."""
    return now.astimezone(HERE).date()
