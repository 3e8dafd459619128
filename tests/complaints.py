"""What people tell us in tests. Nobody in here exists; NIKs are of the non-existent 35.73.99."""

from __future__ import annotations

from typing import Any

WALK_IN: dict[str, Any] = {
    "channel": "walk_in",
    "reporter_role": "victim",
    "reporter": {"full_name": "Sumarni", "phone": "0812-0000-0101", "nik": "3573990000000001"},
    "narrative": "Suami saya memukul saya.",
    "in_danger": False,
    "locus_code": "35.73.05.1002",
}
WEBSITE: dict[str, Any] = {
    "channel": "online",
    "sub_channel": "website",
    "reporter_role": "anonymous",
    "narrative": "Tetangga saya dipukul suaminya.",
    "in_danger": False,
}
FORM: dict[str, Any] = {
    "victims": [{"full_name": "Sumarni", "sex": "P", "born_on": "1992-03-04", "in_city": True}],
    "perpetrators": [{"full_name": "Slamet", "sex": "L", "relation": "SPOUSE"}],
    "violence": ["PHYSICAL"],
    "domestic": True,
}
NEW_CASE: dict[str, Any] = {"kind": "new", "filled_by": "officer", "form": FORM}
KNOWN: dict[str, Any] = {"kind": "existing", "basis": "Ia menyebut nama konselornya."}
FOLLOW_UP: dict[str, Any] = {
    "vawc": True,
    "locus": "in",
    "locus_code": "35.73.05.1002",
    "urgency": "medium",
    "tpks": False,
    "victim_in_city": True,
    "basis": "Perempuan, dipukul suami, di Merjosari.",
    "needs": ["psychological", "female_counselor"],
}
