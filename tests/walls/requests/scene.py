"""What the estate lacks for every form to be offered: tickets in every state, and something of each kind beside them."""

from __future__ import annotations

from interfaces.desk.undoing import WINDOW
from kernel.tenancy.scope import enter
from sla.models import ClockEvent
from tests.walls.matrix.estate import Estate, _draft_file, _filed
from tickets import services
from tickets.models import Message, TicketLink
from tickets.undoing import undoable

_ASKS = {"abroad": "abroad_customer"}
STATES = ("waiting", "third party", "asked for review")


def furnish(estate: Estate) -> Estate:
    """Add it, in both houses, for the staff and for the partner."""
    for owner, serves in (("customer", "agent"), ("stranger", "partner"), ("abroad", "abroad_agent")):
        _beside(estate, owner, serves)
        _in_every_state(estate, owner, serves)
    for who in ("agent", "supervisor", "partner", "customer", "stranger", "abroad_agent", "abroad_customer"):
        file = _draft_file(estate, who, "ready")
        estate.put("ready file", who, file.key, word=file.name, house=estate.cast.house_of(who))
    return estate


def _beside(estate: Estate, owner: str, serves: str) -> None:
    ticket = estate.things["ticket"][owner].row
    other = estate.things["resolved"][owner].row
    asks = _ASKS.get(owner, owner)
    house = estate.cast.house_of(serves)
    colleague = estate.cast.person(serves)
    said = estate.does(asks, services.customer_writes, ticket_id=ticket.pk, body=estate.word())
    with enter(house.scope()):
        second = Message.objects.filter(ticket=said).latest("pk")
        event = ClockEvent.objects.filter(timeline_id=ticket.timeline_id).order_by("pk").last()
    estate.put("second message", owner, second.pk, house=house)
    if event is not None:  # while a partner serves, no clock of the vendor's runs
        estate.put("event", owner, event.pk, house=house)
    estate.does(serves, services.tag, ticket_id=ticket.pk, name=f"zq{owner}")
    estate.does(serves, services.watch, ticket_id=ticket.pk, person_id=colleague.pk)
    estate.does(serves, services.link, ticket_id=ticket.pk, number=other.number, kind="blocks")
    item = estate.does(serves, services.add_item, ticket_id=ticket.pk, text=estate.word())
    with enter(house.scope()):
        link = TicketLink.objects.get(ticket=ticket, other=other)
    estate.put("link", owner, link.pk, house=house)
    estate.put("item", owner, item.pk, house=house)
    with undoable("tag", WINDOW) as batch:
        estate.does(serves, services.tag, ticket_id=ticket.pk, name=f"back{owner}")
    estate.put("batch", serves, batch, house=house)


def _in_every_state(estate: Estate, owner: str, serves: str) -> None:
    asks = _ASKS.get(owner, owner)
    partner = "partner" if serves == "partner" else ""
    house = estate.cast.house_of(serves)
    for state in STATES:
        ticket = _filed(estate, asks, partner)
        if state == "waiting":
            estate.does(serves, services.reply, ticket_id=ticket.pk, body=estate.word(), ask=True)
        elif state == "third party":
            estate.does(serves, services.wait_for_third_party, ticket_id=ticket.pk)
        else:
            estate.does(serves, services.reply, ticket_id=ticket.pk, body=estate.word())
            estate.does(asks, services.request_review, ticket_id=ticket.pk, reason=estate.word())
        estate.put(state, owner, house.slug, ticket.number, house=house, row=ticket, word=ticket.subject)
