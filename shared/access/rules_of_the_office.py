"""Who may do what with agencies, the roster, people's rights over their data, and the history."""

from __future__ import annotations

from shared.access.relations import (
    ANOTHER,
    BREAK_GLASS,
    OWN_CLOCK,
    OWN_COUNSELOR,
    OWN_OFFICER,
    UNIT,
)
from shared.access.rule import ANYBODY, SERVICE, Rule

PRIVACY = "privacy_officer"
RIGHTS = (
    "Pejabat pelindungan data melaksanakan hak subjek data.",
    "The privacy officer carries out the rights of the people in our data.",
    "PDP art. 5-13, 53",
)
WHO_IS_WHO = (
    "Agar formulir yang dibetulkan dan berkas per korban menyebut orang yang benar; hanya kode.",
    "So that a corrected form and the papers of each victim name the right one; codes only.",
    "standard 3.3.c1",
)
STAFF = "operator identification_officer referral_officer counselor"
LATE = (
    "Supervisor melihat batas waktu yang terlampaui dan sebabnya.",
    "A supervisor sees what was late, and why.",
    "standard 2",
)
OWN_TIME = (
    "Petugas melihat batas waktunya sendiri dan menjelaskan keterlambatan.",
    "Staff see their own time limits and say why something took longer.",
    "standard 2",
)
HER_CASES_TIME = (
    "Konselor melihat sampai kapan sesuatu harus dilakukan dalam kasus yang ia dampingi.",
    "A counselor sees until when something must be done in the cases she accompanies.",
    "contracts 5",
)

PROVES = (
    "Bukti riwayat hanya memuat sidik, tanpa data siapa pun: setiap orang dapat memeriksa.",
    "What proves the history holds hashes and nobody's data: anybody may check.",
    "architecture 4",
)

OFFICE = (
    Rule("log.read", ANYBODY, UNIT, *PROVES),
    Rule("log.cosign", ANYBODY, UNIT, *PROVES),
    Rule(
        "log.entries",
        "auditor",
        UNIT,
        "Auditor memeriksa urutan, waktu dan jenis peristiwa; isinya tetap tersegel.",
        "An auditor checks order, time and kind of events; bodies stay sealed.",
        "architecture 4",
    ),
    Rule(
        "facts.read",
        SERVICE,
        UNIT,
        "Layanan lain mengambil fakta yang tidak sampai; hanya id dan kode, tanpa data pribadi.",
        "Another service fetches facts that did not reach it; ids and codes only.",
        "contracts 4",
    ),
    Rule(
        "agency.list",
        "admin referral_officer supervisor",
        UNIT,
        "Daftar lembaga tidak memuat data kasus.",
        "The list of agencies holds no case data.",
        "standard 3.4",
    ),
    Rule(
        "agency.register",
        "admin",
        UNIT,
        "Admin mendaftarkan lembaga; ia tidak melihat kasus.",
        "The administrator registers agencies; she sees no cases.",
        "contracts 4",
    ),
    Rule(
        "region.find",
        ANYBODY,
        UNIT,
        "Nama wilayah adalah data umum; pengadu memilih tempat kejadian di formulir.",
        "Names of regions are public; who complains chooses where it happened on the form.",
        "R-TRI-07",
    ),
    Rule(
        "counselor.list",
        "supervisor",
        UNIT,
        "Supervisor membagi beban kerja.",
        "A supervisor shares out the load.",
        "standard 3.6",
    ),
    Rule(
        "counselor.register",
        "supervisor",
        UNIT,
        "Supervisor menetapkan siapa yang menjadi konselor.",
        "A supervisor says who is a counselor.",
        "standard 3.6",
    ),
    Rule("person.list", PRIVACY, UNIT, *RIGHTS),
    Rule("person.list", "identification_officer", OWN_OFFICER, *WHO_IS_WHO),
    Rule("person.list", "counselor", OWN_COUNSELOR, *WHO_IS_WHO),
    Rule("person.list", "supervisor", UNIT, *WHO_IS_WHO),
    Rule("person.erasure.read", PRIVACY, UNIT, *RIGHTS),
    Rule(
        "person.erasure.read",
        "supervisor",
        UNIT,
        "Siapa yang menyetujui penghapusan harus tahu apa yang ia setujui.",
        "Whoever approves an erasure must know what it is that she approves.",
        "security 4.3",
    ),
    Rule("person.hold", PRIVACY, UNIT, *RIGHTS),
    Rule("person.erase.request", PRIVACY, UNIT, *RIGHTS),
    Rule(
        "person.erase.approve",
        "supervisor",
        ANOTHER,
        "Penghapusan tidak dapat dibatalkan: orang kedua menyetujuinya.",
        "Erasing cannot be undone: a second person approves it.",
        "security 4.3",
    ),
    Rule("privacy.request.list", PRIVACY, UNIT, *RIGHTS),
    Rule("privacy.request.record", PRIVACY, UNIT, *RIGHTS),
    Rule("privacy.request.answer", PRIVACY, UNIT, *RIGHTS),
    Rule(
        "privacy.breach.report",
        f"{PRIVACY} supervisor",
        UNIT,
        "Kegagalan pelindungan data diberitahukan dalam 3 x 24 jam.",
        "A breach is told of within three days.",
        "PDP art. 46",
    ),
    Rule("clock.list", "supervisor", UNIT, *LATE),
    Rule("clock.list", STAFF, OWN_CLOCK, *OWN_TIME),
    Rule("clock.list", "counselor", OWN_COUNSELOR, *HER_CASES_TIME),
    Rule("clock.list", "counselor", BREAK_GLASS, *HER_CASES_TIME),
    Rule("clock.explain", "supervisor", UNIT, *LATE),
    Rule("clock.explain", STAFF, OWN_CLOCK, *OWN_TIME),
    Rule("clock.open_personal", "supervisor", UNIT, *LATE),
    Rule(
        "history.events",
        "auditor supervisor",
        UNIT,
        "Siapa berbuat apa dan kapan; teks pribadi tetap tersegel.",
        "Who did what and when; personal texts stay sealed.",
        "PDP art. 31, 37",
    ),
    Rule(
        "history.stream",
        "auditor",
        UNIT,
        "Auditor memeriksa apa yang diketahui saat itu; teks pribadi tetap tersegel.",
        "An auditor checks what was known then; personal texts stay sealed.",
        "PDP art. 31, 37",
    ),
)
