"""No person is in this repository, and no personal text shows itself by accident."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from uuid import UUID

import pytest
import structlog
from eventsourcing.domain import Aggregate, event
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python

from deploy.provision import SERVICES, parts_of
from docs.services import aggregates, app_of, facts_told, personal_in, views
from shared.eventstore import Cause, new_id
from shared.eventstore.codec import Codec, events_of
from shared.eventstore.memory import MemoryKeys
from shared.privacy import Personal, Text
from shared.privacy.sealing import CannotOpen, unseal
from shared.web.forms import Form
from shared.web.service import speak_json
from tests.services import PROJECT

SIXTEEN = re.compile(r"(?<![\w-])\d{4}([ .-]?)\d{4}\1\d{4}\1\d{4}(?![\w-])")
NOBODY = "357399"  # a district that does not exist, so nobody's NIK begins with it
MOBILE = re.compile(r"(?<![\w.-])(?:\+?62[ -]?|0)8\d{1,2}[ .-]?\d{3,4}[ .-]?\d{3,5}(?![\w-])")
NOBODYS = re.compile(r"0812-0000-01\d\d")  # the only numbers we let anybody in a story have
SECRET = "Sumarni"
HER = Personal(SECRET)


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Every text that is in the repository, or would be with the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, check=True)  # noqa: S603
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (path := PROJECT / name).is_file():
            yield name, path.read_text(errors="replace")


def niks_in(text: str) -> list[str]:
    found = (match[0] for match in SIXTEEN.finditer(text))
    return [each for each in found if not re.sub(r"\D", "", each).startswith(NOBODY)]


def mobiles_in(text: str) -> list[str]:
    return [match[0] for match in MOBILE.finditer(text) if not NOBODYS.fullmatch(match[0])]


def test_no_file_holds_a_nik_or_a_phone_number_that_could_be_somebodys() -> None:
    found = [(name, niks_in(text) + mobiles_in(text)) for name, text in tracked_texts()]
    assert [(name, numbers) for name, numbers in found if numbers] == []


def test_a_number_of_somebody_would_be_noticed() -> None:
    """Written in pieces, because this file is searched too."""
    nik = "3573" + "0541" + "0392" + "0001"
    assert niks_in(f"nik = {nik}; 3573990000000001") == [nik]
    assert niks_in(" ".join(re.findall("....", nik)))
    for phone in ("0812-" + "3456-7890", "0857" + "12345678", "+62 " + "812 3456 7890"):
        assert mobiles_in(f"call {phone} or 0812-0000-0101") == [phone]


@dataclass(frozen=True)
class Somebody:
    """A person as a domain keeps her."""

    name: Personal
    phones: tuple[Personal, ...] = ()


class SomebodyForm(Form):
    """A person as a request brings her."""

    name: Annotated[Personal, Text(4)]


class SomebodyRow(BaseModel):
    """A person as a view must not show her."""

    name: Personal


SHOWN: list[Any] = [
    pytest.param(lambda: repr(HER), id="repr"),
    pytest.param(lambda: str(HER), id="str"),
    pytest.param(lambda: f"{HER} {HER!r} {HER!s}", id="f-string"),
    pytest.param(lambda: "%s %r" % (HER, HER), id="percent"),  # noqa: UP031 as logging does it
    pytest.param(lambda: "{} {!r}".format(HER, HER), id="format"),  # noqa: UP032
    pytest.param(lambda: json.dumps({"name": HER}, default=str), id="json"),
    pytest.param(lambda: repr(Somebody(HER, (HER,))), id="dataclass"),
    pytest.param(lambda: repr(asdict(Somebody(HER, (HER,)))), id="asdict"),
    pytest.param(lambda: repr(SomebodyRow(name=HER)), id="model"),
    pytest.param(lambda: repr(SomebodyRow(name=HER).model_dump()), id="model_dump"),
    pytest.param(lambda: SomebodyRow(name=HER).model_dump_json(), id="model_dump_json"),
    pytest.param(lambda: TypeAdapter(Somebody).dump_json(Somebody(HER)).decode(), id="adapter"),
    pytest.param(lambda: repr(to_jsonable_python(Somebody(HER), fallback=repr)), id="jsonable"),
    pytest.param(lambda: shown_by_exception(), id="exception"),
    pytest.param(lambda: shown_by_structlog(), id="structlog"),
    pytest.param(lambda: shown_by_logging(), id="logging"),
]


@pytest.mark.parametrize("show", SHOWN)
def test_a_personal_text_is_covered_however_it_is_shown(show: Any) -> None:
    shown = show()
    assert SECRET not in shown
    assert "[personal]" in shown


def shown_by_exception() -> str:
    try:
        raise ValueError(HER, Somebody(HER))
    except ValueError as error:
        return "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )


def shown_by_structlog() -> str:
    speak_json()
    stream = io.StringIO()
    log = structlog.wrap_logger(structlog.PrintLogger(stream), cache_logger_on_first_use=False)
    log.info("told", name=HER, who=Somebody(HER), both=[HER])
    return stream.getvalue()


def shown_by_logging() -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "%s %r", (HER, HER), None)
    handler.emit(record)
    return stream.getvalue()


def test_json_does_not_take_it_unasked() -> None:
    with pytest.raises(TypeError) as refused:
        json.dumps({"name": HER})
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("sent", [{"name": SECRET}, {"name": HER, "unasked": SECRET}, SECRET])
def test_a_refused_request_does_not_repeat_what_was_sent(sent: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        SomebodyForm.model_validate(sent)
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(refused.value)


def test_two_of_the_same_text_are_equal_and_others_are_not() -> None:
    assert Personal(SECRET) == HER
    assert hash(Personal(SECRET)) == hash(HER)
    assert Personal("Slamet") != HER
    assert SECRET != HER
    assert len({HER, Personal(SECRET)}) == 1


class Story(Aggregate):
    """Something somebody told."""

    @dataclass(frozen=True)
    class StoryTold(Aggregate.Created):
        """Somebody told it."""

        who: Somebody
        note: Personal | None

    @event(StoryTold)
    def __init__(self, id: UUID, who: Somebody, note: Personal | None) -> None:
        self.who = who
        self.note = note


def test_the_event_store_keeps_it_sealed_and_only_its_key_and_place_open_it() -> None:
    codec, id = Codec(Story), new_id()
    (told,) = Story(new_id(), Somebody(HER, (HER,)), None).collect_events()
    cause = Cause(handler="x", message_id="x", actor="public").about(new_id())
    draft, key = codec.draft(told), MemoryKeys().take()
    body = codec.encode(draft, cause, id, {told.originator_id: key}, {key.id})
    assert SECRET not in body
    assert json.loads(body)["sealed"] == ["who.name", "who.phones.0"]
    again, _ = codec.decode(draft.name, body, told.originator_id, told.originator_version, id)
    assert SECRET not in repr(again)
    assert codec.masked(again)["who"] == {"name": "[personal]", "phones": ["[personal]"]}
    sealed = vars(again)["who"].name.sealed
    place: dict[str, Any] = {"event_id": id, "event_type": "StoryTold", "path": "who.name"}
    assert unseal(key, sealed.token, **place) == SECRET
    for moved in ({"event_id": new_id()}, {"event_type": "Other"}, {"path": "who.phones.0"}):
        with pytest.raises(CannotOpen):
            unseal(key, sealed.token, **place | moved)


def test_what_is_stored_already_is_not_stored_a_second_time() -> None:
    codec, id = Codec(Story), new_id()
    (told,) = Story(new_id(), Somebody(HER), None).collect_events()
    cause = Cause(handler="x", message_id="x", actor="public").about(new_id())
    body = codec.encode(
        codec.draft(told), cause, id, {told.originator_id: MemoryKeys().take()}, set()
    )
    again, _ = codec.decode("StoryTold", body, told.originator_id, 1, id)
    with pytest.raises(PydanticSerializationError, match="stored already"):
        codec.draft(again)


def test_the_personal_fields_of_a_type_are_found_however_deep() -> None:
    assert list(personal_in(Somebody)) == ["name", "phones"]
    assert list(personal_in(SomebodyForm)) == ["name"]
    assert list(personal_in(Story.StoryTold)) == ["who.name", "who.phones", "note"]


@pytest.mark.parametrize("service", SERVICES)
def test_no_fact_and_no_view_holds_a_personal_text(service: str) -> None:
    rows = views(service)
    assert rows
    for kind in facts_told(service) + rows:
        assert list(personal_in(kind)) == [], kind


@pytest.mark.parametrize("service", SERVICES)
def test_no_answer_holds_a_personal_text(service: str) -> None:
    for route in iter_route_contexts(app_of(service).routes):
        assert list(personal_in(getattr(route, "response_model", None))) == [], route.path


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_personal_in_an_event_has_no_column_and_no_place_in_a_fact(service: str) -> None:
    """A field may also be told by mistake as a plain text; then its name tells."""
    covered = {
        path.rpartition(".")[2]
        for kind in aggregates(service)
        for _, happened in events_of(kind)
        for path in personal_in(happened)
    }
    columns = set(re.findall(r"^\s+(\w+)\s", parts_of(service).schema, re.MULTILINE))
    told = {name for fact in facts_told(service) for name in fact.model_fields}
    assert covered & (columns | told) == set()


def test_some_fields_are_covered_at_all() -> None:
    covered = {
        s: [p for k in aggregates(s) for _, e in events_of(k) for p in personal_in(e)]
        for s in SERVICES
    }
    assert "told.narrative" in covered["intake"]
    assert "form.victims.nik" in covered["triage"]
    assert "basis" in covered["referral"]
    assert "basis" in covered["counseling"]
