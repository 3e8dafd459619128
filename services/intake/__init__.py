"""Intake listens to people: it takes their complaints down and tells them how far we are.

Takes:    open a contact, keep its draft, drop, resume, receive a complaint, hand it over, amend,
          withdraw, say how she may be contacted, contact her, acknowledge, call help, see alerts,
          ask for a status, read personal data
Tells:    ComplaintReceived, ComplaintHandedOver, ComplaintAmended, ComplaintWithdrawn,
          EmergencyActivated, SafeContactSet, SubjectKeysDestroyed, ClockBreached
Hears:    intake.TimeLimitsSet, triage.ComplaintTakenUp, triage.CaseClassified,
          triage.ConflictDeclared, triage.GlassBroken, referral.CaseReferred,
          counseling.CounselorAssigned, triage.ErasureRequested, triage.ErasureWithdrawn,
          triage.PersonErased
"""
