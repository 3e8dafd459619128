"""Facts on their way between services, over NATS JetStream. At least once, never lost."""

from shared.messaging.bus import Bus, open_bus
from shared.messaging.listen import listeners
from shared.messaging.missed import Missed
from shared.messaging.react import Policy
from shared.messaging.relay import lead
from shared.messaging.running import Work, running

__all__ = ["Bus", "Missed", "Policy", "Work", "lead", "listeners", "open_bus", "running"]
