"""The embedded servers: two roles, nothing lost by kill -9, safe from many sides at once."""

import contextlib
import os
import signal
import stat
import threading
from typing import Any

import pytest

from _launch import roles
from _launch.place import Place, secret
from _launch.postgres import Postgres
from _launch.processes import pids_working_in
from _launch.servers import Servers


def _rows(connection: Any, statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _leader(postgres: Postgres) -> int:
    return int((postgres.data / "postmaster.pid").read_text().split()[0])


def test_neither_role_is_above_row_level_security(servers: Servers) -> None:
    with contextlib.closing(servers.postgres.connect()) as connection:
        found = _rows(
            connection,
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname LIKE 'supportdesk%' ORDER BY rolname",
        )
    assert found == [(roles.APP, False, False, False, False), (roles.OWNER, False, False, False, True)]


def test_making_roles_again_takes_rights_back_and_keeps_the_database(servers: Servers) -> None:
    with contextlib.closing(servers.postgres.connect()) as connection:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER ROLE {roles.APP} SUPERUSER BYPASSRLS")
        roles.make_roles(connection, owner_password="a", app_password="b")
        assert roles.make_database(connection) is False
        assert _rows(connection, f"SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = '{roles.APP}'") == [
            (False, False)
        ]


def test_it_listens_nowhere_but_on_a_socket_of_our_own(servers: Servers) -> None:
    with contextlib.closing(servers.postgres.connect()) as connection:
        assert _rows(connection, "SHOW listen_addresses") == [("",)]
    for sockets in (servers.postgres.sockets, servers.valkey.socket.parent):
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700


def test_secrets_are_for_their_owner_only(place: Place) -> None:
    first = secret(place, "secret_key")
    assert secret(place, "secret_key") == first
    assert len(first) == 64
    assert stat.S_IMODE((place.data / "secrets.json").stat().st_mode) == 0o600


def test_after_kill_9_all_is_there(servers: Servers) -> None:
    with contextlib.closing(servers.postgres.connect(roles.DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    assert servers.valkey._say("SET kept 1000").startswith("+OK")
    os.kill(_leader(servers.postgres), signal.SIGKILL)
    for pid in pids_working_in(servers.valkey.data):
        os.kill(pid, signal.SIGKILL)
    servers.ensure()
    with contextlib.closing(servers.postgres.connect(roles.DATABASE)) as connection:
        assert _rows(connection, "SELECT count(*) FROM kept") == [(1000,)]
    assert servers.valkey._say("GET kept").endswith("1000\r\n")


def test_a_pid_file_that_names_a_living_stranger_stops_nothing(servers: Servers) -> None:
    pid_file = servers.postgres.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    servers.stop()
    pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    servers.ensure()
    assert servers.postgres.state() == "ready"


def test_an_interrupted_first_start_heals(place: Place) -> None:
    leaving = place.data / "postgres.new.1"
    leaving.mkdir()
    (leaving / "half").write_text("")
    with Servers(place, hasty=True, with_valkey=False).up():
        assert not leaving.exists()


def test_many_starts_at_once_make_one_server_and_the_last_out_stops_it(place: Place) -> None:
    servers = Servers(place, hasty=True)
    together = threading.Barrier(4)
    leaders: list[int] = []

    def use() -> None:
        with servers.up():
            leaders.append(_leader(servers.postgres))
            together.wait(30)

    users = [threading.Thread(target=use) for _ in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert len(leaders) == 4
    assert len(set(leaders)) == 1
    assert servers.missing() == ["postgres", "redis"]


@pytest.mark.parametrize("depth", [1, 8])
def test_a_long_path_finds_room_for_its_sockets(place: Place, depth: int) -> None:
    deep = Place(place.data.joinpath(*["a-folder-with-a-long-name"] * depth))
    assert len(str(deep.socket_folder("postgres") / ".s.PGSQL.5432.lock")) < 104
