"""Loading the demo twice as of one moment tells one story; without it there is nothing to print."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from kernel.audit.models import AuditEntry
from kernel.clock import moved_to
from sla.models import Crossing
from tests.demo.test_demo import in_each_vendor
from tests.world import World
from tickets import demo
from tickets.models import Attachment, Message, Ticket

# A Saturday on which nobody is served anywhere.
MOMENT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def story() -> list[tuple[object, ...]]:
    """What the demo tells, without keys that the database gave."""
    told: list[tuple[object, ...]] = []
    for _ in in_each_vendor():
        told += Ticket.objects.order_by("number").values_list(
            "number", "subject", "state", "priority", "received_at", "level"
        )
        told += Message.objects.order_by("ticket__number", "pk").values_list(
            "ticket__number", "body", "at", "visibility"
        )
        told += Crossing.objects.order_by("crossed_at", "kind").values_list(
            "kind", "percent", "crossed_at", "noticed_at"
        )
        told += Attachment.objects.order_by("created_at", "name", "sha256").values_list("name", "sha256", "created_at")
        told += AuditEntry.objects.order_by("pk").values_list("verb", "at", "source")
    return told


def test_the_same_moment_and_seed_tell_the_same_story(world: World, media: None) -> None:
    stories = []
    for _ in range(2):
        with moved_to(MOMENT):
            attempt = transaction.savepoint()
            demo.load(seed=3, tickets=30)
            stories.append(story())
            transaction.savepoint_rollback(attempt)

    assert stories[0] == stories[1]
    assert len(stories[0]) > 300


def test_without_a_demo_there_are_no_logins_to_print(world: World) -> None:
    out = StringIO()
    call_command("demo_logins", stdout=out)
    assert out.getvalue() == ""
