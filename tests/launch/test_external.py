"""A database of the user's own: which role is which, what is made, and what is asked for."""

import contextlib
from urllib.parse import urlsplit

import pytest

from _launch import external, roles
from _launch.place import Place, Refusal, secret
from _launch.servers import Servers


@pytest.fixture
def superuser_url(servers: Servers) -> str:
    password = secret(servers.place, "postgres_superuser")
    return f"postgres://postgres:{password}@/{servers.postgres.sockets}/{roles.DATABASE}"


def _do(servers: Servers, *statements: str) -> None:
    with contextlib.closing(servers.postgres.connect(roles.DATABASE)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_with_one_address_its_role_owns_and_the_applications_role_is_made(
    servers: Servers, superuser_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _do(servers, f"DROP ROLE {roles.APP}")
    urls = external.resolve.__wrapped__(superuser_url, None, servers.place)
    assert urls.owner == superuser_url
    assert urlsplit(urls.app).username == roles.APP
    assert "Created the role supportdesk_app" in capsys.readouterr().out
    assert external.resolve.__wrapped__(superuser_url, None, servers.place) == urls


def test_with_both_addresses_nothing_is_touched(place: Place) -> None:
    urls = external.resolve("postgres://a:b@nowhere/x", "postgres://c:d@nowhere/x", place)
    assert urls == external.Urls("postgres://a:b@nowhere/x", "postgres://c:d@nowhere/x")


def test_a_role_that_owns_nothing_needs_the_owner_beside_it(servers: Servers) -> None:
    url = f"postgres://{roles.APP}:{secret(servers.place, 'app_password')}@/{servers.postgres.sockets}/{roles.DATABASE}"
    with pytest.raises(Refusal, match="DATABASE_OWNER_URL"):
        external.resolve.__wrapped__(url, None, servers.place)


def test_an_owner_who_may_not_create_roles_is_told_what_to_create(servers: Servers) -> None:
    _do(servers, f"DROP ROLE {roles.APP}")
    password = secret(servers.place, "owner_password")
    url = f"postgres://{roles.OWNER}:{password}@/{servers.postgres.sockets}/{roles.DATABASE}"
    with pytest.raises(Refusal, match="create supportdesk_app"):
        external.resolve.__wrapped__(url, None, servers.place)


def test_the_role_of_another_installation_keeps_its_password(servers: Servers, superuser_url: str) -> None:
    _do(servers, f"ALTER ROLE {roles.APP} PASSWORD 'theirs'")
    with pytest.raises(Refusal, match="a password of its own"):
        external.resolve.__wrapped__(superuser_url, None, servers.place)


def test_a_server_that_is_not_there_is_named(place: Place) -> None:
    with pytest.raises(Refusal, match=r"DATABASE_URL can't be used: .*port 1 failed: Connection refused"):
        external.resolve.__wrapped__("postgres://a:b@127.0.0.1:1/x", None, place)
    with pytest.raises(Refusal, match="REDIS_URL can't be used"):
        external.require_redis("redis://127.0.0.1:1/0")
