"""Every way an operation may fail on purpose.

    Problem
    ├── Refused         the rules say no           HTTP 409   message: park it
    │   ├── Malformed   the request contradicts    HTTP 422   message: park it
    │   ├── TooLarge    it is more than we take    HTTP 413   (files only)
    │   └── NotAccepted not a kind that we take    HTTP 415   (files only)
    ├── Missing         there is no such thing     HTTP 404   message: park it
    ├── Forbidden       you may not                HTTP 403   message: park it
    │   └── Unknown     we do not know who you are HTTP 401   message: park it
    ├── Stale           someone else wrote first   HTTP 409   message: try again
    └── AlreadyHandled  we did this before         as then    message: done

Anything else that is raised is a bug or an outage: HTTP 500 or 503, and the message is tried again.
"""


class Problem(Exception):
    """Something the caller can act on.

    The class names the kind of problem, its docstring is the title, its message the detail.
    A message carries ids, codes and states, never what a person told us.
    """


class Refused(Problem):
    """The rules do not allow this."""


class Malformed(Refused):
    """The request contradicts itself or what we know."""


class TooLarge(Refused):
    """This is more than we take."""


class NotAccepted(Refused):
    """This is not a kind of file that we take."""


class Missing(Problem):
    """There is no such thing."""


class Forbidden(Problem):
    """You may not do this."""


class Unknown(Forbidden):
    """We do not know who you are."""


class Stale(Problem):
    """Someone else changed this first; read it again and retry."""


class AlreadyHandled(Problem):
    """This message was handled before."""
