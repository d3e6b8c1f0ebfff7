"""sla_rebuild finds and mends what differs; sla_explain tells why a deadline is what it is."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from kernel.clock import moved_to
from kernel.tenancy.scope import enter
from sla.loop import sweep
from sla.models import Clock, Crossing, Timeline
from tests.world import House, World
from tickets import services
from tickets.ladder import act
from tickets.models import Ticket

MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)  # 9:00 in Stockholm


@pytest.fixture
def ticket(world: World) -> Ticket:
    """A P1 of Mastercam's customer in Stockholm that nobody has answered for 100 minutes: 75% are reached."""
    house = world.mastercam
    with moved_to(MONDAY), enter(house.scope()):
        request = services.Request(
            requester=house.people["customer"], subject="Stands still", body="Nothing starts.", language="en",
            item=house.item, claimed_priority="P1",
        )  # fmt: skip
        made = services.file_ticket(by=house.member("agent"), request=request)
    swept(house, 0)
    swept(house, 100)
    return made


def swept(house: House, minutes: int) -> None:
    with moved_to(MONDAY + timedelta(minutes=minutes)):
        sweep(house.id, act)


def run(command: str, *arguments: str, at: int = 101) -> str:
    out = StringIO()
    with moved_to(MONDAY + timedelta(minutes=at)):
        call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_what_the_loop_stored_is_what_folding_gives(ticket: Ticket) -> None:
    assert run("sla_rebuild", "--check") == "1 timelines compared, 0 wait for a worker, 0 differences\n"


def test_a_stored_clock_that_drifted_is_reported(world: World, ticket: Ticket) -> None:
    with enter(world.mastercam.scope()):
        Clock.objects.update(due_at=MONDAY + timedelta(hours=5))
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("sla_rebuild", "--check", stdout=out)
    assert ended.value.code == 1
    assert "mastercam, timeline" in out.getvalue()
    assert "response clock 1, due_at: stored 2026-11-16 13:00:00 UTC, folded 2026-11-16 10:00:00 UTC" in out.getvalue()
    assert out.getvalue().endswith("1 timelines compared, 0 wait for a worker, 1 differences\n")


def test_without_check_it_is_mended(world: World, ticket: Ticket) -> None:
    with enter(world.mastercam.scope()):
        Clock.objects.update(due_at=MONDAY + timedelta(hours=5), status="paused")
        Timeline.objects.update(due_at=None)
        Crossing.objects.update(crossed_at=MONDAY)
    assert "; mended" in run("sla_rebuild")
    assert "0 differences" in run("sla_rebuild", "--check")
    with enter(world.mastercam.scope()):
        assert Crossing.objects.get().crossed_at == MONDAY + timedelta(minutes=90)


def test_a_rung_that_was_lost_is_found_and_acted_on_once(world: World, ticket: Ticket) -> None:
    with enter(world.mastercam.scope()):
        Crossing.objects.all().delete()
        told = ticket.notifications.filter(kind="rung").count()
        ticket.notifications.filter(kind="rung").delete()
        from kernel.outbox.models import OutboxMessage

        OutboxMessage.objects.filter(key__contains="rung").delete()
    assert "at 75%: stored nothing" in run("sla_rebuild")
    with enter(world.mastercam.scope()):
        assert Crossing.objects.count() == 1
        assert ticket.notifications.filter(kind="rung").count() == told > 0
    assert "0 differences" in run("sla_rebuild", "--check")


def test_what_waits_for_a_worker_is_no_difference(world: World, ticket: Ticket) -> None:
    house = world.mastercam
    with moved_to(MONDAY + timedelta(minutes=100)), enter(house.scope()):
        services.reply(by=house.member("agent"), ticket_id=ticket.pk, body="I am on it.")
    assert run("sla_rebuild", "--check") == "0 timelines compared, 1 wait for a worker, 0 differences\n"
    swept(house, 100)
    assert "1 timelines compared, 0 wait for a worker, 0 differences" in run("sla_rebuild", "--check")


def test_what_was_recorded_after_the_last_fold_does_not_count(world: World, ticket: Ticket) -> None:
    house = world.mastercam
    with moved_to(MONDAY + timedelta(minutes=101)), enter(house.scope()):
        services.reply(by=house.member("agent"), ticket_id=ticket.pk, body="I am on it.")
    assert "1 timelines compared, 0 wait for a worker, 0 differences" in run("sla_rebuild", "--check", at=102)


def test_a_rung_of_a_corrected_history_is_no_difference(world: World, ticket: Ticket) -> None:
    house = world.mastercam
    with moved_to(MONDAY + timedelta(minutes=110)), enter(house.scope()):
        services.reply(
            by=house.member("supervisor"), ticket_id=ticket.pk, body="Said by phone.", at=MONDAY + timedelta(minutes=10)
        )
    swept(house, 110)
    assert "0 differences" in run("sla_rebuild", "--check", at=111)
    with enter(house.scope()):
        assert Crossing.objects.exclude(superseded_at=None).count() == 1


def test_one_vendor_or_a_sample_can_be_chosen(ticket: Ticket) -> None:
    assert "0 timelines compared" in run("sla_rebuild", "--check", "--vendor", "optocraft")
    assert "1 timelines compared" in run("sla_rebuild", "--check", "--sample", "3")
    with pytest.raises(CommandError, match="no vendor 'nobody'"):
        run("sla_rebuild", "--vendor", "nobody")


def test_a_deadline_is_explained_in_words(ticket: Ticket) -> None:
    told = run("sla_explain", ticket.number.lower())
    assert told.startswith(f"{ticket.number}: Stands still\n\nresponse clock, cycle 1, promised [M4, M6, M7, M10]")
    assert "2 h from the start for P1" in told
    assert "counted in Europe/Stockholm (zone: the user's)" in told
    assert "reached  Mon 2026-11-16 10:30 CET: 75%" in told
    assert "due Mon 2026-11-16 11:00 CET" in told


def test_a_ticket_that_is_not_there_is_said(ticket: Ticket) -> None:
    with pytest.raises(CommandError, match="no ticket MC-1900-000001"):
        run("sla_explain", "MC-1900-000001")
    with pytest.raises(CommandError, match="no ticket"):
        run("sla_explain", ticket.number, "--vendor", "optocraft")
    with pytest.raises(CommandError, match="no time zone"):
        run("sla_explain", ticket.number, "--zone", "Nowhere/Land")


def test_a_ticket_without_clocks_says_why(world: World) -> None:
    house = world.onyx
    with enter(house.scope()):
        request = services.Request(requester=house.people["customer"], subject="How", body="How?", language="en")
        made = services.file_ticket(by=house.member("agent"), request=request)
    assert "No clock: this vendor promises no times." in run("sla_explain", made.number)
