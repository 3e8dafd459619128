"""Every way in which running on one machine fails on purpose."""


class CannotRun(Exception):
    """It cannot go on; the message is one line for the person at the keyboard."""


class NotRunning(CannotRun):
    """Somebody asked for the running system and there is none."""

    def __init__(self) -> None:
        super().__init__("not running: start it with make run")
