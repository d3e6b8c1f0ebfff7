"""A scope ends where its block ends, whoever uses the connection next."""

from __future__ import annotations

from django.db import connection

from kernel.tenancy.scope import enter
from tests.world import World

_SAID = "SELECT " + ", ".join(
    f"current_setting('app.{name}', true)" for name in ("vendors", "open", "organisations", "user")
)


def _left() -> list[str]:
    """What the connection still says of a scope, and how many people it shows."""
    with connection.cursor() as cursor:
        cursor.execute(_SAID)
        said = [value for value in cursor.fetchone() if value]
        cursor.execute("SELECT count(*) FROM vendors_person")
        return said + ["people"] * cursor.fetchone()[0]


def test_a_scope_ends_with_its_transaction(shared: World) -> None:
    with enter(shared.mastercam.scope()):
        assert _left()
    assert _left() == []


def test_a_scope_inside_another_hands_it_back(shared: World) -> None:
    with enter(shared.mastercam.scope()):
        before = _left()
        with enter(shared.optocraft.scope()):
            assert _left() != before
        assert _left() == before
