"""Who may do what with complaints, cases, casework and referrals."""

from __future__ import annotations

from shared.access.relations import (
    ANOTHER,
    BREAK_GLASS,
    OWN_AGENCY,
    OWN_COUNSELOR,
    OWN_OFFICER,
    SELF,
    UNIT,
    WAITING,
)
from shared.access.rule import ANYBODY, Rule

OFFICER, COUNSELOR, SUPERVISOR = "identification_officer", "counselor", "supervisor"
DESK = "operator identification_officer supervisor"
NEEDED, NOT_MORE = "PDP art. 16(2)", "PDP art. 35, 39"
EMERGENCY = (
    "Dalam keadaan darurat, dengan alasan tertulis; ditinjau supervisor lain.",
    "In an emergency, for a written reason that another supervisor reviews.",
    "security 4.3",
)
HERS = (
    "Ia mendampingi korban dan menjawab atas kasus ini.",
    "She accompanies the victim and answers for the case.",
    "standard 3.6",
)
DECIDING = (
    "Untuk memutuskan jenis, lokus dan kegentingan pengaduan yang ia tangani.",
    "To decide what the complaint she handles is, where and how urgent.",
    "standard 3.3",
)
OVERSEEING = (
    "Untuk mengawasi; tujuan dinyatakan dan setiap pembukaan dicatat.",
    "To oversee; she says for what, and each opening is recorded.",
    NOT_MORE,
)
CODES = (
    "Hanya kode dan waktu, tanpa data pribadi, agar rekan dapat menggantikan.",
    "Codes and times only, nothing personal, so that a colleague can step in.",
    NEEDED,
)

