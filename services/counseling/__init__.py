"""Counseling follows the person through: a counselor answers for each case that is followed up.

Takes:    register a counselor, assign a case
Tells:    CounselorAssigned
Hears:    triage.CaseClassified, triage.ExistingCaseReported
"""
