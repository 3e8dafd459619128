"""Triage decides: a new case or an old one, violence against women or children or not, here or not.

Takes:    take a complaint up, let go of it, pass it on, choose its case, classify it,
          decide anew, decide as a supervisor, tell the police, search for old cases,
          amend the form, add an incident, note consent for a child, link and unlink,
          declare a conflict, break glass, read personal data, forget a person, file and
          answer a request about her data
Tells:    CaseClassified, CaseReclassified, ComplaintUnlinked, CaseFormFilled, ExistingCaseReported,
          ComplaintTakenUp, ComplaintReleased, ConflictDeclared, GlassBroken, GlassMended,
          ErasureRequested, ErasureWithdrawn, PersonErased, LegalHoldPlaced, LegalHoldLifted,
          ErasureRefused, SubjectKeysDestroyed, ClockBreached
Hears:    intake.TimeLimitsSet, counseling.ErasureRefused, intake.ErasureRefused,
          referral.ErasureRefused, triage.ErasureRefused, counseling.SubjectKeysDestroyed,
          intake.SubjectKeysDestroyed, referral.SubjectKeysDestroyed, triage.SubjectKeysDestroyed,
          triage.ErasureRequested, triage.ErasureWithdrawn, triage.LegalHoldPlaced,
          triage.LegalHoldLifted, triage.PersonErased, intake.ComplaintReceived,
          intake.ComplaintHandedOver, intake.ComplaintAmended, intake.ComplaintWithdrawn,
          intake.EmergencyActivated, counseling.AssignmentAccepted, counseling.FirstHelpRecorded,
          referral.ReferralAccepted, counseling.CounselorAssigned, counseling.AssignmentDeclined,
          counseling.AssignmentEnded, counseling.CaseRecordRetrieved, referral.CaseReferred
"""
