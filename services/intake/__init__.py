"""Intake listens to people: it takes their complaints down and tells them how far we are.

Takes:    open a contact, keep its draft, drop, resume, receive a complaint, hand it over, amend,
          withdraw, say how she may be contacted, compare her code word, contact her, acknowledge,
          call help, see alerts, note its papers, keep scans, ask for a status, read personal data,
          publish standard and rules, inform, promise, reprimand
Tells:    ComplaintReceived, ErasureRefused, SubjectKeysDestroyed, ClockBreached, TimeLimitsSet,
          ComplaintHandedOver, ComplaintAmended, ComplaintWithdrawn, EmergencyActivated,
          SafeContactSet
Hears:    intake.ClockBreached, triage.ClockBreached, referral.ClockBreached,
          counseling.ClockBreached, triage.ExistingCaseReported, counseling.CounselorContacted,
          intake.TimeLimitsSet, triage.ErasureRequested, triage.ErasureWithdrawn,
          triage.LegalHoldPlaced, triage.LegalHoldLifted, triage.PersonErased,
          triage.ComplaintTakenUp, triage.ComplaintReleased, triage.ConflictDeclared,
          triage.GlassBroken, triage.GlassMended, counseling.CaseRecordRetrieved,
          counseling.AssignmentDeclined, counseling.AssignmentEnded, triage.CaseClassified,
          triage.CaseReclassified, triage.CaseFormFilled, triage.ComplaintUnlinked,
          counseling.CounselorAssigned, referral.CaseReferred
"""
