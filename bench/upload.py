"""A large file over a line that breaks: does it come whole, how fast, and does the web server's memory grow with it?

`bin/bench upload [--megabytes N] [--cuts N] [--check]`

The real web server, a client that sends pieces of 4 MiB, and between them a TCP proxy that cuts the connection in the midst of a
piece. Then the file goes with a request, and its reader downloads it. Memory is what the web workers together hold at their peak
(VmHWM) beyond what they held before, once for a file of a tenth and once for the whole; with `--check` it ends with 1 if a
checksum is wrong or memory grew by more than the limit.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import IO
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportdesk.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from bench.facts import Customer, a_customer  # noqa: E402
from bench.installation import Site, running  # noqa: E402
from bench.line import Delivery, as_browser, breaking, deliver, download  # noqa: E402
from kernel.tenancy.scope import enter  # noqa: E402
from tickets import services  # noqa: E402
from tickets.models import Attachment  # noqa: E402
from tickets.services.uploads import PIECE  # noqa: E402
from tickets.volume import database  # noqa: E402
from vendors.access import member_of, scope_of  # noqa: E402

DATABASE = "upload_900"
GROWTH = 32  # MiB that both web workers may grow by: some threads of each have held a piece of 4 MiB


@dataclass
class Figures:
    """What was measured of one file: seconds, MiB, and whether each checksum is that of what was sent."""

    size: int
    took: float
    delivery: Delivery
    twice: int  # bytes that went up beyond the file itself
    grown: float
    kept_right: bool
    came_back_right: bool


def main(arguments: Sequence[str]) -> int:
    """Send a small file and the large one, and tell."""
    options = _options(arguments)
    call_command("load_volume", tickets=900, database=DATABASE, replace=True, verbosity=0)
    with database.as_app(DATABASE), running(DATABASE) as site:
        customer = a_customer("optocraft")
        _warm(site, customer)
        found = [_measure(site, customer, options.megabytes * 10**6 // part, options.cuts) for part in (10, 1)]
    print(_table(found))
    missed = [what for figures in found for what in _missed(figures, options.cuts)]
    print("\n".join(missed) or "all limits kept")
    return 1 if options.check and missed else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench upload", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--cuts", type=int, default=3)
    parser.add_argument("--check", action="store_true", help="end with 1 if a limit is missed")
    return parser.parse_args(arguments)


def _warm(site: Site, customer: Customer) -> None:
    """Let both workers have had pieces before memory is looked at."""

    def send(_: int) -> None:
        deliver(site.port, as_browser(customer.session), customer.vendor, "a.shz", BytesIO(os.urandom(PIECE)), PIECE)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(24)))


def _measure(site: Site, customer: Customer, size: int, cuts: int) -> Figures:
    headers = as_browser(customer.session)
    with tempfile.TemporaryFile() as content:
        digest = _filled(content, size)
        before = site.resident()
        site.forget_peak()
        begun = time.perf_counter()
        with breaking(site.port, size=size, times=cuts) as line:
            delivery = deliver(line.port, headers, customer.vendor, "measurement.shz", content, size)
        took = time.perf_counter() - begun
    kept = _sent(customer, delivery.key)
    back = download(site.port, headers, delivery.key)
    return Figures(size, took, delivery, line.carried - size, site.peak() - before, kept == digest, back == digest)


def _filled(content: IO[bytes], size: int) -> str:
    digest = hashlib.sha256()
    for begin in range(0, size, 2**20):
        chunk = os.urandom(min(2**20, size - begin))
        digest.update(chunk)
        content.write(chunk)
    return digest.hexdigest()


def _sent(customer: Customer, key: str) -> str:
    """Let a request take the file; answers the checksum that was kept."""
    by = member_of(customer.person)
    with enter(scope_of([by])):
        request = services.Request(
            requester=customer.person, subject="A measurement", body="See the file.", language="en", files=[UUID(key)]
        )
        services.file_ticket(by=by, request=request)
        return Attachment.objects.get(key=key).sha256


def _table(found: Sequence[Figures]) -> str:
    lines = [f"{'':<38}" + "".join(f"{figures.size // 10**6:>14,} MB" for figures in found)]
    rows = (
        ("cut in the midst of a piece, times", [f"{f.delivery.breaks}" for f in found]),
        ("whole, with the right checksum", ["yes" if f.kept_right and f.came_back_right else "NO" for f in found]),
        ("seconds; MB a second", [f"{f.took:.1f}; {f.size / f.took / 1e6:.0f}" for f in found]),
        ("sent twice, with all headers, MB", [f"{f.twice / 1e6:.1f}" for f in found]),
        (f"memory grew by, MiB (limit {GROWTH})", [f"{f.grown:.1f}" for f in found]),
    )
    return "\n".join([*lines, *(f"{name:<38}" + "".join(f"{cell:>17}" for cell in cells) for name, cells in rows)])


def _missed(figures: Figures, cuts: int) -> list[str]:
    missed = []
    if not (figures.kept_right and figures.came_back_right):
        missed.append("the file is not the one that was sent")
    if figures.delivery.breaks != cuts:
        missed.append(f"the line broke {figures.delivery.breaks} times, not {cuts}")
    if figures.grown > GROWTH:
        missed.append(f"memory grew by {figures.grown:.1f} MiB")
    return [f"missed at {figures.size // 10**6:,} MB: {what}" for what in missed]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
