"""Who PostgreSQL runs as: it refuses to be root, and we may be."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.problems import CannotRun

NOBODY = 65534
# Inside its own namespace the server is nobody; on disk everything still belongs to root.
NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")


@dataclass(frozen=True)
class User:
    """How to run a program as somebody."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None  # None: as we are
    gid: int | None = None

    def run(
        self, command: Sequence[str | Path], cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a short program and return what it said."""
        return subprocess.run(
            [*self.prefix, *command],
            cwd=cwd,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            capture_output=True,
            text=True,
            check=False,
        )

    def can_reach(self, path: Path) -> bool:
        """Tell whether this user may enter a folder or run a program."""
        return self.run(["test", "-x", path], cwd=Path("/")).returncode == 0

    def own(self, path: Path) -> None:
        """Give a path and all that is in it to this user. Only root can, and only root need."""
        owner = os.geteuid() if self.uid is None else self.uid
        if path.stat().st_uid != owner:
            for each in [path, *path.rglob("*")]:
                os.chown(each, owner, self.gid or 0, follow_symlinks=False)


US = User()


def unprivileged() -> User:
    """Return who PostgreSQL can run as: us, us in a namespace, or a user without rights."""
    if os.geteuid() != 0:
        return US
    if shutil.which("unshare") and User(NAMESPACE).run(["true"]).returncode == 0:
        return User(NAMESPACE)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(uid=entry.pw_uid, gid=entry.pw_gid)
    raise CannotRun("PostgreSQL does not run as root: use an ordinary user, or set DATABASE_URL")
