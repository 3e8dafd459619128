"""Referral puts cases into the hands of the agency that can help where it happened.

Takes:    register an agency, refer a case, read personal data
Tells:    CaseReferred, SubjectKeysDestroyed, ErasureRefused
Hears:    triage.CaseClassified, triage.ConflictDeclared, triage.GlassBroken,
          counseling.CounselorAssigned, triage.ErasureRequested, triage.ErasureWithdrawn,
          triage.PersonErased,
          triage.LegalHoldPlaced, triage.LegalHoldLifted
"""
