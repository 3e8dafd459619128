"""What ties somebody to a case: the relations that the rules of access speak of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.access.identity import Subject

UNIT = "unit"
OWN_OFFICER = "own_officer"
WAITING = "waiting"
OWN_COUNSELOR = "own_counselor"
OWN_AGENCY = "own_agency"
BREAK_GLASS = "break_glass"
LINKED_OFFICER = "linked_officer"
RECORD_GRANTED = "record_granted"
SELF = "self"
ANOTHER = "another"
OWN_CLOCK = "own_clock"
INVOLVED = "involved"
OWN_CONTACT = "own_contact"
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What an action is about, by those who are tied to it. A row of a view gives it."""

    name: str = "Nothing"  # as a 404 calls it: the same whether it is not there or not yours
    officer_ids: frozenset[str] = NOBODY  # who identifies it and has not handed it on
    is_waiting: bool = False  # no officer has taken it up
    counselor_id: str | None = None
    agency_id: str | None = None
    staff_id: str | None = None  # whom it is about, or who asked for it
    timed_id: str | None = None  # whose time runs
    involved_id: str | None = None  # who wrote it down, or to whom it was done
    operator_id: str | None = None  # who is taking it down and has not handed it on
    conflicted: frozenset[str] = NOBODY  # related to a party: for them it does not exist
    broken_by: frozenset[str] = NOBODY  # whose break-glass runs
    linked_by: frozenset[str] = NOBODY  # who identifies a further complaint about it
    granted_to: frozenset[str] = NOBODY  # to whom its record is open


NOTHING = Resource()  # of an action that is about no case

HOLDS: dict[str, Callable[[Subject, Resource], bool]] = {
    UNIT: lambda _, __: True,
    OWN_OFFICER: lambda who, what: who.id in what.officer_ids,
    WAITING: lambda _, what: what.is_waiting,
    OWN_COUNSELOR: lambda who, what: who.id == what.counselor_id,
    OWN_AGENCY: lambda who, what: who.agency is not None and who.agency == what.agency_id,
    BREAK_GLASS: lambda who, what: who.id in what.broken_by,
    LINKED_OFFICER: lambda who, what: who.id in what.linked_by,
    RECORD_GRANTED: lambda who, what: who.id in what.granted_to,
    SELF: lambda who, what: who.id == what.staff_id,
    ANOTHER: lambda who, what: what.staff_id is not None and who.id != what.staff_id,
    OWN_CLOCK: lambda who, what: who.id == what.timed_id,
    INVOLVED: lambda who, what: who.id == what.involved_id,
    OWN_CONTACT: lambda who, what: who.id == what.operator_id,
}
OPENLY_REFUSED = {SELF, ANOTHER}  # she knows that it is there: hiding it would only confuse
WORDS = {  # Indonesian, English
    UNIT: ("semua", "any"),
    OWN_OFFICER: (
        "yang ia identifikasi, sampai diserahkan ke konselor atau lembaga lain",
        "what she identifies, until a counselor or an agency has it",
    ),
    WAITING: ("yang belum diambil petugas mana pun", "what no officer has taken up"),
    OWN_COUNSELOR: ("yang ia dampingi", "what she was assigned"),
    OWN_AGENCY: ("yang dirujuk ke lembaganya", "what was referred to its agency"),
    BREAK_GLASS: ("akses darurat, 60 menit, satu kasus", "break-glass, 60 minutes, one case"),
    LINKED_OFFICER: (
        "kasus lama yang menjadi pokok pengaduan yang ia identifikasi",
        "the old case that a complaint she identifies is about",
    ),
    RECORD_GRANTED: (
        "berkas kasus lama yang ia ambil, paling lama 24 jam",
        "the record of an old case that she fetched, 24 hours at most",
    ),
    SELF: ("hanya tentang dirinya sendiri", "only about herself"),
    OWN_CLOCK: ("batas waktunya sendiri", "her own time limits"),
    INVOLVED: ("yang ia tulis atau alami sendiri", "what she wrote, or what was done to her"),
    OWN_CONTACT: (
        "yang sedang ia catat, sampai diserahkan",
        "what she is taking down, until it is handed over",
    ),
    ANOTHER: ("hanya bila diminta orang lain", "only what somebody else asked for"),
}
