"""Referral puts cases into the hands of the agency that can help where it happened.

Takes:    register an agency, refer a case, keep a referral, note an answer, read personal data
Tells:    CaseReferred, ReferralAccepted, ReferralDeclined, ErasureRefused, SubjectKeysDestroyed,
          ClockBreached
Hears:    intake.TimeLimitsSet, triage.ErasureRequested, triage.ErasureWithdrawn,
          triage.LegalHoldPlaced, triage.LegalHoldLifted, triage.PersonErased,
          triage.CaseClassified, triage.CaseReclassified, triage.ComplaintUnlinked,
          triage.ConflictDeclared, triage.GlassBroken, triage.GlassMended,
          counseling.AssignmentDeclined, counseling.AssignmentEnded, counseling.CounselorAssigned
"""