COMPLAINTS = (
    Rule(
        "complaint.receive",
        "operator",
        UNIT,
        "Loket dan pusat panggilan menerima pengaduan.",
        "The counter and the call center take complaints.",
        "standard 3.1",
    ),
    Rule(
        "complaint.submit",
        ANYBODY,
        UNIT,
        "Setiap orang boleh mengadu lewat situs, tanpa akun.",
        "Anybody may complain through the website, without an account.",
        "standard 3.2",
    ),
    Rule("complaint.read", DESK, UNIT, *CODES),
    Rule("complaint.read", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("complaint.read", COUNSELOR, BREAK_GLASS, *EMERGENCY),
    Rule("complaint.open_personal", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("complaint.open_personal", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("complaint.open_personal", SUPERVISOR, UNIT, *OVERSEEING),
    Rule("complaint.open_personal", f"{OFFICER} {COUNSELOR}", BREAK_GLASS, *EMERGENCY),
    Rule(
        "status.ask",
        ANYBODY,
        UNIT,
        "Pemegang kode dan PIN boleh tahu sejauh mana pengaduannya.",
        "Whoever holds code and PIN may know how far the complaint is.",
        "standard 6.3",
    ),
)
TRIAGE = (
    Rule("identification.list", f"{OFFICER} {SUPERVISOR}", UNIT, *CODES),
    Rule(
        "identification.take",
        OFFICER,
        UNIT,
        "Setiap petugas mengambil pengaduan dari antrean bersama.",
        "Every officer takes complaints from the one queue.",
        "standard 2.b",
    ),
    Rule("case.choose", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("case.choose", OFFICER, WAITING, *DECIDING),
    Rule("case.classify", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("case.classify", OFFICER, WAITING, *DECIDING),
    Rule("case.read", f"{OFFICER} {SUPERVISOR}", UNIT, *CODES),
    Rule("case.read", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("case.read", COUNSELOR, BREAK_GLASS, *EMERGENCY),
    Rule("case.open_personal", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("case.open_personal", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("case.open_personal", SUPERVISOR, UNIT, *OVERSEEING),
    Rule("case.open_personal", f"{OFFICER} {COUNSELOR}", BREAK_GLASS, *EMERGENCY),
    Rule(
        "case.history.open_personal",
        SUPERVISOR,
        UNIT,
        "Untuk meninjau formulir dan dasar keputusan yang sudah diganti.",
        "To review forms and bases of decisions that were replaced.",
        NOT_MORE,
    ),
)
TRUST = (
    Rule(
        "conflict.declare",
        f"{OFFICER} {COUNSELOR}",
        SELF,
        "Yang berhubungan dengan salah satu pihak menyatakannya sendiri.",
        "Whoever is related to a party says so of herself.",
        "UU 30/2014 art. 42-43",
    ),
    Rule(
        "conflict.declare",
        SUPERVISOR,
        UNIT,
        "Supervisor mencatat bahwa seorang staf berhubungan dengan salah satu pihak.",
        "A supervisor records that a member of staff is related to a party.",
        "UU 30/2014 art. 42-43",
    ),
    Rule("glass.break", f"{OFFICER} {COUNSELOR} {SUPERVISOR}", UNIT, *EMERGENCY),
    Rule(
        "glass.list",
        SUPERVISOR,
        UNIT,
        "Supervisor segera tahu akses darurat mana yang terjadi.",
        "A supervisor knows at once which glass was broken.",
        "security 4.3",
    ),
    Rule(
        "glass.review",
        SUPERVISOR,
        ANOTHER,
        "Bukan yang memakainya, melainkan supervisor lain yang menilai, dalam tiga hari.",
        "Not who used it but another supervisor judges it, within three days.",
        "security 4.3",
    ),
    Rule(
        "glass.open_personal",
        SUPERVISOR,
        ANOTHER,
        "Untuk menilai alasan tertulis akses darurat orang lain.",
        "To judge the reason that somebody else wrote for it.",
        "security 4.3",
    ),
)
CASEWORK = (
    Rule("casework.list", f"{OFFICER} {SUPERVISOR}", UNIT, *CODES),
    Rule("casework.list", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("casework.list", COUNSELOR, BREAK_GLASS, *EMERGENCY),
    Rule(
        "casework.assign",
        SUPERVISOR,
        UNIT,
        "Supervisor memutuskan siapa yang mendampingi bila aturan tidak dapat.",
        "A supervisor decides who accompanies where no rule can.",
        "standard 3.6",
    ),
    Rule("casework.open_personal", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("casework.open_personal", f"{OFFICER} {COUNSELOR} {SUPERVISOR}", BREAK_GLASS, *EMERGENCY),
)
REFERRALS = (
    Rule("referral.list", f"referral_officer {SUPERVISOR}", UNIT, *CODES),
    Rule("referral.list", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("referral.list", COUNSELOR, BREAK_GLASS, *EMERGENCY),
    Rule("need.list", f"referral_officer {SUPERVISOR}", UNIT, *CODES),
    Rule(
        "referral.make",
        "referral_officer",
        UNIT,
        "Petugas rujukan memutuskan lembaga mana bila aturan tidak dapat.",
        "A referral officer decides which agency where no rule can.",
        "standard 3.4",
    ),
    Rule(
        "referral.open_personal",
        "referral_officer",
        UNIT,
        "Untuk membaca dasar rujukan yang ia urus.",
        "To read the basis of the referrals she sees to.",
        "standard 3.4",
    ),
    Rule("referral.open_personal", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("referral.open_personal", SUPERVISOR, UNIT, *OVERSEEING),
    Rule("referral.open_personal", COUNSELOR, BREAK_GLASS, *EMERGENCY),
    Rule(
        "agency.referral.list",
        "agency",
        OWN_AGENCY,
        "Lembaga melihat rujukannya sendiri, dan hanya yang diungkapkan kepadanya.",
        "An agency sees its own referrals, and of them only what is disclosed to it.",
        NOT_MORE,
    ),
)

CASES = (*COMPLAINTS, *TRIAGE, *TRUST, *CASEWORK, *REFERRALS)
