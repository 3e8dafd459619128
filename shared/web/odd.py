"""What is odd in a request that is stored all the same: told by field and code, never by value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import Annotated

from pydantic import BaseModel

from shared.contracts.codes import In
from shared.contracts.regions import is_known
from shared.privacy import Personal
from shared.privacy.nik import check_kk, check_nik, digits_of
from shared.privacy.phones import check_phone


class Oddity(BaseModel):
    """Something to look at again. A wrong number must never lose a complaint (R-INT)."""

    field: str
    code: Annotated[str, In("warning")]


def odd_nik(
    field: str,
    nik: Personal | None,
    status: str | None,
    *,
    on: date,
    born_on: date | None = None,
    sex: str | None = None,
) -> Iterator[Oddity]:
    """Yield what is odd in a NIK beside what was told with it, on a day in Malang."""
    if nik is None:
        return
    check = partial(check_nik, on=on, is_known=is_known, born_on=born_on, sex=sex)
    yield from _each(field, nik.checked_by(check).doubts)
    if status is not None:
        yield Oddity(field=field, code="STATUS_CONTRADICTS")


def odd_kk(field: str, kk: Personal | None, nik: Personal | None = None) -> Iterator[Oddity]:
    """Yield what is odd in the number of a family card. One that is her NIK is no such number."""
    if kk is None:
        return
    checked = kk.checked_by(partial(check_kk, is_known=is_known))
    yield from _each(field, checked.doubts)
    is_nik = nik is not None and checked.digits == nik.checked_by(digits_of) is not None
    if is_nik and "LOOKS_LIKE_NIK" not in checked.doubts:
        yield Oddity(field=field, code="LOOKS_LIKE_NIK")


def odd_phone(field: str, phone: Personal | None) -> Iterator[Oddity]:
    """Yield what is odd in a telephone number."""
    if phone is not None:
        yield from _each(field, phone.checked_by(check_phone))


def odd_region(field: str, code: str | None) -> Iterator[Oddity]:
    """Yield what is odd in the code of a region."""
    if code is not None and not is_known(code):
        yield Oddity(field=field, code="REGION_UNKNOWN")


def is_brief(text: Personal, least: int) -> bool:
    """Say whether a text has fewer characters: two people may then have written it by chance."""
    return text.checked_by(len) < least


def _each(field: str, codes: Iterable[str]) -> Iterator[Oddity]:
    return (Oddity(field=field, code=code) for code in codes)
