"""Whether the embedded database's tables already fit the code: then bin/up saves the time of asking Django.

The mark lies in the cluster, so that a new cluster has none, and changes with any file of the code.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from .place import ROOT
from .servers import Servers

_CODE = ("kernel", "vendors", "sla", "contracts", "tickets", "interfaces", "supportdesk")


def are_current(servers: Servers) -> bool:
    """Whether the tables were brought up to date with exactly this code. Never for a database of the user's own."""
    mark = _mark(servers)
    return servers.with_postgres and mark.exists() and mark.read_text() == _digest()


def remember(servers: Servers) -> None:
    """They were just brought up to date."""
    if servers.with_postgres:
        _mark(servers).write_text(_digest())


def forget(servers: Servers) -> None:
    """Somebody is about to change them by hand."""
    if servers.with_postgres:
        _mark(servers).unlink(missing_ok=True)


def _mark(servers: Servers) -> Path:
    return servers.postgres.data / "supportdesk.tables"


def _digest() -> str:
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for file in sorted(file for package in _CODE for file in (ROOT / package).rglob("*.py")):
        digest.update(f"{file.relative_to(ROOT)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
