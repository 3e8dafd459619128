"""Intake listens to people: it takes their complaints down and tells them how far we are.

Takes:    receive a complaint, ask for a status, read personal data, publish standard and rules,
          inform, promise, reprimand
Tells:    ComplaintReceived, SubjectKeysDestroyed, ClockBreached, TimeLimitsSet
Hears:    intake.TimeLimitsSet, intake.ClockBreached, triage.ClockBreached,
          referral.ClockBreached, counseling.ClockBreached, triage.ExistingCaseReported,
          counseling.CounselorContacted, counseling.CaseRecordRetrieved,
          triage.ComplaintTakenUp, triage.CaseClassified,
          triage.ConflictDeclared, triage.GlassBroken, referral.CaseReferred,
          counseling.CounselorAssigned, triage.ErasureRequested, triage.ErasureWithdrawn,
          triage.PersonErased
"""
