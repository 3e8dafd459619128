"""What a service tells and hears over NATS, as AsyncAPI 3.0 says it."""

from __future__ import annotations

import asyncio
import re
from typing import Any, cast

from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, ConsumerInfo

from deploy.provision import DUPLICATES, KEPT, parts_of, provision_readers
from docs.services import facts_told, first_line
from shared.contracts import PARTITIONS, Fact
from shared.messaging import Policy
from shared.messaging.bus import PARKED
from shared.messaging.listen import PAUSES

ID = {"type": "string", "format": "uuid"}
PARAMETERS = {
    "partition": {
        "description": "FNV-1a 32 of the correlation, modulo the number of partitions."
        " The facts of one journey stay in order, because one partition is read one by one.",
        "enum": [f"{n:02d}" for n in range(PARTITIONS)],
    },
    "correlation": {
        "description": "The journey that the fact belongs to: the id of its first complaint."
    },
}


def document(service: str) -> dict[str, Any]:
    """Return the AsyncAPI document of one service."""
    parts = parts_of(service)
    told, policies = facts_told(service), parts.policies
    facts = told + [policy.fact for policy in policies]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": service.title(), "version": "1", "description": parts.about},
        "defaultContentType": "application/json",
        "channels": {_name(fact): _channel(fact) for fact in facts},
        "operations": {f"tell.{_name(fact)}": _tell(fact) for fact in told}
        | {f"hear.{_name(policy.fact)}": _hear(policy, service) for policy in policies},
        "components": {
            "parameters": PARAMETERS,
            "messages": {_name(fact): _message(fact) for fact in facts},
        },
    }


def _name(fact: type[Fact]) -> str:
    return f"{fact.stream()}.{fact.__name__}"


def _channel(fact: type[Fact]) -> dict[str, Any]:
    return {
        "address": fact.subject("{partition}", "{correlation}"),
        "description": first_line(fact),
        "messages": {fact.__name__: {"$ref": f"#/components/messages/{_name(fact)}"}},
        "parameters": {name: {"$ref": f"#/components/parameters/{name}"} for name in PARAMETERS},
        "x-nats-jetstream": {
            "stream": fact.stream(),
            "storage": "file",
            "keptForSeconds": KEPT,
            "duplicatesDroppedForSeconds": DUPLICATES,
        },
    }


def _message(fact: type[Fact]) -> dict[str, Any]:
    return {
        "name": fact.__name__,
        "summary": first_line(fact),
        "contentType": "application/json",
        "headers": headers_schema(fact),
        "payload": fact.model_json_schema(),
    }


def headers_schema(fact: type[Fact]) -> dict[str, Any]:
    """Describe the headers of a fact: CloudEvents 1.0, binary mode, and our own."""
    headers: dict[str, dict[str, Any]] = {
        "Nats-Msg-Id": ID | {"description": "The event's id; NATS drops what it has seen."},
        "ce-specversion": {"const": "1.0"},
        "ce-id": ID | {"description": "The event's id: the same fact told again has the same."},
        "ce-source": {"const": f"/aduan/{fact.stream()}"},
        "ce-type": {"const": f"id.aduan.{fact.stream()}.{fact.__name__}"},
        "ce-subject": ID | {"description": "The aggregate that the event belongs to."},
        "ce-time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "ce-datacontenttype": {"const": "application/json"},
        "ce-correlationid": ID | {"description": "The journey, as in the subject."},
        "ppa-index": {
            "type": "string",
            "pattern": r"^\d+$",
            "description": "The event's place in the publisher's log.",
        },
        "ppa-previous": {
            "type": "string",
            "pattern": r"^(\d+|-)$",
            "description": "The index of the partition's fact before this one, or - for the first.",
        },
        "ppa-previous-of": {
            "type": "string",
            "pattern": r"^((\w+|\*)=\d+( (\w+|\*)=\d+)*|-)$",
            "description": "The same for each kind of fact, so that who hears some of them only"
            " notices what is missing; * stands for all kinds.",
        },
    }
    return {"type": "object", "properties": headers, "required": list(headers)}


def _tell(fact: type[Fact]) -> dict[str, Any]:
    return {
        "action": "send",
        "summary": "Published in the order of the log, until JetStream has it on disk.",
    } | _refs(fact)


def _hear(policy: Policy, service: str) -> dict[str, Any]:
    return {
        "action": "receive",
        "summary": first_line(policy.react),
        "x-nats-jetstream": _reader(service, policy.fact.stream()),
    } | _refs(policy.fact)


def _refs(fact: type[Fact]) -> dict[str, Any]:
    channel = f"#/channels/{_name(fact)}"
    return {
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{fact.__name__}"}],
    }


def _reader(service: str, stream: str) -> dict[str, Any]:
    """Describe the durables of one service on one stream, as the provisioner makes them."""
    config = next(each for source, each in _durables(service) if source == stream)
    durable = _any_partition(config.durable_name or "")
    return {
        "stream": stream,
        "durable": durable,
        "filterSubjects": [_any_partition(each) for each in config.filter_subjects or []],
        "ackPolicy": config.ack_policy,
        "ackWaitSeconds": config.ack_wait,
        "maxAckPending": config.max_ack_pending,
        "maxDeliver": config.max_deliver,
        "triedAgainAfterSeconds": list(PAUSES),
        "parkedAt": f"{PARKED}.{durable}.{{correlation}}",
    }


def _durables(service: str) -> list[tuple[str, ConsumerConfig]]:
    notes = _Notes()
    asyncio.run(provision_readers(cast(JetStreamContext, notes), service))
    return notes.made


class _Notes:
    """Stands in for JetStream, and notes which durables the provisioner would make."""

    def __init__(self) -> None:
        self.made: list[tuple[str, ConsumerConfig]] = []

    async def consumers_info(self, _: str) -> list[ConsumerInfo]:
        """Know of none, so that all are made."""
        return []

    async def add_consumer(self, stream: str, config: ConsumerConfig) -> None:
        """Note one durable."""
        self.made.append((stream, config))


def _any_partition(text: str) -> str:
    """Write ``{partition}`` where the first partition is named."""
    return re.sub(r"(?<=[.-])00(?=$|\.)", "{partition}", text)
