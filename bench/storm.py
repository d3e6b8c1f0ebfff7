"""100,000 crossings due at one instant, two workers, and a murderer: each must be recorded exactly once, and soon.

`bin/bench storm [--crossings N] [--idle N] [--kills N] [--parent-kills N]`

Real Celery workers (prefork) and beat work on a real database; pool processes, and twice a worker itself, are killed with
SIGKILL at random moments and started again. Afterwards the tables are counted: crossings, audit rows, outbox messages and
notifications, each exactly once, none before its instant. The tick is measured beside a million idle clocks.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportdesk.settings")

import django

django.setup()

from django.db import connection  # noqa: E402

from kernel.tenancy.models import Tenant  # noqa: E402
from kernel.tenancy.scope import Scope, enter  # noqa: E402
from sla.policies import install  # noqa: E402
from vendors.catalog.schema import from_document, load  # noqa: E402
from vendors.models import Organisation, Person, Role  # noqa: E402

CATALOG = Path(__file__).parent.parent / "vendors" / "catalog"
QUARTER = timedelta(minutes=90)  # 75% of two hours
LATEST = 30.0  # seconds: what must not be exceeded


def main(arguments: Sequence[str]) -> int:
    """Seed, let it storm, count; exit status 1 if anything was lost, doubled, early or too late."""
    options = _options(arguments)
    rng = random.Random(options.seed)
    vendor_id = _seed_vendor()
    _clear()
    print(f"seeding {options.idle:,} idle clocks and {options.crossings:,} tickets …", flush=True)
    with enter(Scope.of(vendor_id)):
        _seed_idle(vendor_id, options.idle)
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=20 + options.crossings // 2500)
    with enter(Scope.of(vendor_id)):
        _seed_storm(vendor_id, options.crossings, due)
    _as_owner("VACUUM ANALYZE")
    print(f"tick with nothing due: {_tick_ms(vendor_id):.2f} ms in SQL (at most 5)")
    murders, took = _storm(vendor_id, options, due, rng)
    return _verdict(vendor_id, options, due, murders, took)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench storm", description=__doc__)
    parser.add_argument("--crossings", type=int, default=100_000)
    parser.add_argument("--idle", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--parent-kills", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=240.0, help="give up after this many seconds")
    return parser.parse_args(arguments)


# ---------------------------------------------------------------- the vendor and its million clocks


def _seed_vendor() -> int:
    """A house with Mastercam's ladder and targets that never closes, so that the storm can be at any hour."""
    document = load(CATALOG / "mastercam.toml").document()
    number = Tenant.objects.count() + 1
    for calendar in document["calendars"]:
        calendar["hours"] = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        calendar["holidays"] = []
        calendar["closures"] = []
    document["examples"] = []
    return install(from_document(document), slug=f"storm-{number}", prefix=f"ST{number}").vendor_id


def _seed_idle(vendor_id: int, count: int) -> None:
    """Timelines that sleep for a month and more, with a clock each."""
    later = datetime.now(UTC) + timedelta(days=30)
    _execute(
        "INSERT INTO sla_timeline (vendor_id, houses, wake_at, due_kind, due_promised, trouble)"
        " SELECT %s, '{}', %s + make_interval(secs => n %% 86400), 'response', true, '' FROM generate_series(1, %s) n",
        vendor_id,
        later,
        count,
    )
    _seed_clocks(vendor_id, datetime.now(UTC), later, later)


