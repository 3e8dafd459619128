"""Referral puts cases into the hands of the agency that can help where it happened.

Takes:    register an agency, refer a case, read personal data
Tells:    CaseReferred, SubjectKeysDestroyed, ClockBreached
Hears:    intake.TimeLimitsSet, triage.CaseClassified, triage.ConflictDeclared, triage.GlassBroken,
          counseling.CounselorAssigned, counseling.AssignmentDeclined, triage.ErasureRequested,
          triage.ErasureWithdrawn, triage.PersonErased
"""
