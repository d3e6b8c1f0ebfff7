"""Many at once on the same tickets while workers sweep: nobody waits for ever, nothing is lost or counted twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import time
from random import Random
from threading import Barrier, Event
from typing import Any

from django.db import connection

from kernel.audit.models import AuditEntry
from kernel.outbox import services as outbox
from kernel.tenancy.scope import enter
from sla.loop import sweep
from sla.rebuild import rebuild
from tests.world import House, World
from tickets import nudge, services
from tickets.ladder import act
from tickets.models import Message, Ticket, TicketNumber
from tickets.services.assignment import give_out
from tickets.tasks import sweep_all
from tickets.vocabulary import Refused
from vendors import staffing
from vendors.access import scope_of
from vendors.models import Person, Team

ROUNDS = 25


def _threads(jobs: list[Callable[[], Any]]) -> list[Any]:
    """What each job answers, all begun at the same moment; a deadlock or any other error is raised."""
    begin = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        begin.wait()
        try:
            with nudge.held():
                return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(120) for future in [pool.submit(run, job) for job in jobs]]


def _do(house: House, who: str, service: Callable[..., Any], **words: Any) -> Any:
    member = house.member(who)
    with enter(scope_of([member], member.user_id)):
        return service(by=member, **words)


def _file(house: House, who: str = "customer") -> Ticket:
    request = services.Request(
        requester=house.people[who], subject="It stops", body="It stops.", language="en", claimed_priority="P2"
    )
    ticket: Ticket = _do(house, who, services.file_ticket, request=request)
    return ticket


def _busy(house: House, tickets: list[int], seed: int) -> Counter[str]:
    random, done = Random(seed), Counter[str]()
    partner = house.partner.pk
    deeds: list[tuple[str, Callable[..., Any], dict[str, Any]]] = [
        ("agent", services.reply, {"body": "Try this.", "ask": True}),
        ("colleague", services.reply, {"body": "And this."}),
        ("customer", services.customer_writes, {"body": "It still stops."}),
        ("agent", services.set_priority, {"priority": "P1"}),
        ("supervisor", services.set_priority, {"priority": "P3"}),
        ("supervisor", services.assign, {"assignee_id": house.people["colleague"].pk}),
        ("agent", services.note, {"body": "Hm."}),
        ("customer", services.request_review, {"reason": "Too slow"}),
        ("agent", services.resolve, {"outcome": "solution", "body": "Done."}),
        ("customer", services.reopen, {}),
        ("customer", services.close, {}),
        ("supervisor", services.hand_off, {"to_house_id": partner}),
        ("partner", services.hand_off, {"to_house_id": None}),
        ("supervisor", services.classify, {"classification": "bug"}),
        ("agent", services.go_on, {}),
    ]
    for _ in range(ROUNDS):
        who, service, words = random.choice(deeds)
        try:
            _do(house, who, service, ticket_id=random.choice(tickets), **words)
            done[service.__name__] += 1
        except Refused:
            done["refused"] += 1
        if random.random() < 0.2:
            _file(house)
    return done


def test_services_and_workers_never_block_each_other_for_ever(shared: World) -> None:
    house = shared.mastercam
    tickets = [_file(house).pk for _ in range(3)]
    over = Event()

    def work() -> None:
        while not over.wait(0.01):
            sweep(house.id, act)
            outbox.deliver(house.id, limit=5)

    def people(seed: int) -> Callable[[], Counter[str]]:
        return lambda: _busy(house, tickets, seed)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_threads, [work, work])
        try:
            done: Counter[str] = sum(_threads([people(seed) for seed in range(4)]), Counter())
        finally:
            over.set()
        waiting.result(60)
    assert done.total() == 4 * ROUNDS
    assert done["refused"] < done.total() / 2
    sweep_all([house.id])
    reports = list(rebuild(house.id))
    assert [str(difference) for report in reports for difference in report.differences] == []
    assert sum(report.compared for report in reports) >= 3


def test_numbers_given_out_at_once_are_all_different_and_without_a_gap(shared: World) -> None:
    house = shared.mastercam
    filed = _threads([lambda: [_file(house).number for _ in range(5)]] * 4)
    numbers = sorted(number for some in filed for number in some)
    assert len(set(numbers)) == 20
    with enter(house.scope()):
        assert int(numbers[-1][-6:]) == TicketNumber.objects.get().last == 20


def test_two_agents_who_answer_at_once_both_do_and_one_has_it(shared: World) -> None:
    house = shared.mastercam
    ticket = _file(house)

    def answer(who: str) -> Callable[[], Message]:
        return lambda: _do(house, who, services.reply, ticket_id=ticket.pk, body=f"By {who}")

    _threads([answer("agent"), answer("colleague")])
    with enter(house.scope()):
        assert Ticket.objects.get(pk=ticket.pk).assignee_id in {house.people[who].pk for who in ("agent", "colleague")}
        assert Message.objects.filter(ticket=ticket, by_staff=True).count() == 2
    sweep_all([house.id])
    assert not [report for report in rebuild(house.id) if report.differences]


def test_of_two_who_ask_for_a_review_at_once_one_is_refused(shared: World) -> None:
    house = shared.mastercam
    ticket = _file(house)

    def ask() -> str:
        try:
            _do(house, "customer", services.request_review, ticket_id=ticket.pk, reason="Too slow")
        except Refused:
            return "refused"
        return "asked"

    assert sorted(_threads([ask, ask])) == ["asked", "refused"]


def test_workers_who_give_out_at_once_give_each_ticket_to_one_person_within_the_limits(shared: World) -> None:
    house = shared.mastercam
    limits = {house.people["agent"].pk: 9, house.people["colleague"].pk: 6}
    with enter(house.scope()):
        for key, limit in limits.items():
            # At work round the clock, so that the hour of the test does not matter.
            Person.objects.filter(pk=key).update(work_limit=limit)
            days = [staffing.Hours(day, time(0), time(0)) for day in range(7)]
            staffing.set_shifts(by=house.member("supervisor"), person_id=key, hours=days)
        for name, new in (("First", True), ("Second", False)):
            staffing.save_team(
                by=house.member("supervisor"),
                team_id=None,
                name=name,
                assignment="round_robin",
                takes_new=new,
                member_ids=list(limits),
            )
    tickets = [_file(house).pk for _ in range(20)]
    with enter(house.scope()):
        Ticket.objects.filter(pk__in=tickets[::3]).update(team=Team.objects.get(name="Second"))

    def by_hand() -> None:
        for key in tickets[:3]:
            _do(house, "supervisor", services.assign, ticket_id=key, assignee_id=house.people["supervisor"].pk)

    def worker() -> None:
        for _ in range(6):
            give_out(house.id)

    _threads([worker, worker, worker, by_hand])
    give_out(house.id)
    with enter(house.scope()):
        given = Counter(
            AuditEntry.objects.filter(verb="ticket.assigned", actor_id=None).values_list("subject_id", flat=True)
        )
        assert set(given.values()) == {1}
        has = Counter(Ticket.objects.filter(pk__in=tickets).values_list("assignee_id", flat=True))
        assert all(has[key] <= limit for key, limit in limits.items())
        assert given.total() <= 15 + 3  # what was taken by hand makes room
        assert has[house.people["supervisor"].pk] == 3
    sweep_all([house.id])
    assert not [report for report in rebuild(house.id) if report.differences]