def _seed_storm(vendor_id: int, count: int, due: datetime) -> None:
    """Tickets of which each crosses 75% of its response target at `due`."""
    customer = Organisation.objects.create(kind=Organisation.Kind.CUSTOMER, name="Storm customer", country="SE")
    requester = Person.objects.create(role=Role.CUSTOMER_USER, organisation=customer, name="R", email="r@storm.test")
    agent = Person.objects.create(role=Role.AGENT, name="A", email="a@storm.test")
    for role in (Role.SUPERVISOR, Role.SUPPORT_MANAGEMENT, Role.EXECUTIVE_SPONSOR):
        Person.objects.create(role=role, name=str(role.label), email=f"{role.value}@storm.test")
    received, ends = due - QUARTER, due + timedelta(minutes=30)
    claim = {"priority": "P1", "urgent": False, "zone": "Europe/Stockholm", "country": "SE", "zone_source": "user"}
    _execute(
        "INSERT INTO sla_timeline (vendor_id, houses, wake_at, folded_at, due_at, due_kind, due_promised, trouble)"
        " SELECT %s, ARRAY[%s]::bigint[], %s, %s, %s, 'response', true, '' FROM generate_series(1, %s)",
        vendor_id,
        customer.pk,
        due,
        received,
        ends,
        count,
    )
    _execute(
        "INSERT INTO sla_clockevent (vendor_id, timeline_id, kind, at, recorded_at, inputs, reason)"
        " SELECT vendor_id, id, kind, %s, %s, inputs::jsonb, '' FROM sla_timeline,"
        " (VALUES (1, 'received', %s), (2, 'assigned', '{}')) AS e (n, kind, inputs)"
        " WHERE vendor_id = %s AND wake_at = %s ORDER BY id, n",
        received,
        received,
        json.dumps(claim),
        vendor_id,
        due,
    )
    _seed_clocks(vendor_id, received, due, ends)
    _execute(
        "INSERT INTO tickets_ticket (vendor_id, timeline_id, houses, number, subject, language, channel, state, customer_id,"
        " requester_id, topic, intake, information_complete, claimed_priority, priority, urgent, urgent_reason,"
        " classification, outcome, cancel_reason, assignee_id, level, past_houses, country, time_zone, zone_source,"
        " zone_assumed, created_at, received_at, changed_at, last_message_by_staff)"
        " SELECT vendor_id, id, houses, 'ST-' || id, 'Machine stands still', 'en', 'portal', 'open', %s, %s, '', '{}', false,"
        " 'P1', '', false, '', 'incident', '', '', %s, 0, '{}', 'SE', 'Europe/Stockholm', 'user', false, %s, %s, %s, false"
        " FROM sla_timeline WHERE vendor_id = %s AND wake_at = %s",
        customer.pk,
        requester.pk,
        agent.pk,
        received,
        received,
        received,
        vendor_id,
        due,
    )


def _seed_clocks(vendor_id: int, started: datetime, wakes: datetime, due: datetime) -> None:
    _execute(
        "INSERT INTO sla_clock (vendor_id, timeline_id, kind, cycle, status, started_at, due_at, base, target, elapsed,"
        " promised, priority, calendar, zone, policy_number, calendar_number)"
        " SELECT vendor_id, id, 'response', 1, 'running', %s, %s, 0, 7200, 0, true, 'P1', 'world', 'Europe/Stockholm', 1, 1"
        " FROM sla_timeline WHERE vendor_id = %s AND wake_at >= %s AND wake_at < %s + interval '1 day'",
        started,
        due,
        vendor_id,
        wakes,
        wakes,
    )


def _execute(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _number(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0] or 0)


def _clear() -> None:
    """Nothing of an earlier run may be left to wake: the owner empties what has piled up."""
    _as_owner(
        "TRUNCATE sla_timeline, sla_clock, sla_clockevent, sla_crossing, tickets_ticket, tickets_message,"
        " tickets_attachment, tickets_handoff, tickets_escalationrequest, tickets_notification, audit_auditentry,"
        " audit_unsealed, audit_seal, outbox_outboxmessage"
    )


def _as_owner(statement: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", f"{_OWNER}({statement!r})"],
        env=os.environ | {"DATABASE_URL": os.environ["DATABASE_OWNER_URL"]},
        check=True,
    )


_OWNER = "from django.db import connection; connection.cursor().execute"


def _tick_ms(vendor_id: int) -> float:
    """What the claim of a tick costs in the database when nothing is due, in milliseconds: the best of twenty."""
    from sla.loop import _CLAIM

    best = 1e9
    for _ in range(20):
        with enter(Scope.of(vendor_id)), connection.cursor() as cursor:
            begun = time.perf_counter()
            cursor.execute(_CLAIM, [vendor_id, datetime.now(UTC), 1000])
            cursor.fetchall()
            best = min(best, time.perf_counter() - begun)
    return best * 1000


# ---------------------------------------------------------------- the storm


class Workers:
    """Celery workers, each with two pool processes, and beat; whoever dies is started again."""

    def __init__(self, count: int) -> None:
        self.commands = [_celery("worker", "-c", "2", "-n", f"storm{i}@localhost", *_QUIET) for i in range(count)]
        self.commands.append(_celery("beat", "-s", "/tmp/storm-beat-schedule"))
        self.processes = [self._start(command) for command in self.commands]

    @staticmethod
    def _start(command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def revive(self) -> None:
        """Start again who is dead, as any supervisor of services does."""
        for number, process in enumerate(self.processes):
            if process.poll() is not None:
                self.processes[number] = self._start(self.commands[number])

    def pool(self) -> list[int]:
        """Process numbers of the pools."""
        parents = {process.pid for process in self.processes[:-1]}
        return [child for parent in parents for child in _children(parent)]

    def kill_pool(self, rng: random.Random) -> bool:
        """SIGKILL one pool process, if there is one."""
        pool = self.pool()
        if pool:
            with suppress(ProcessLookupError):
                os.kill(rng.choice(pool), signal.SIGKILL)
                return True
        return False

    def kill_parent(self, rng: random.Random) -> None:
        """SIGKILL a worker with all its processes."""
        _kill_group(rng.choice(self.processes[:-1]))

    def stop(self) -> None:
        """End all of it."""
        for process in self.processes:
            _kill_group(process)
            process.wait()


_QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "error")


