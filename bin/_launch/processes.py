"""Small facts about processes and users, on Linux and macOS."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def pids_working_in(folder: Path) -> list[int]:
    """Processes whose working directory is `folder`."""
    if Path("/proc/self/cwd").exists():
        return [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _works_in(p, folder)]
    listed = subprocess.run(["lsof", "-t", "-a", "-d", "cwd", str(folder)], capture_output=True, text=True)
    return [int(pid) for pid in listed.stdout.split()]


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return os.readlink(process / "cwd") == str(folder)
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float, step: float = 0.05) -> bool:
    """Ask again and again, for so many seconds; whether it came true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


def reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether that user can enter `path`: every folder down to it lets him through."""
    groups = set(os.getgrouplist(user.pw_name, user.pw_gid))
    for folder in (*reversed(path.parents), path):
        try:
            found = folder.stat()
        except FileNotFoundError:
            return True  # not made yet: whoever makes it decides
        if found.st_uid == user.pw_uid:
            allowed = found.st_mode & stat.S_IXUSR
        elif found.st_gid in groups:
            allowed = found.st_mode & stat.S_IXGRP
        else:
            allowed = found.st_mode & stat.S_IXOTH
        if not allowed:
            return False
    return True


def die_with_parent() -> None:
    """In a child, before it becomes its program: end when the parent is gone (Linux; elsewhere it does nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1 is PR_SET_PDEATHSIG


_outliving: list[subprocess.Popen[bytes]] = []


def let_outlive(process: subprocess.Popen[bytes]) -> None:
    """Keep a server's handle for as long as we live: the server may live on, and is no zombie if it ends before us."""
    _outliving[:] = [known for known in _outliving if known.poll() is None]
    _outliving.append(process)


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(host: str = "127.0.0.1") -> int:
    """A port on which nobody listens now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
