"""Makes .venv from the hash-pinned locks, with uv where it can be had and with pip otherwise."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import console
from .place import ROOT, Refusal, explained, locked, require_space

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
INSTALLER = ROOT / "requirements-installer.txt"
LOCAL = ROOT / "requirements-local.txt"
DEV = ROOT / "requirements-dev.txt"  # contains LOCAL
_STAMP = VENV / "supportdesk.json"
_SPACE = {LOCAL: 900, DEV: 1400}  # megabytes that a fresh environment takes, packages' cache included


def enter(lock: Path, arguments: list[str]) -> None:
    """Make sure that .venv holds `lock`, then go on in its Python with the same command.

    Returns if this is that Python already.
    """
    ensure(lock)
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(PYTHON, [str(PYTHON), str(ROOT / "bin" / "_main.py"), *arguments])


def ensure(lock: Path) -> None:
    """Install `lock` into .venv unless exactly that was installed before. Raises Refusal with the way out."""
    if _is_current(lock):
        return
    with explained(ROOT):
        probe = ROOT / f".probe-{os.getpid()}"
        probe.write_text("")
        probe.unlink()
    with locked(ROOT / ".venv.lock"):
        if _is_current(lock):  # somebody else did it meanwhile
            return
        require_space(ROOT, _SPACE[lock] if not PYTHON.exists() else 100)
        if not _works():
            with console.step("Making the Python environment in .venv"):
                _make()
        if not (VENV / "bin" / "uv").exists():
            with console.step("Fetching the installer, uv"):
                _fetch_uv()
        with console.step(f"Installing {_count(lock)} packages of {lock.name}"):
            _install(lock)
        _remember(lock)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _stamp() -> dict[str, str]:
    try:
        found = json.loads(_STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("venv") == str(VENV) else {}


def _is_current(lock: Path) -> bool:
    return _stamp().get(lock.name) == _digest(lock) and PYTHON.exists()


def _remember(lock: Path) -> None:
    covered = [DEV, LOCAL] if lock == DEV else [lock]
    _STAMP.write_text(json.dumps({**_stamp(), "venv": str(VENV), **{path.name: _digest(path) for path in covered}}))


def _count(lock: Path) -> int:
    return sum("==" in line and not line.startswith((" ", "#")) for line in lock.read_text().splitlines())


def _works() -> bool:
    """Whether .venv has a Python that runs, is new enough and knows itself to be here (a moved folder doesn't)."""
    if not PYTHON.exists():
        return False
    question = "import sys, pip; print(sys.prefix); sys.exit(sys.version_info < (3, 11))"
    answer = subprocess.run([str(PYTHON), "-c", question], capture_output=True, text=True)
    return answer.returncode == 0 and Path(answer.stdout.strip()) == VENV


def _make() -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise Refusal(
            f"This Python {version} has no venv module: install it (Debian and Ubuntu: apt-get install "
            f"python{version}-venv) and try again."
        )
    if VENV.exists():
        shutil.rmtree(VENV)
    base = Path(sys._base_executable)  # type: ignore[attr-defined]  # even when we are called from another environment
    _call([str(base), "-m", "venv", str(VENV)], "The Python environment could not be made")


def _fetch_uv() -> None:
    """uv is a convenience: without it pip does the work, slowly."""
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(INSTALLER)]
    subprocess.run(command, capture_output=True, text=True)


def _install(lock: Path) -> None:
    uv = VENV / "bin" / "uv"
    if uv.exists():
        command = [str(uv), "pip", "install", "--quiet", "--system-certs", "--require-hashes", "-r", str(lock)]
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "VIRTUAL_ENV": str(VENV)}, cwd=ROOT
        )
        if done.returncode == 0:
            return
        console.say(f"  uv could not ({_reason(done.stderr)}); pip tries, which takes minutes.")
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)]
    _call(command, "The packages could not be installed")


def _call(command: list[str], trouble: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise Refusal(
            f"{trouble}: {_reason(done.stderr or done.stdout)} Check the network and the disk, then try again."
        )


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if line.lower().startswith(("error", "× ", "caused by")) or "ERROR" in line]
    return ((telling or lines or ["no reason given"])[-1])[:300]
