"""Triage decides: a new case or an old one, violence against women or children or not, here or not.

Takes:    take a complaint up, choose its case, classify it, decide anew, decide as a supervisor,
          tell the police, amend the form, add an incident, link and unlink, declare a conflict,
          break glass, read personal data, forget a person, file and answer a request about her data
Tells:    ComplaintTakenUp, CaseClassified, CaseReclassified, ComplaintUnlinked,
          ExistingCaseReported, ConflictDeclared, GlassBroken,
          ErasureRequested, ErasureWithdrawn, PersonErased, SubjectKeysDestroyed, ClockBreached
Hears:    intake.TimeLimitsSet, intake.ComplaintReceived, intake.ComplaintHandedOver,
          intake.ComplaintAmended, intake.ComplaintWithdrawn, intake.EmergencyActivated,
          referral.CaseReferred, counseling.CounselorAssigned, counseling.AssignmentAccepted,
          counseling.FirstHelpRecorded,
          triage.ErasureRequested, triage.ErasureWithdrawn, triage.PersonErased,
          counseling.SubjectKeysDestroyed, intake.SubjectKeysDestroyed,
          referral.SubjectKeysDestroyed, triage.SubjectKeysDestroyed
"""
