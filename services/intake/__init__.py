"""Intake listens to people: it takes their complaints down and tells them how far we are.

Takes:    receive a complaint, ask for a status
Tells:    ComplaintReceived
Hears:    triage.CaseClassified, referral.CaseReferred, counseling.CounselorAssigned
"""
