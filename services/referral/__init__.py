"""Referral puts cases into the hands of the agency that can help where it happened.

Takes:    register an agency, refer a case
Tells:    CaseReferred
Hears:    triage.CaseClassified
"""
