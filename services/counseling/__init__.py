"""Counseling follows the person through: a counselor answers for each case that is followed up.

Takes:    register a counselor, assign a case, take it on or decline it, record the first help,
          contact the counselor of an old case and fetch its record, end what is moot, read
          personal data
Tells:    CounselorAssigned, ErasureRefused, SubjectKeysDestroyed, ClockBreached,
          AssignmentAccepted, AssignmentDeclined, AssignmentEnded, FirstHelpRecorded,
          CounselorContacted, CaseRecordRetrieved
Hears:    intake.TimeLimitsSet, triage.ErasureRequested, triage.ErasureWithdrawn,
          triage.LegalHoldPlaced, triage.LegalHoldLifted, triage.PersonErased,
          triage.ConflictDeclared, triage.GlassBroken, triage.GlassMended, triage.CaseFormFilled,
          triage.CaseClassified, triage.ExistingCaseReported, triage.CaseReclassified,
          triage.ComplaintUnlinked, intake.ComplaintWithdrawn, intake.SafeContactSet,
          triage.ComplaintTakenUp, triage.ComplaintReleased
"""
