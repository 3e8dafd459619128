"""Checks bundles of several services against one another: the rules 8 and 9."""

from __future__ import annotations

from collections.abc import Sequence

from shared.history.checking import Checked, Finding

ALL = {"intake", "triage", "referral", "counseling"}


def across(all_checked: Sequence[Checked]) -> list[Finding]:
    """Return what is wrong between services. Says nothing of services whose bundle is not here."""
    by_service = {each.service: each for each in all_checked}
    found = _causes(all_checked) if by_service.keys() >= ALL else []
    if "intake" in by_service and "triage" in by_service:
        found += _journeys(by_service["intake"], by_service["triage"])
    if "triage" in by_service:
        found += _destroyed(all_checked, by_service["triage"])
    return found


def _causes(all_checked: Sequence[Checked]) -> list[Finding]:
    """Find what a service did because of a fact that nobody told."""
    told = {id for each in all_checked for id in each.told}
    return [
        Finding(8, each.service, f"{name} was caused by {message}, which nobody told")
        for each in all_checked
        for name, handler, message in each.caused
        if handler.startswith(f"{each.service}-") and message not in told
    ]


def _journeys(intake: Checked, triage: Checked) -> list[Finding]:
    received = {id for id, name in intake.told.items() if name == "ComplaintReceived"}
    queued: dict[str, int] = {}
    for name, _, message in triage.caused:
        if name == "ComplaintQueued":
            queued[message] = queued.get(message, 0) + 1
    lost = sorted(received - queued.keys())
    doubled = sorted(id for id, count in queued.items() if count > 1)
    return [
        *(Finding(8, "triage", f"the complaint told by {id} was never queued") for id in lost),
        *(Finding(8, "triage", f"the complaint told by {id} was queued twice") for id in doubled),
    ]


def _destroyed(all_checked: Sequence[Checked], triage: Checked) -> list[Finding]:
    found = list[Finding]()
    for each in all_checked:
        for person, keys in each.destroyed:
            deeds = triage.deeds.get(person, {})
            two = deeds.get("ErasureRequested", set()) | deeds.get("ErasureApproved", set())
            if "PersonErased" not in deeds or len(two) < 2:
                what = f"keys of {person} were destroyed, and two people did not decide so"
                found.append(Finding(9, each.service, what))
            if not each.keys.issuperset(keys):
                what = f"a key was destroyed with {person} that was never published"
                found.append(Finding(9, each.service, what))
    return found
