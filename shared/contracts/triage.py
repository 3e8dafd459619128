"""What triage tells the others."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.contracts import Fact


class CaseClassified(Fact):
    """It was decided whether it is violence against women or children, where, and what follows."""

    case_id: UUID
    complaint_id: UUID
    registration_no: str
    case_kind: str
    subkind: str | None = None
    vawc: bool
    locus: str
    locus_code: str | None = None
    victim_in_city: bool | None = None
    victim_code: str | None = None
    urgency: str
    violence: tuple[str, ...]
    tpks: bool
    child: bool | None = None
    age_band: str | None = None
    route: tuple[str, ...]
    needs: tuple[str, ...]
    referral_consent: bool
    linked: tuple[tuple[UUID, str], ...] = ()  # further complaints of the case, and their subkind
    classified_at: datetime
    rule_version: str


class Classification(BaseModel):
    """What was decided about a case, by its codes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    vawc: bool
    locus: str
    locus_code: str | None = None
    urgency: str
    tpks: bool
    route: tuple[str, ...]
    needs: tuple[str, ...]


class CaseReclassified(Fact):
    """What was decided about a case is decided anew: what is missing starts, what is moot ends."""

    case_id: UUID
    complaint_id: UUID
    registration_no: str
    before: Classification
    after: Classification
    started: tuple[str, ...]  # steps of the route that are new
    ended: tuple[str, ...]  # steps of the route that are no more
    victim_in_city: bool | None = None
    victim_code: str | None = None
    violence: tuple[str, ...]
    child: bool | None = None
    age_band: str | None = None
    referral_consent: bool
    linked: tuple[tuple[UUID, str], ...] = ()
    reason: str  # code: new_facts, wrong_locus, supervisor, appeal …
    classified_at: datetime
    rule_version: str


class ComplaintUnlinked(Fact):
    """A complaint was taken for one about this case, and is not: undo what followed."""

    case_id: UUID
    complaint_id: UUID


class VictimCodes(BaseModel):
    """Somebody who was hurt: nothing that says who she is."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person_id: UUID
    age_band: str | None = None
    child: bool


class CaseFormFilled(Fact):
    """The form of a case was filled in, or replaced: its victims are these now."""

    case_id: UUID
    victims: tuple[VictimCodes, ...]


class ExistingCaseReported(Fact):
    """A complaint concerns a case we already know."""

    case_id: UUID
    complaint_id: UUID
    subkind: str


class ComplaintTakenUp(Fact):
    """An officer identifies the complaint; what was told is open to her meanwhile."""

    complaint_id: UUID
    officer_id: str
    taken_at: datetime


class ComplaintReleased(Fact):
    """An officer identifies the complaint no more: what was told is not open to her any longer."""

    complaint_id: UUID
    officer_id: str
    released_at: datetime


class ConflictDeclared(Fact):
    """A member of staff is related to a party of the case and must see nothing of it."""

    case_id: UUID  # or of the complaint, where it was declared before there was a case
    staff_id: str


class GlassBroken(Fact):
    """A member of staff took emergency access to the case until a time."""

    case_id: UUID
    grant_id: UUID
    staff_id: str
    until: datetime


class GlassMended(Fact):
    """Emergency access to the case ended before its time: it was judged not to be right."""

    case_id: UUID
    grant_id: UUID


class ErasureRequested(Fact):
    """Somebody asked to forget a person: close what you have of her at once."""

    person_id: UUID
    case_id: UUID | None = None  # none: only that complaint
    complaint_ids: tuple[UUID, ...]  # all that were told about the case
    persons: tuple[UUID, ...]  # herself, and with the story those who told it as victims
    role: str
    story: bool  # what was told in the case goes with her: she is its last victim


class ErasureWithdrawn(Fact):
    """She is not to be forgotten after all: open it again."""

    person_id: UUID
    case_id: UUID | None = None  # none: only that complaint
    complaint_ids: tuple[UUID, ...]  # all that were told about the case
    persons: tuple[UUID, ...]  # herself, and with the story those who told it as victims
    role: str
    story: bool  # what was told in the case goes with her: she is its last victim


class PersonErased(Fact):
    """Forget her now: destroy her keys."""

    person_id: UUID
    case_id: UUID | None = None  # none: only that complaint
    complaint_ids: tuple[UUID, ...]  # all that were told about the case
    persons: tuple[UUID, ...]  # herself, and with the story those who told it as victims
    role: str
    story: bool  # what was told in the case goes with her: she is its last victim


class LegalHoldPlaced(Fact):
    """Her data are needed in a legal case: destroy nothing of it, whatever you are told."""

    person_id: UUID
    case_id: UUID | None = None  # none: only that complaint
    complaint_ids: tuple[UUID, ...]
    persons: tuple[UUID, ...]
    role: str
    story: bool


class LegalHoldLifted(Fact):
    """The legal case is over: what no other hold keeps may be destroyed again."""

    person_id: UUID


class ErasureRefused(Fact):
    """Triage was told to forget a person and did not, because of a legal hold."""

    person_id: UUID


class SubjectKeysDestroyed(Fact):
    """The keys of a person, and of what was told about her, are no more in triage."""

    person_id: UUID
    keys: int


class ClockBreached(Fact):
    """A time limit is over and what it was for is not done."""

    rule: str
    rule_version: str
    about: UUID
    complaint_id: UUID | None = None
    case_id: UUID | None = None
    due_at: datetime
