"""Triage decides: a new case or an old one, violence against women or children or not, here or not.

Takes:    take a complaint up, choose its case, classify it, declare a conflict, break glass,
          read personal data, forget a person, file and answer a request about her data
Tells:    ComplaintTakenUp, CaseClassified, ExistingCaseReported, ConflictDeclared, GlassBroken,
          ErasureRequested, ErasureWithdrawn, PersonErased, SubjectKeysDestroyed,
          LegalHoldPlaced, LegalHoldLifted, ErasureRefused
Hears:    intake.ComplaintReceived, referral.CaseReferred, counseling.CounselorAssigned,
          triage.ErasureRequested, triage.ErasureWithdrawn, triage.PersonErased,
          counseling.SubjectKeysDestroyed, intake.SubjectKeysDestroyed,
          referral.SubjectKeysDestroyed, triage.SubjectKeysDestroyed,
          triage.LegalHoldPlaced, triage.LegalHoldLifted, counseling.ErasureRefused,
          intake.ErasureRefused, referral.ErasureRefused, triage.ErasureRefused
"""
