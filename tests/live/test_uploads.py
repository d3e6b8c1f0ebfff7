"""A large file through a line that breaks comes whole, and the web server's memory does not grow with it."""

from __future__ import annotations

import hashlib
import os
from io import BytesIO

import pytest

from bench.facts import signed_in
from bench.installation import Site
from bench.line import as_browser, breaking, deliver
from kernel.tenancy.scope import enter
from tests.live.installation import Installation
from tests.world import read_house
from tickets.models import Attachment
from tickets.services.uploads import PIECE
from vendors.models import User

pytestmark = pytest.mark.live
SIZE = 60 * 1024 * 1024
GROWTH = 32  # MiB


def test_sixty_megabytes_survive_three_cuts_in_the_midst_of_a_piece(live: Installation) -> None:
    live.serve(workers=1)  # the one whose memory is looked at
    assert live.web is not None
    site, content = Site(live.port, live.web.pid), os.urandom(SIZE)
    headers = as_browser(signed_in(User.objects.get(email="customer@optocraft.test")))
    deliver(live.port, headers, "optocraft", "warm.shz", BytesIO(content[:PIECE]), PIECE)
    before = site.resident()
    with breaking(live.port, size=SIZE, times=3) as line:
        done = deliver(line.port, headers, "optocraft", "scan.shz", BytesIO(content), SIZE)
    assert (done.breaks, line.cuts) == (3, [])
    with enter(read_house("optocraft").scope()):
        kept = Attachment.objects.get(key=done.key)
    assert (kept.state, kept.sha256) == (Attachment.State.DRAFT, hashlib.sha256(content).hexdigest())
    assert site.peak() - before < GROWTH
