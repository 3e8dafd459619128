"""Triage decides: a new case or an old one, violence against women or children or not, here or not.

Takes:    take a complaint up, choose its case, classify it
Tells:    CaseClassified, ExistingCaseReported
Hears:    intake.ComplaintReceived, referral.CaseReferred, counseling.CounselorAssigned
"""
