"""A network of its own for services, joined to ours by wires that can be pulled out."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

NAME = f"aduan-{os.getpid()}"
WIRES = {"servers": "10.77.1", "clients": "10.77.2"}  # each its own small network


@dataclass(frozen=True)
class Namespace:
    """Where services run that must be parted from the servers and not from those who ask them."""

    name: str

    @property
    def before(self) -> tuple[str, ...]:
        """What starts a program in there."""
        return ("ip", "netns", "exec", self.name)

    def ours(self, wire: str) -> str:
        """Our address at a wire."""
        return f"{WIRES[wire]}.1"

    def theirs(self, wire: str) -> str:
        """Their address at a wire."""
        return f"{WIRES[wire]}.2"

    @contextmanager
    def pulled(self, wire: str) -> Iterator[None]:
        """Pull a wire out. What is sent is lost; TCP sends it again, and gets it through later."""
        _ip("link", "set", _end(wire), "down")
        yield
        _ip("link", "set", _end(wire), "up")


def why_not() -> str | None:
    """Return why this machine cannot make a namespace, if it cannot."""
    if shutil.which("ip") is None:
        return "needs the program ip (iproute2)"
    try:
        with namespace():
            return None
    except subprocess.CalledProcessError as error:
        return f"may not make a network namespace: {error.stderr.strip()}"


@contextmanager
def namespace() -> Iterator[Namespace]:
    """Make it, with its wires; remove all of it at the end."""
    made = Namespace(NAME)
    _ip("netns", "add", NAME)
    try:
        _ip("-n", NAME, "link", "set", "lo", "up")
        for wire in WIRES:
            _ip("link", "add", _end(wire), "type", "veth", "peer", "name", wire, "netns", NAME)
            _ip("addr", "add", f"{made.ours(wire)}/24", "dev", _end(wire))
            _ip("link", "set", _end(wire), "up")
            _ip("-n", NAME, "addr", "add", f"{made.theirs(wire)}/24", "dev", wire)
            _ip("-n", NAME, "link", "set", wire, "up")
        yield made
    finally:
        with suppress(subprocess.CalledProcessError):
            _ip("netns", "delete", NAME)


def _end(wire: str) -> str:
    """Our end of a wire; the kernel allows fifteen letters."""
    return f"{wire[0]}{os.getpid()}"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)  # noqa: S603, S607
