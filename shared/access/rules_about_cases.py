"""Who may do what with complaints, cases, casework and referrals."""

from __future__ import annotations

from shared.access.relations import (
    ANOTHER,
    BREAK_GLASS,
    LINKED_OFFICER,
    OWN_AGENCY,
    OWN_CONTACT,
    OWN_COUNSELOR,
    OWN_OFFICER,
    RECORD_GRANTED,
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
CORRECTING = (
    "Supervisor memperbaiki keputusan atau catatan yang keliru.",
    "A supervisor corrects a decision or a record that was wrong.",
    "standard 3.4",
)
RULING = (
    "Yang tidak boleh diputuskan aturan atau petugas, diputuskan supervisor.",
    "What no rule and no officer may decide, a supervisor decides.",
    "contracts 2",
)
POLICE = (
    "Kekerasan seksual dilaporkan ke polisi paling lambat 3 x 24 jam.",
    "Sexual violence is reported to the police within 3 x 24 hours.",
    "UU 12/2022 art. 41",
)
CONSENT = (
    "Untuk anak dicatat siapa yang menyetujui dan apa; tidak ada yang menunggunya.",
    "For a child it is noted who agreed, and to what; nothing waits for it.",
    "PDP art. 25",
)
ALARM = (
    "Supervisor segera tahu siapa yang dalam bahaya.",
    "A supervisor knows at once who is in danger.",
    "contracts 2",
)
CODES = (
    "Hanya kode dan waktu, tanpa data pribadi, agar rekan dapat menggantikan.",
    "Codes and times only, nothing personal, so that a colleague can step in.",
    NEEDED,
)
FETCHED = (
    "Kasus lama: petugas mengambil berkasnya, dengan tujuan dan batas waktu.",
    "An old case: the officer fetches its record, for a purpose and a time.",
    "standard 3.3.c2",
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
    Rule("complaint.open_personal", OFFICER, RECORD_GRANTED, *FETCHED),
    Rule(
        "status.ask",
        ANYBODY,
        UNIT,
        "Pemegang kode dan PIN boleh tahu sejauh mana pengaduannya.",
        "Whoever holds code and PIN may know how far the complaint is.",
        "standard 6.3",
    ),
)
PAPERS = (
    "Untuk mencatat dokumen yang dibawa, diminta, atau dibebaskan; tidak menahan layanan.",
    "To note which papers were brought, asked for or waived; none of it holds up any help.",
    "standard 7.3-7.6",
)
DOCUMENTS = (
    Rule("document.read", DESK, UNIT, *CODES),
    Rule("document.read", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("document.read", COUNSELOR, BREAK_GLASS, *EMERGENCY),
    Rule("document.note", DESK, UNIT, *PAPERS),
    Rule("document.note", COUNSELOR, OWN_COUNSELOR, *PAPERS),
    Rule(
        "document.waive",
        SUPERVISOR,
        UNIT,
        "Supervisor membebaskan dari suatu dokumen, dengan alasan.",
        "A supervisor waives a paper, for a reason.",
        "R-REQ-08",
    ),
    Rule("scan.store", "operator identification_officer", UNIT, *PAPERS),
    Rule("scan.store", COUNSELOR, OWN_COUNSELOR, *PAPERS),
    Rule("document.open_personal", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("document.open_personal", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("document.open_personal", SUPERVISOR, UNIT, *OVERSEEING),
    Rule("document.open_personal", f"{OFFICER} {COUNSELOR}", BREAK_GLASS, *EMERGENCY),
    Rule(
        "evidence.open_original",
        SUPERVISOR,
        UNIT,
        "Berkas asli dapat berbahaya dan menjadi bukti: hanya supervisor membukanya.",
        "An original may be harmful, and is evidence: only a supervisor opens it.",
        "security 6",
    ),
)
COUNTER = (
    "Operator melayani kontak; siapa pun di loket dapat melanjutkannya.",
    "An operator serves a contact; whoever is at the counter can go on with it.",
    "standard 3.1, 3.2",
)
MASKED = (
    "Tanpa isi: agar penelepon yang terputus dapat dilanjutkan dan diawasi.",
    "Nothing of what was said: so that a dropped call can be gone on with and overseen.",
    "standard 2.a",
)
RIGHTED = (
    "Yang disampaikan dapat diperbaiki; yang lama tetap di riwayat.",
    "What was told can be put right; what it was stays in the history.",
    "standard 3.5",
)
HELP = (
    "Pertolongan mendahului formulir.",
    "Help comes before any form.",
    "contracts 2: high precedes every form",
)
SAFELY = (
    "Menghubungi hanya dengan cara yang aman baginya, dan tercatat lebih dahulu.",
    "To contact her only in a way that is safe for her, on record before it is done.",
    "security 6",
)
RECOGNISED = (
    "Penelepon dapat menyebut kata sandinya; petugas hanya diberi tahu cocok atau tidak.",
    "Whoever calls can say her code word; staff are only told whether it is the one.",
    "security 6",
)
SENDER = (
    "Lembaga pengirim diberi tahu bahwa suratnya diterima; hanya nomornya dibaca.",
    "The sender hears that we have its letter; only its number is read.",
    "R-INT-04",
)
CONTACTS = (
    Rule("contact.open", "operator", UNIT, *COUNTER),
    Rule("contact.continue", "operator", UNIT, *COUNTER),
    Rule("contact.list", f"operator {SUPERVISOR}", UNIT, *MASKED),
    Rule(
        "contact.open_personal",
        "operator",
        OWN_CONTACT,
        "Operator membaca kembali catatannya sendiri selama melayani.",
        "An operator reads her own notes back while she takes them.",
        "standard 3.2",
    ),
    Rule("contact.open_personal", SUPERVISOR, UNIT, *OVERSEEING),
    Rule("complaint.amend", "operator", UNIT, *RIGHTED),
    Rule("complaint.amend", OFFICER, OWN_OFFICER, *RIGHTED),
    Rule("complaint.amend", COUNSELOR, OWN_COUNSELOR, *RIGHTED),
    Rule("complaint.withdraw", "operator", UNIT, *RIGHTED),
    Rule("complaint.withdraw", OFFICER, OWN_OFFICER, *RIGHTED),
    Rule("complaint.withdraw", COUNSELOR, OWN_COUNSELOR, *RIGHTED),
    Rule("complaint.reach", "operator", OWN_CONTACT, *SAFELY),
    Rule("complaint.reach", OFFICER, OWN_OFFICER, *SAFELY),
    Rule("complaint.reach", COUNSELOR, OWN_COUNSELOR, *SAFELY),
    Rule("complaint.reach", SUPERVISOR, UNIT, *SAFELY),
    Rule("complaint.compare_code_word", DESK, UNIT, *RECOGNISED),
    Rule("complaint.compare_code_word", COUNSELOR, OWN_COUNSELOR, *RECOGNISED),
    Rule("complaint.acknowledge", f"operator {SUPERVISOR}", UNIT, *SENDER),
    Rule("complaint.acknowledge", OFFICER, OWN_OFFICER, *SENDER),
    Rule("sender.open_personal", f"operator {SUPERVISOR}", UNIT, *SENDER),
    Rule("sender.open_personal", OFFICER, OWN_OFFICER, *SENDER),
    Rule("emergency.activate", DESK, UNIT, *HELP),
    Rule("emergency.activate", COUNSELOR, OWN_COUNSELOR, *HELP),
    Rule("emergency.activate", COUNSELOR, BREAK_GLASS, *HELP),
    Rule("alert.list", SUPERVISOR, UNIT, *HELP),
    Rule("alert.see", SUPERVISOR, UNIT, *HELP),
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
    Rule(
        "identification.release",
        OFFICER,
        OWN_OFFICER,
        "Petugas yang selesai giliran atau berhubungan dengan pihak melepas pengaduannya.",
        "An officer whose shift ends, or who is related to a party, lets go of her complaint.",
        "standard 2.b; UU 30/2014 art. 42-43",
    ),
    Rule(
        "identification.reassign",
        SUPERVISOR,
        UNIT,
        "Supervisor mengalihkan pengaduan yang petugasnya berhalangan, agar tidak terbengkalai.",
        "A supervisor passes on a complaint whose officer is away: none is left lying.",
        "standard 2.b",
    ),
    Rule(
        "candidate.search",
        OFFICER,
        OWN_OFFICER,
        "Untuk menemukan kasus lama; yang dicari dan yang ditampilkan dicatat lebih dahulu.",
        "To find an old case; what is asked and shown is written down first.",
        "standard 3.3",
    ),
    Rule(
        "search.alarm.list",
        SUPERVISOR,
        UNIT,
        "Untuk melihat pencarian yang ditolak atau terlalu sering.",
        "To see searches that were refused, or more than is usual.",
        "security 2.3",
    ),
    Rule("case.choose", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("case.choose", OFFICER, WAITING, *DECIDING),
    Rule("case.classify", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("case.classify", OFFICER, WAITING, *DECIDING),
    Rule("case.list", f"{OFFICER} {SUPERVISOR}", UNIT, *CODES),
    Rule("case.reclassify", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("case.reclassify", SUPERVISOR, UNIT, *CORRECTING),
    Rule("case.ask_reclassification", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("case.decide", SUPERVISOR, UNIT, *RULING),
    Rule("case.record_police_report", OFFICER, OWN_OFFICER, *POLICE),
    Rule("case.record_police_report", OFFICER, LINKED_OFFICER, *POLICE),
    Rule("case.record_police_report", COUNSELOR, OWN_COUNSELOR, *POLICE),
    Rule("case.record_police_report", SUPERVISOR, UNIT, *POLICE),
    Rule("case.record_consent", SUPERVISOR, UNIT, *CONSENT),
    Rule("case.record_consent", OFFICER, OWN_OFFICER, *CONSENT),
    Rule("case.record_consent", OFFICER, LINKED_OFFICER, *CONSENT),
    Rule("case.record_consent", COUNSELOR, OWN_COUNSELOR, *CONSENT),
    Rule("case.amend_form", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("case.amend_form", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("case.amend_form", SUPERVISOR, UNIT, *CORRECTING),
    Rule("case.add_incident", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("case.add_incident", OFFICER, LINKED_OFFICER, *DECIDING),
    Rule("case.link", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("case.link", SUPERVISOR, UNIT, *CORRECTING),
    Rule("identification.unlink", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("identification.unlink", SUPERVISOR, UNIT, *CORRECTING),
    Rule("alarm.list", SUPERVISOR, UNIT, *ALARM),
    Rule("alarm.acknowledge", SUPERVISOR, UNIT, *ALARM),
    Rule("case.read", f"{OFFICER} {SUPERVISOR}", UNIT, *CODES),
    Rule("case.read", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("case.read", COUNSELOR, BREAK_GLASS, *EMERGENCY),
    Rule("case.open_personal", OFFICER, OWN_OFFICER, *DECIDING),
    Rule("case.open_personal", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("case.open_personal", SUPERVISOR, UNIT, *OVERSEEING),
    Rule("case.open_personal", f"{OFFICER} {COUNSELOR}", BREAK_GLASS, *EMERGENCY),
    Rule("case.open_personal", OFFICER, RECORD_GRANTED, *FETCHED),
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
    Rule("casework.open_personal", OFFICER, RECORD_GRANTED, *FETCHED),
    Rule("casework.accept", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("casework.decline", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("casework.help", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("casework.help", COUNSELOR, BREAK_GLASS, *EMERGENCY),
    Rule(
        "casework.help",
        SUPERVISOR,
        UNIT,
        "Supervisor mencatat bantuan pertama oleh petugas pengganti.",
        "A supervisor records the first help of somebody who stood in.",
        "contracts 5",
    ),
    Rule(
        "casework.end",
        SUPERVISOR,
        UNIT,
        "Untuk anak dan urgensi tinggi hanya supervisor yang mengakhiri penanganan.",
        "For a child, and where urgency is high, only a supervisor ends casework.",
        "domain research 1.6",
    ),
    Rule("casework.end", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("lookup.list", SUPERVISOR, UNIT, *CODES),
    Rule("lookup.list", COUNSELOR, OWN_COUNSELOR, *HERS),
    Rule("lookup.list", OFFICER, LINKED_OFFICER, *FETCHED),
    Rule(
        "counselor.contact",
        OFFICER,
        LINKED_OFFICER,
        "Kasus lama: petugas menghubungi konselor yang menangani, atau koordinator.",
        "An old case: the officer contacts its counselor, or a coordinator.",
        "standard 3.3.c2",
    ),
    Rule("record.retrieve", OFFICER, LINKED_OFFICER, *FETCHED),
    Rule("record.return", OFFICER, OWN_OFFICER, *FETCHED),
    Rule("record.return", SUPERVISOR, UNIT, *FETCHED),
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
        "referral.keep",
        "referral_officer",
        UNIT,
        "Petugas rujukan memutuskan apakah rujukan yang dasarnya berubah tetap berjalan.",
        "A referral officer decides whether a referral goes on when its reason has changed.",
        "standard 3.4",
    ),
    Rule(
        "referral.answer",
        "referral_officer",
        UNIT,
        "Petugas rujukan mencatat jawaban lembaga.",
        "A referral officer notes what the agency answered.",
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

CASES = (*COMPLAINTS, *CONTACTS, *DOCUMENTS, *TRIAGE, *TRUST, *CASEWORK, *REFERRALS)
