"""Counseling follows the person through: a counselor answers for each case that is followed up.

Takes:    register a counselor, assign a case, take it on or decline it, record the first help,
          contact the counselor of an old case and fetch its record, end what is moot, read
          personal data
Tells:    CounselorAssigned, AssignmentAccepted, AssignmentDeclined, FirstHelpRecorded,
          CounselorContacted, CaseRecordRetrieved, SubjectKeysDestroyed, ClockBreached
Hears:    intake.TimeLimitsSet, intake.ComplaintWithdrawn, intake.SafeContactSet,
          triage.CaseClassified, triage.CaseReclassified, triage.ExistingCaseReported,
          triage.ComplaintUnlinked, triage.ComplaintTakenUp,
          triage.ConflictDeclared, triage.GlassBroken, triage.ErasureRequested,
          triage.ErasureWithdrawn, triage.PersonErased
"""
