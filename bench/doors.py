"""What customers ask for in a database to measure with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

from django.db.models import Count
from django.test import Client

from bench.facts import signed_in, vendors
from kernel.tenancy.scope import Scope, enter
from tickets.machine import ACTIVE
from tickets.models import Ticket
from tickets.volume.story import LONG
from vendors.models import Person, Role


@dataclass(frozen=True)
class CustomersFacts:
    """Sessions of a customer, of the admin of the organisation with the most tickets, and of who has a long conversation; and
    where they look. `new` has for each vendor a session and the page on which a request begins.
    """

    user: str
    admin: str
    second_page: str
    talker: str
    long_ticket: str
    new: Mapping[str, tuple[str, str]]


def look() -> CustomersFacts:
    """Choose them and sign them in."""
    keys = vendors()
    with enter(Scope.of(keys["mastercam"])):
        largest = Ticket.objects.values("customer").annotate(n=Count("pk")).order_by("-n", "customer")[0]["customer"]
        admin = _session(Person.objects.filter(organisation=largest, role=Role.CUSTOMER_ADMIN))
        user = _session(Person.objects.filter(organisation=largest, role=Role.CUSTOMER_USER))
        talked = Ticket.objects.filter(state__in=ACTIVE, requester__user__isnull=False, serving_house=None)
        long = talked.annotate(said=Count("messages")).filter(said__lte=LONG).order_by("-said", "pk")[0]
        talker = _session(Person.objects.filter(pk=long.requester_id))
    return CustomersFacts(
        user=user,
        admin=admin,
        second_page=_second_page(admin),
        talker=talker,
        long_ticket=f"/portal/mastercam/{long.number}/",
        new={slug: _new(slug, key) for slug, key in keys.items()},
    )


def _new(slug: str, vendor_id: int) -> tuple[str, str]:
    with enter(Scope.of(vendor_id)):
        direct = Person.objects.filter(role=Role.CUSTOMER_USER, organisation__supported_by=None)
        return _session(direct), f"/portal/new/{slug}/all/"


def _session(people: object) -> str:
    person = people.exclude(user=None).select_related("user").order_by("pk")[0]  # type: ignore[attr-defined]
    return signed_in(person.user)


def _second_page(session: str) -> str:
    client = Client(headers={"host": "127.0.0.1"})
    client.cookies["sessionid"] = session
    following = re.search(r'href="(\?[^"]*page=[^"]*)"', client.get("/portal/").content.decode())
    return f"/portal/{unescape(following[1])}" if following else "/portal/"
