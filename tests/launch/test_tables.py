"""bin/up skips migrations only when nothing can have changed."""

from pathlib import Path

import pytest

from _launch import tables
from _launch.servers import Servers


def test_they_are_current_after_a_migration_until_code_or_hand_changes_them(
    servers: Servers, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = folder / "code"
    (code / "tickets").mkdir(parents=True)
    (code / "requirements.txt").write_text("")
    (code / "tickets" / "models.py").write_text("a = 1")
    monkeypatch.setattr(tables, "ROOT", code)
    assert not tables.are_current(servers)
    tables.remember(servers)
    assert tables.are_current(servers)
    (code / "tickets" / "models.py").write_text("a = 2")
    assert not tables.are_current(servers)
    tables.remember(servers)
    tables.forget(servers)
    assert not tables.are_current(servers)


def test_a_database_of_the_users_own_is_always_asked(servers: Servers) -> None:
    tables.remember(servers)
    theirs = Servers(servers.place, with_postgres=False)
    assert not tables.are_current(theirs)
