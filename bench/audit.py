"""Writing audit entries while they are sealed: `bin/bench audit [--seconds N] [--writers N]`.

Writers commit a transaction for each entry, as requests do: alone, and beside a sealer that never rests. Each round is measured
three times in turn, and the medians are told. Then a pile is written in bulk, sealed alone, and the chain held against the rows.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from statistics import median

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportdesk.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")

import django

django.setup()

from django.db import connection  # noqa: E402

from kernel import clock  # noqa: E402
from kernel.audit.sealing import seal  # noqa: E402
from kernel.audit.services import Actor, Entry, record  # noqa: E402
from kernel.audit.verifying import Chain, Fault, verify  # noqa: E402
from kernel.tenancy.models import Tenant  # noqa: E402
from kernel.tenancy.scope import Scope, enter  # noqa: E402
from vendors.services import Verb  # noqa: E402

_FORK = get_context("fork")
_ROUNDS, _PILE = 3, 50_000


def main(arguments: Sequence[str]) -> int:
    """Measure and print; exit status 1 if the chain is not whole afterwards."""
    parser = argparse.ArgumentParser(prog="bin/bench audit", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round")
    parser.add_argument("--writers", type=int, default=2)
    options = parser.parse_args(arguments)
    vendor_id = Tenant.objects.create().pk
    kinds = {"alone": False, "while sealing": True}
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(_ROUNDS):
        for kind, sealing in kinds.items():
            rates[kind].append(_round(vendor_id, options.seconds, options.writers, sealing=sealing))
    for kind, found in rates.items():
        _tell(f"written {kind}", median(found))
    _tell("written in bulk", _timed(lambda: _pile(vendor_id)))
    _tell("sealed", _timed(lambda: _seal_all(vendor_id)))
    chain, faults = Chain(), list[Fault]()
    _tell("verified", _timed(lambda: _verified(vendor_id, chain, faults)))
    print(f"{len(faults)} faults in {chain.entries:,} entries")
    return 1 if faults else 0


def _tell(what: str, rate: float) -> None:
    print(f"{what:<22} {rate:>8,.0f} entries/s", flush=True)


def _timed(job: Callable[[], int]) -> float:
    begun = time.monotonic()
    return job() / (time.monotonic() - begun)


def _entry(vendor_id: int) -> Entry:
    subject = ("ticket", 1)
    return Entry(vendor_id, clock.now(), Verb.ERASED, Actor(1, 1, "web", "192.0.2.1"), subject, subject)


def _pile(vendor_id: int) -> int:
    with enter(Scope.of(vendor_id)):
        some = [_entry(vendor_id)] * 500
        for _ in range(_PILE // len(some)):
            record(some)
    return _PILE


def _seal_all(vendor_id: int) -> int:
    total = 0
    while taken := seal(vendor_id):
        total += taken
    return total


def _verified(vendor_id: int, chain: Chain, faults: list[Fault]) -> int:
    faults += verify(vendor_id, chain, {})
    return chain.entries


def _round(vendor_id: int, seconds: float, writers: int, *, sealing: bool) -> float:
    """Entries a second that all writers committed together."""
    connection.close()
    over, written = _FORK.Event(), _FORK.Queue()
    jobs = [_FORK.Process(target=_write, args=(vendor_id, over, written)) for _ in range(writers)]
    if sealing:
        jobs.append(_FORK.Process(target=_seal, args=(vendor_id, over)))
    for job in jobs:
        job.start()
    time.sleep(seconds)
    over.set()
    total = sum(written.get() for _ in range(writers))
    for job in jobs:
        job.join()
    return float(total / seconds)


def _write(vendor_id: int, over: Event, written: Queue[int]) -> None:
    count = 0
    while not over.is_set():
        with enter(Scope.of(vendor_id)):
            record([_entry(vendor_id)])
        count += 1
    written.put(count)


def _seal(vendor_id: int, over: Event) -> None:
    while not over.is_set():
        if not seal(vendor_id):
            time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
