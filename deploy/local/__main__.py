"""`python -m deploy.local`: the whole system on this machine, until Ctrl-C."""

import sys

from deploy.local import settings
from deploy.local.parts import aduan
from deploy.local.runner import main
from deploy.local.running import Running


def show(running: Running) -> None:
    """Print where everything is, for people."""
    for name, url in running.urls.items():
        print(f"{name:12} {url}")
    print(f"{'data':12} {running.data}")
    if running.logins:
        print(f"\n{'username':12}{'role':24}{'password':22}TOTP secret")
    for login in running.logins:
        roles = ", ".join(login.roles)
        print(f"{login.username:12}{roles:24}{login.password:22}{login.totp_secret}")
    if running.logins:
        print("\nA bearer token: make -s token as=operator")
    print("Ctrl-C stops everything.", flush=True)


def show_json(running: Running) -> None:
    """Print one line, for programs."""
    print(running.line(), flush=True)


def say(message: str) -> None:
    """Tell the person at the keyboard what happens."""
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    options = settings.options()
    parts = None if options.only_servers else aduan()
    sys.exit(main(options, parts, show_json if options.json else show, say))
