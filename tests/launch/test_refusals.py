"""What can go wrong ends in one line with the way out, and status 1."""

import errno
import json
import shutil
import socket
from pathlib import Path

import pytest

from _launch import commands, environment, up
from _launch.place import Place, Refusal, explain, locked, require_space, secret
from _launch.servers import Servers
from _launch.settings import read_env_file


def test_a_port_in_use_is_named_with_another_to_take(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refusal, match=rf"Port {port} is in use\. Choose another: bin/up --port \d+"):
            up.precheck(["--port", str(port)])


@pytest.mark.parametrize("port", ["0", "70000", "-1"])
def test_a_number_that_is_no_port_is_refused(place: Place, port: str) -> None:
    with pytest.raises(Refusal, match="is no port"):
        up.precheck([f"--port={port}"])


def test_a_second_start_names_the_address_of_the_first(place: Place) -> None:
    (place.run / "up.json").write_text(json.dumps({"url": "http://127.0.0.1:8123", "pid": 1}))
    with locked(place.run / "up.lock"), pytest.raises(Refusal, match=r"8123: stop it with bin/down first"):
        up.precheck([])


def test_a_command_prints_the_line_and_returns_one(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["up", "--port", "0"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("0 is no port")
    assert said.count("\n") == 1


def test_a_folder_that_cant_be_used_is_named(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(Refusal, match="file/data can't be used"):
        Place(folder / "file" / "data").prepare()


def test_an_unwritable_folder_and_a_full_disk_have_a_way_out(folder: Path) -> None:
    assert "SUPPORTDESK_DATA" in explain(OSError(errno.EACCES, "no"), folder)
    assert "The disk is full" in explain(OSError(errno.ENOSPC, "no"), folder)


def test_too_little_room_is_refused_before_anything_is_written(folder: Path) -> None:
    with pytest.raises(Refusal, match="are needed: make room there"):
        require_space(folder / "not" / "yet" / "there", 10**9)


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(environment, "VENV", folder / ".venv")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Refusal, match=r"apt-get install python3\.\d+-venv"):
        environment._make()


def test_a_damaged_file_of_secrets_is_not_overwritten(place: Place) -> None:
    (place.data / "secrets.json").write_text("{")
    with pytest.raises(Refusal, match="is damaged"):
        secret(place, "secret_key")
    assert (place.data / "secrets.json").read_text() == "{"


def test_a_line_of_env_that_is_none_is_named(folder: Path) -> None:
    (folder / ".env").write_text("A=1\nwhat is this\n")
    with pytest.raises(Refusal, match=r"\.env, line 2"):
        read_env_file(folder / ".env")


def test_data_of_another_postgresql_is_left_alone(servers: Servers) -> None:
    servers.stop()
    version = servers.postgres.data / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(Refusal, match="was made by PostgreSQL 17"):
        servers.ensure()
    version.write_text("18\n")
    servers.ensure()


def test_lost_secrets_are_told_apart_from_a_dead_server(servers: Servers) -> None:
    kept = shutil.copy(servers.place.data / "secrets.json", servers.place.data / "kept")
    (servers.place.data / "secrets.json").unlink()
    with pytest.raises(Refusal, match="bring the file back from a copy"):
        servers.ensure()
    shutil.copy(kept, servers.place.data / "secrets.json")
