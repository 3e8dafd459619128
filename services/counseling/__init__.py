"""Counseling follows the person through: a counselor answers for each case that is followed up.

Takes:    register a counselor, assign a case, take it on or decline it, record the first help,
          contact the counselor of an old case and fetch its record, end what is moot, read
          personal data
Tells:    CounselorAssigned, ErasureRefused, SubjectKeysDestroyed, ClockBreached,
          AssignmentAccepted, AssignmentDeclined, FirstHelpRecorded, CounselorContacted,
          CaseRecordRetrieved
Hears:    intake.TimeLimitsSet, intake.ComplaintWithdrawn, intake.SafeContactSet,
          triage.ErasureRequested, triage.ErasureWithdrawn, triage.LegalHoldPlaced,
          triage.LegalHoldLifted, triage.PersonErased, triage.ConflictDeclared, triage.GlassBroken,
          triage.CaseClassified, triage.ExistingCaseReported, triage.CaseReclassified,
          triage.ComplaintUnlinked, triage.ComplaintTakenUp, triage.ComplaintReleased
"""
