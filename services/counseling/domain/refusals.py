"""What counseling refuses, each with its own name."""

from shared.problems import Malformed, Refused


class AlreadyAssigned(Refused):
    """This counselor answers for the case already."""


class RelatedToParty(Refused):
    """This counselor is related to a party of the case."""


class HasLeft(Refused):
    """This counselor works here no more."""


class AlreadyAccepted(Refused):
    """She took the case on; a supervisor can give it to somebody else."""


class NotFollowedUp(Refused):
    """This case is not to be followed up any more."""


class StillFollowedUp(Refused):
    """This case is still to be followed up: there is nothing to end."""


class SupervisorDecides(Refused):
    """Where a child is hurt or urgency is high, only a supervisor ends it."""


class AlreadyHelped(Refused):
    """The first help is recorded already."""


class UnsafeContact(Refused):
    """To be contacted so, or then, would put her at risk."""


class NotYet(Malformed):
    """That is in the future."""


class NobodyToContact(Refused):
    """Nobody on the roster can be contacted about this case; ask a supervisor."""


class NothingBorrowed(Refused):
    """With this record no folder was taken away."""
