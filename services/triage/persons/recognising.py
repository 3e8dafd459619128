"""Recognises people in the versions of a case form: by comparing what is sealed, showing nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import TypeAdapter

from services.triage.domain import Case, CaseForm, Perpetrator, Victim
from services.triage.domain.sameness import Traits, all_of, recognise
from shared.access.door import Likeness, likenesses
from shared.eventstore import Cause, EventStore
from shared.privacy import Personal
from shared.privacy.places import texts

Role: TypeAlias = Literal["victims", "perpetrators"]
Marks: TypeAlias = Mapping[str, Likeness | None]
ROLES: dict[str, Role] = {"victim": "victims", "perpetrator": "perpetrators"}
WHO = ("full_name", "nik", "born_on")  # what tells who somebody is
PURPOSE = "recognition"
CODES = TypeAdapter(CaseForm)  # dumps every personal text as the same mask


async def recognised(
    store: EventStore, cause: Cause, case: Case, form: CaseForm, now: datetime
) -> CaseForm:
    """Return a new form with the ids of those whom an earlier one of the case names already.

    It is the form of the case itself where nothing is new.
    """
    latest = case.form
    if latest is None:
        return form
    told = _by_which(case) | dict(texts(latest, _last(case))) | dict(texts(form, "new"))
    marks = await likenesses(
        store,
        cause.about(case.complaint_ids[0]),
        about=case.id,
        texts=told,
        purpose=PURPOSE,
        now=now,
    )
    if _is_the_same(form, latest, marks, _last(case)):
        return latest
    return replace(
        form,
        victims=tuple(
            replace(each, person_id=id)
            for each, id in zip(form.victims, _ids(case, form, "victims", marks), strict=True)
        ),
        perpetrators=tuple(
            replace(each, person_id=id)
            for each, id in zip(
                form.perpetrators, _ids(case, form, "perpetrators", marks), strict=True
            )
        ),
    )


async def ids_of(
    store: EventStore, cause: Cause, case: Case, person_id: UUID, now: datetime
) -> list[UUID]:
    """Return all ids that one person of a case has in the versions of its form, this one first."""
    role = next(
        (r for r in ROLES.values() for form in case.forms if person_id in _in(form, r)), None
    )
    if role is None:
        return [person_id]
    forms = [_in(form, role) for form in case.forms]
    if set().union(*forms) == set().union(*(ids for ids in forms if person_id in ids)):
        return [person_id]  # everybody else stands beside her: nothing needs to be opened
    marks = await likenesses(
        store,
        cause.about(case.complaint_ids[0]),
        about=case.id,
        texts=_by_which(case, role),
        purpose=PURPOSE,
        now=now,
    )
    rows = [_row(form, role, f"forms.{n}", marks) for n, form in enumerate(case.forms)]
    return all_of(person_id, rows)


def _ids(case: Case, form: CaseForm, role: Role, marks: Marks) -> list[UUID | None]:
    rows = [_row(each, role, f"forms.{n}", marks) for n, each in enumerate(case.forms)]
    known: dict[UUID | None, Traits] = {}
    for row in reversed(rows):  # as last told
        for each in row:
            known.setdefault(each.person_id, each)
    known.pop(None, None)  # forms of the first days name nobody by id
    return recognise(_row(form, role, "new", marks), list(known.values()), rows[-1])


def _row(form: CaseForm, role: Role, at: str, marks: Marks) -> list[Traits]:
    people: tuple[Victim | Perpetrator, ...] = getattr(form, role)
    return [_traits(each, f"{at}.{role}.{n}", marks) for n, each in enumerate(people)]


def _traits(person: Victim | Perpetrator, at: str, marks: Marks) -> Traits:
    found = {name: marks[f"{at}.{name}"] for name in WHO if f"{at}.{name}" in marks}
    mark = {name: each.loose for name, each in found.items() if each}
    return Traits(
        person_id=person.person_id,
        sex=person.sex,
        age_band=person.age_band if isinstance(person, Victim) else None,
        name=mark.get("full_name"),
        nik=mark.get("nik"),
        born_on=mark.get("born_on"),
        is_forgotten=None in found.values(),
    )


def _by_which(case: Case, role: Role | None = None) -> dict[str, Personal]:
    """Return the texts of all forms that tell who somebody is, by their paths."""
    return {
        path: text
        for path, text in texts(case.forms, "forms")
        if path.rpartition(".")[2] in WHO and (role is None or path.split(".")[2] == role)
    }


def _is_the_same(form: CaseForm, latest: CaseForm, marks: Marks, at: str) -> bool:
    """Say whether two forms tell the same, to the letter."""
    if _codes(form, latest) != _codes(latest, latest):
        return False
    new = {path: marks[f"new.{path}"] for path, _ in texts(form)}
    old = {path: marks[f"{at}.{path}"] for path, _ in texts(latest)}
    return None not in old.values() and new == old


def _codes(form: CaseForm, latest: CaseForm) -> object:
    """Return what of a form is no personal text; whoever comes without an id has that of then."""
    dumped: dict[str, list[dict[str, object]]] = CODES.dump_python(form, mode="json")
    for role in ROLES.values():
        for each, was in zip(dumped[role], getattr(latest, role), strict=False):
            each["person_id"] = each["person_id"] or (was.person_id and str(was.person_id))
    return dumped


def _in(form: CaseForm, role: Role) -> set[UUID | None]:
    return {each.person_id for each in getattr(form, role)}


def _last(case: Case) -> str:
    return f"forms.{len(case.forms) - 1}"
