"""Who may do what with the standard, the rules of the house, people's rights, and their conduct."""

from __future__ import annotations

from shared.access.relations import ANOTHER, INVOLVED, OWN_COUNSELOR, SELF, UNIT
from shared.access.rule import ANYBODY, Rule
from shared.access.rules_about_cases import CODES, COUNSELOR, DESK, HERS, OVERSEEING, SUPERVISOR

STAFF = (
    "operator identification_officer referral_officer counselor supervisor privacy_officer"
    " auditor admin"
)
COUNTER = "operator identification_officer"
PUBLISHED = (
    "Standar pelayanan dan peraturan terbuka bagi semua orang.",
    "The service standard and the rules are open to everybody.",
    "UU 25/2009 art. 22",
)
WRITTEN = (
    "Supervisor menyusun versi baru; versi yang berlaku tidak pernah diubah.",
    "A supervisor writes a new version; one that holds is never edited.",
    "standard 9.1",
)
AGREED = (
    "Yang berlaku bagi semua disetujui oleh orang kedua.",
    "What holds for everybody is agreed to by a second person.",
    "standard 9.1",
)
TOLD = (
    "Siapa yang melayani korban memberi tahu haknya dan mencatatnya.",
    "Whoever serves her tells her what her rights are, and notes it.",
    "standard 6.2, 8.1",
)
DUTIES = (
    "Kewajiban dibacakan dan jawabannya dicatat; layanan tidak bergantung padanya.",
    "Duties are read out and the answer is noted; no service depends on it.",
    "standard 7",
)
PROMISED = (
    "Yang dijanjikan dicatat dan ditagih.",
    "What is promised is noted, and asked after.",
    "standard 6.4",
)
REPRIMANDED = (
    "Petugas menegur perilaku yang melanggar aturan; layanan tetap berjalan.",
    "Staff reprimand conduct that breaks a rule; the service goes on.",
    "standard 8.3",
)
OWN_WORD = (
    "Ia melihat dan dapat mencabut teguran yang ia tulis sendiri.",
    "She sees what she wrote herself, and can take it back.",
    "standard 8.3",
)
PROTECTED = (
    "Ancaman terhadap petugas dicatat demi perlindungannya.",
    "Threats against staff are kept for their protection.",
    "standard 9.2",
)

PUBLICATIONS = (
    Rule("standard.read", ANYBODY, UNIT, *PUBLISHED),
    Rule("standard.draft", SUPERVISOR, UNIT, *WRITTEN),
    Rule("standard.approve", SUPERVISOR, ANOTHER, *AGREED),
    Rule("rules.read", ANYBODY, UNIT, *PUBLISHED),
    Rule("rules.draft", SUPERVISOR, UNIT, *WRITTEN),
    Rule("rules.approve", SUPERVISOR, ANOTHER, *AGREED),
)
SERVED = (
    Rule("information.give", DESK, UNIT, *TOLD),
    Rule("information.give", COUNSELOR, OWN_COUNSELOR, *TOLD),
    Rule("statement.take", DESK, UNIT, *DUTIES),
    Rule("statement.take", COUNSELOR, OWN_COUNSELOR, *DUTIES),
    Rule("promise.make", DESK, UNIT, *PROMISED),
    Rule("promise.make", COUNSELOR, OWN_COUNSELOR, *PROMISED),
    Rule("promise.list", DESK, UNIT, *PROMISED),
    Rule("promise.list", COUNSELOR, OWN_COUNSELOR, *PROMISED),
    Rule("procedure.read", DESK, UNIT, *CODES),
    Rule("procedure.read", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule(
        "status.unlock",
        "operator",
        UNIT,
        "Setelah pelapor menunjukkan bahwa ia pelapornya.",
        "After she has shown that it is she who complained.",
        "standard 6.3",
    ),
)
CONDUCT = (
    Rule("reprimand.give", COUNTER, UNIT, *REPRIMANDED),
    Rule(
        "reprimand.approve",
        SUPERVISOR,
        ANOTHER,
        "Teguran tertulis disetujui oleh supervisor, bukan oleh penulisnya.",
        "A written reprimand is approved by a supervisor, not by who wrote it.",
        "standard 8.3",
    ),
    Rule("reprimand.reply", DESK, UNIT, *REPRIMANDED),
    Rule("reprimand.reply", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("reprimand.withdraw", SUPERVISOR, UNIT, *REPRIMANDED),
    Rule("reprimand.withdraw", COUNTER, INVOLVED, *OWN_WORD),
    Rule("reprimand.list", SUPERVISOR, UNIT, *REPRIMANDED),
    Rule("reprimand.list", COUNTER, INVOLVED, *OWN_WORD),
    Rule("reprimand.list", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("reprimand.open_personal", SUPERVISOR, UNIT, *OVERSEEING),
    Rule("reprimand.open_personal", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("threat.record", DESK, UNIT, *PROTECTED),
    Rule("threat.record", COUNSELOR, OWN_COUNSELOR, *PROTECTED),
    Rule("threat.list", SUPERVISOR, UNIT, *PROTECTED),
    Rule("threat.list", f"{COUNTER} {COUNSELOR}", INVOLVED, *PROTECTED),
    Rule("threat.open_personal", SUPERVISOR, UNIT, *OVERSEEING),
)
ANSWERED_FOR = (
    Rule(
        "extract.own",
        STAFF,
        SELF,
        "Setiap petugas dapat membuktikan apa yang ia lakukan dan menurut aturan mana.",
        "Every member of staff can prove what she did, and under which rule.",
        "standard 9.2",
    ),
    Rule(
        "extract.other",
        SUPERVISOR,
        UNIT,
        "Dengan alasan yang dicatat, untuk melindungi atau mengawasi petugas.",
        "For a reason that is recorded, to protect staff or to oversee them.",
        "standard 9.2",
    ),
    Rule(
        "report.times",
        "supervisor auditor",
        UNIT,
        "Angka tentang ketepatan waktu, tanpa kelompok yang terlalu kecil.",
        "Figures of how timely we are, without groups that are too small.",
        "standard 2",
    ),
)

RIGHTS = (*PUBLICATIONS, *SERVED, *CONDUCT, *ANSWERED_FOR)
