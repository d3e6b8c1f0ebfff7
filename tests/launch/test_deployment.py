"""docker-compose.yml and what lies beside it, checked without a Docker engine."""

import contextlib
import importlib.resources
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from _launch.servers import Servers

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def test_it_follows_the_schema_of_the_compose_specification(compose: dict[str, Any]) -> None:
    schemas = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((schemas / "compose-spec.json").read_text())
    assert [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(compose)] == []


def test_every_service_of_a_deployment_is_there_and_asked_for_its_health(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "redis", "migrate", "web", "worker", "beat"}
    assert [name for name, service in services.items() if "healthcheck" not in service] == ["migrate"]


def test_only_the_migrations_know_the_owner(compose: dict[str, Any]) -> None:
    owners = [name for name, service in compose["services"].items() if "OWNER_PASSWORD" in json.dumps(service)]
    assert owners == ["postgres", "migrate"]


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET)\w*)(:\?)?", text)
    assert secrets
    assert all(required for _, required in secrets)


def test_every_variable_is_explained_in_the_example(compose: dict[str, Any]) -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    explained = set(re.findall(r"^#(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked <= explained


def test_the_image_runs_as_an_ordinary_user() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER supportdesk" in lines
    assert any("--require-hashes" in line for line in lines)


def test_the_image_holds_neither_history_nor_secrets_nor_tests() -> None:
    left_out = set((ROOT / ".dockerignore").read_text().split())
    assert left_out >= {".git", ".env", "var", "tests", "bench"}


def test_the_proxy_speaks_tls_of_today_and_takes_no_clients_word_for_its_address() -> None:
    text = (ROOT / "docker" / "proxy.conf").read_text()
    assert re.findall(r"ssl_protocols (.*);", text) == ["TLSv1.2 TLSv1.3"]
    (ciphers,) = re.findall(r"ssl_ciphers (.*);", text)
    assert all(
        re.fullmatch(r"ECDHE-(ECDSA|RSA)-(AES\d+-GCM-\w+|CHACHA20-POLY1305)", each) for each in ciphers.split(":")
    )
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "proxy_set_header X-Forwarded-Proto https;" in text


def test_the_script_of_roles_makes_them_on_a_fresh_server(servers: Servers) -> None:
    with contextlib.closing(servers.postgres.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("DROP DATABASE supportdesk")
        cursor.execute("DROP ROLE supportdesk_app")
        cursor.execute("DROP ROLE supportdesk_owner")
    password = json.loads((servers.place.data / "secrets.json").read_text())["postgres_superuser"]
    made = subprocess.run(
        [ROOT / "docker" / "roles.sh"],
        capture_output=True,
        text=True,
        env={
            "PATH": f"{servers.postgres.binaries}:{os.environ['PATH']}",
            "PGHOST": str(servers.postgres.sockets),
            "PGPASSWORD": password,
            "POSTGRES_USER": "postgres",
            "OWNER_PASSWORD": "it's",
            "APP_PASSWORD": "b",
        },
    )
    assert made.returncode == 0, made.stderr
    with servers.postgres.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'supportdesk%' ORDER BY 1"
        )
        assert cursor.fetchall() == [("supportdesk_app", False, False), ("supportdesk_owner", False, False)]


PRODUCTION = {
    "SECRET_KEY": "not-a-real-key-" + "0123456789abcdefghij" * 3,
    "ALLOWED_HOSTS": "desk.example",
    "DATABASE_URL": "postgres://app:secret@database/supportdesk",
    "BASE_URL": "https://desk.example",
}


def _manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env=clean | variables, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_production_settings_pass_djangos_own_check_for_deployments() -> None:
    done = _manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("System check identified no issues (0 silenced).\n", "")


def test_production_refuses_a_proxy_that_is_no_address() -> None:
    done = _manage("check", **PRODUCTION, TRUSTED_PROXIES="10.0.0.0/8,proxy.example")
    assert done.returncode != 0
    assert "TRUSTED_PROXIES: 'proxy.example' does not appear to be" in done.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"])
def test_production_refuses_to_start_without(missing: str) -> None:
    done = _manage("check", **{name: value for name, value in PRODUCTION.items() if name != missing})
    assert done.returncode != 0
    assert f"Set {missing} in the environment" in done.stderr