def _celery(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "supportdesk", *arguments]


def _children(parent: int) -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        return []


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def _workers(count: int) -> Iterator[Workers]:
    workers = Workers(count)
    try:
        yield workers
    finally:
        workers.stop()


def _storm(
    vendor_id: int, options: argparse.Namespace, due: datetime, rng: random.Random
) -> tuple[tuple[int, int], float]:
    killed = parents = 0
    with _workers(options.workers) as workers:
        _sleep_until(due)
        begun = time.monotonic()
        # Spread over the first ten seconds of the storm, so that they all fall into it.
        moments = sorted(rng.uniform(0.3, 10.0) for _ in range(options.kills))
        parent_moments = sorted(rng.uniform(1.0, 8.0) for _ in range(options.parent_kills))
        while time.monotonic() - begun < options.limit:
            now = time.monotonic() - begun
            if moments and moments[0] <= now:
                # While a worker starts again there is nobody to kill; murders that fell due meanwhile come one by one.
                hit = workers.kill_pool(rng)
                killed += hit
                moments = [max(moment, now + rng.uniform(0.2, 0.5)) for moment in moments[hit:]]
            if parent_moments and parent_moments[0] <= now:
                workers.kill_parent(rng)
                parent_moments.pop(0)
                parents += 1
            workers.revive()
            if int(now * 10) % 5 == 0 and _left(vendor_id, due) == 0:
                break
            time.sleep(0.05)
        took = time.monotonic() - begun
    return (killed, parents), took


def _sleep_until(due: datetime) -> None:
    left = (due - datetime.now(UTC)).total_seconds()
    if left < 3:
        raise SystemExit("seeding took longer than planned: the storm would begin before the workers stand")
    print(f"storm in {left:.0f} s …", flush=True)
    time.sleep(max(0.0, left))


def _left(vendor_id: int, due: datetime) -> int:
    with enter(Scope.of(vendor_id)):
        return _number("SELECT count(*) FROM sla_timeline WHERE vendor_id = %s AND wake_at <= %s", vendor_id, due)


# ---------------------------------------------------------------- the count

_COUNTS = {
    "crossings": "SELECT count(*) FROM sla_crossing WHERE vendor_id = %s AND percent = 75",
    "crossings, distinct": "SELECT count(DISTINCT timeline_id) FROM sla_crossing WHERE vendor_id = %s AND percent = 75",
    "audit rows": "SELECT count(*) FROM audit_auditentry WHERE vendor_id = %s AND verb = 'ticket.rung_fired'",
    "audit rows, distinct": "SELECT count(DISTINCT subject_id) FROM audit_auditentry"
    " WHERE vendor_id = %s AND verb = 'ticket.rung_fired'",
    "outbox messages": "SELECT count(*) FROM outbox_outboxmessage WHERE vendor_id = %s",
    "outbox messages, distinct": "SELECT count(DISTINCT payload->>'ticket') FROM outbox_outboxmessage WHERE vendor_id = %s",
}


def _verdict(vendor_id: int, options: argparse.Namespace, due: datetime, murders: tuple[int, int], took: float) -> int:
    with enter(Scope.of(vendor_id)):
        counts = {name: _number(statement, vendor_id) for name, statement in _COUNTS.items()}
        early = _number(
            "SELECT count(*) FROM sla_crossing WHERE vendor_id = %s AND (crossed_at <> %s OR noticed_at < crossed_at)",
            vendor_id,
            due,
        )
        late = _number(
            "SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM noticed_at - crossed_at))"
            " FROM sla_crossing WHERE vendor_id = %s",
            vendor_id,
        )
        left = _left(vendor_id, due)
    for name, count in counts.items():
        print(f"{name:28} {count:>9,}")
    print(f"{'early or at a wrong instant':28} {early:>9,}")
    print(f"{'not looked at':28} {left:>9,}")
    print(f"killed: {murders[0]} pool processes, {murders[1]} workers")
    print(f"all recorded after {took:.1f} s (at most {LATEST:.0f}), p99 lateness {late} s")
    good = all(count == options.crossings for count in counts.values()) and not early and not left and took <= LATEST
    print("as promised" if good else "NOT as promised")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
