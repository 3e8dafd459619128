"""Counseling follows the person through: a counselor answers for each case that is followed up.

Takes:    register a counselor, assign a case, read personal data
Tells:    CounselorAssigned, SubjectKeysDestroyed, ErasureRefused
Hears:    triage.CaseClassified, triage.ExistingCaseReported, triage.ConflictDeclared,
          triage.GlassBroken, triage.ErasureRequested, triage.ErasureWithdrawn, triage.PersonErased,
          triage.LegalHoldPlaced, triage.LegalHoldLifted
"""
