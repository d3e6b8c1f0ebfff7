"""A whole installation for one test: database, broker and mail server of its own, and real processes of the workers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from _launch.place import ROOT, Place
from _launch.processes import free_port, wait_until
from _launch.valkey import Valkey
from kernel.tenancy.scope import Scope, enter
from sla.policies import install
from supportdesk.celery import app
from tests import databases
from tests.smtp import Mailbox, listening
from tests.world import PASSWORD
from tickets import services
from tickets.models import Ticket
from tickets.volume.database import connected
from vendors.access import member_of, scope_of
from vendors.catalog.schema import load
from vendors.models import Organisation, Person, Role, User

POLICY = Path(__file__).with_name("secundo.toml")


@dataclass
class Installation:
    """The vendor `secundo` with its servers; `start` and `kill` its workers."""

    database: str
    place: Place
    broker: Valkey
    mailbox: Mailbox
    vendor_id: int = 0
    customer: Person | None = None
    people: dict[str, int] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    web: subprocess.Popen[bytes] | None = None
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)  # beside what all have

    @property
    def address(self) -> str:
        """Where the web server answers, once `serve` was called, and where links in mails lead."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def scope(self) -> Scope:
        """The whole vendor."""
        return Scope.of(self.vendor_id)

    def file(self, subject: str = "It stops") -> Ticket:
        """The customer files a request, in the scope of his own, committed."""
        assert self.customer is not None
        by = member_of(self.customer)
        with enter(scope_of([by])):
            request = services.Request(requester=self.customer, subject=subject, body="Tick?", language="en")
            return services.file_ticket(by=by, request=request)

    def start(self, *, beat: bool = True) -> None:
        """Start a worker, and beat unless it runs elsewhere."""
        celery = [sys.executable, "-m", "celery", "--app", "supportdesk", "--quiet"]
        worker = ["worker", "--concurrency", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        self._run([*celery, *worker, "--hostname", f"w{len(self.running)}@{self.database}"])
        if beat:
            schedule = str(self.place.data / "beat")
            self._run([*celery, "beat", "--loglevel", "WARNING", "--pidfile=", "--schedule", schedule])

    def serve(self, *, workers: int = 2) -> None:
        """Start the web server as `bin/up` does, and wait until it answers."""
        bind = f"127.0.0.1:{self.port}"
        gunicorn = [sys.executable, "-m", "gunicorn", "supportdesk.wsgi:application", "--bind", bind]
        options = ["--config", "python:supportdesk.gunicorn", "--workers", str(workers), "--log-level", "warning"]
        self.web = self._run([*gunicorn, *options])
        if not wait_until(self._answers, 30):
            raise RuntimeError(f"The web server does not answer:\n{self.log_file.read_text()[-4000:]}")

    def give_logins(self) -> None:
        """Let everybody at the vendor sign in: `<who>@secundo.test`, with the password of the standing cast."""
        with enter(self.scope):
            for person in Person.objects.filter(user=None):
                person.user = User.objects.create_user(
                    person.email, PASSWORD, name=person.name, time_zone="Europe/Stockholm"
                )
                person.save()

    def kill_web(self) -> None:
        """SIGKILL to the web server and its workers alone."""
        assert self.web is not None
        with suppress(ProcessLookupError):
            os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait(10)
        self.running.remove(self.web)
        self.web = None

    def ready(self) -> bool:
        """Whether a worker has said that it is ready, since the log began."""
        return b" ready." in self.log_file.read_bytes()

    @property
    def log_file(self) -> Path:
        """What the processes say."""
        return self.place.log / "workers.log"

    def kill(self) -> None:
        """SIGKILL to all processes, the pool's too: none of them runs a handler."""
        for process in self.running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        self.running.clear()

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.address}/healthz/", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "DATABASE_URL": os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{self.database}",
            "REDIS_URL": self.broker.url,
            "EMAIL_URL": self.mailbox.url,
            "BASE_URL": self.address,
            **self.environment,
        }
        environment.pop("CELERY_BROKER_URL", None)
        with self.log_file.open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process


@contextmanager
def installed(template: str, name: str) -> Iterator[Installation]:
    """An installation on a copy of the template, gone at the end whatever happens."""
    with ExitStack() as ends:
        folder = Path(tempfile.mkdtemp(prefix="sdl-")).resolve()
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        place = Place(folder)
        place.prepare()
        databases.copy(template, name)
        ends.callback(databases.drop, name)
        ends.enter_context(connected(name, databases.app()))
        broker = Valkey(place)
        broker.start()
        ends.callback(broker.stop)
        mailbox = ends.enter_context(listening())
        ends.enter_context(_nudging(broker.url))
        made = Installation(name, place, broker, mailbox)
        ends.callback(made.kill)
        _settle(made)
        yield made


@contextmanager
def _nudging(url: str) -> Iterator[None]:
    """Let this process's own nudges go to the broker at `url`."""
    celery: Any = app
    before = celery.conf.broker_url
    celery.conf.broker_url = url
    celery._after_fork()  # forgets the connections that are open, as a new process would
    try:
        yield
    finally:
        celery.conf.broker_url = before
        celery._after_fork()


def _settle(made: Installation) -> None:
    made.vendor_id = install(load(POLICY)).vendor_id
    with enter(made.scope):
        organisation = Organisation.objects.create(kind=Organisation.Kind.CUSTOMER, name="Tower Ltd", country="SE")
        at = {"organisation": organisation, "country": "SE", "time_zone": "Europe/Stockholm"}
        made.customer = _person("customer", Role.CUSTOMER_USER, **at)
        made.people = {
            role.value: _person(role.value, role).pk for role in (Role.AGENT, Role.SUPERVISOR, Role.SUPPORT_MANAGEMENT)
        }


def _person(who: str, role: Role, **fields: object) -> Person:
    person: Person = Person.objects.create(role=role, name=who.title(), email=f"{who}@secundo.test", **fields)
    return person
