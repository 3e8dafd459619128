"""Intake listens to people: it takes their complaints down and tells them how far we are.

Takes:    receive a complaint, ask for a status, read personal data
Tells:    ComplaintReceived, SubjectKeysDestroyed, ErasureRefused
Hears:    triage.ComplaintTakenUp, triage.CaseClassified,
          triage.ConflictDeclared, triage.GlassBroken, referral.CaseReferred,
          counseling.CounselorAssigned, triage.ErasureRequested, triage.ErasureWithdrawn,
          triage.PersonErased,
          triage.LegalHoldPlaced, triage.LegalHoldLifted
"""
