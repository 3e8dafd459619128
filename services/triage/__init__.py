"""Triage decides: a new case or an old one, violence against women or children or not, here or not.

Takes:    take a complaint up, let go of it, pass it on, choose its case, classify it,
          decide anew, decide as a supervisor, tell the police, search for old cases,
          amend the form, add an incident, link and unlink, declare a conflict, break glass,
          read personal data, forget a person, file and answer a request about her data
Tells:    CaseClassified, CaseReclassified, ComplaintUnlinked, ExistingCaseReported,
          ComplaintTakenUp, ComplaintReleased, ConflictDeclared, GlassBroken, ErasureRequested,
          ErasureWithdrawn, PersonErased, LegalHoldPlaced, LegalHoldLifted, ErasureRefused,
          SubjectKeysDestroyed, ClockBreached
Hears:    intake.TimeLimitsSet, intake.ErasureRefused, intake.SubjectKeysDestroyed,
          intake.ComplaintReceived, intake.ComplaintHandedOver, intake.ComplaintAmended,
          intake.ComplaintWithdrawn, intake.EmergencyActivated, triage.ErasureRefused,
          triage.SubjectKeysDestroyed, triage.ErasureRequested, triage.ErasureWithdrawn,
          triage.LegalHoldPlaced, triage.LegalHoldLifted, triage.PersonErased,
          referral.ErasureRefused, referral.SubjectKeysDestroyed, referral.CaseReferred,
          counseling.ErasureRefused, counseling.SubjectKeysDestroyed, counseling.AssignmentAccepted,
          counseling.FirstHelpRecorded, counseling.CounselorAssigned, counseling.AssignmentDeclined,
          counseling.CaseRecordRetrieved
"""
