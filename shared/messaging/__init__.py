"""Facts on their way between services, over NATS JetStream. At least once, never lost."""

from shared.messaging.bus import Bus, open_bus
from shared.messaging.listen import Policy, listeners
from shared.messaging.relay import lead
from shared.messaging.running import Work, running

__all__ = ["Bus", "Policy", "Work", "lead", "listeners", "open_bus", "running"]
