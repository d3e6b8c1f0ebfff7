"""What to ask for in a database to measure with, and how much work is left there."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Count

from interfaces.common.tokens import issue
from kernel import clock
from kernel.audit.models import AuditEntry
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from sla.models import Timeline
from tickets.machine import ACTIVE
from tickets.models import SavedView, Ticket
from tickets.volume.cast import AGENT
from tickets.volume.story import LONG
from tickets.volume.words import vocabulary
from vendors.models import InstalledItem, Person, Role, User, Vendor

VIEW = "tag:post"  # one of his own beside the nine that everybody has: the dearest kind


@dataclass(frozen=True)
class Facts:
    """Who asks (a session, and customers as vendor, token and serial number), and for what."""

    session: str
    customers: tuple[tuple[str, str, str], ...]
    long_ticket: str
    rare_word: str
    common_word: str
    serial: str


def look() -> Facts:
    """Sign the agent and four customers in, give him a view of his own, and choose what to ask for."""
    agent = User.objects.get(email=AGENT)
    keys = vendors()
    mastercam = keys["mastercam"]
    with enter(Scope.of(mastercam)):
        _save_view(agent)
        talked = Ticket.objects.filter(state__in=ACTIVE).annotate(said=Count("messages")).filter(said__lte=LONG)
        long_ticket = talked.order_by("-said", "pk").first()
        assert long_ticket is not None
        busiest = Ticket.objects.values("item__number").annotate(n=Count("pk")).order_by("-n", "item__number").first()
        assert busiest is not None
    customers = [
        _customer(keys[slug], slug, n)
        for n, slug in enumerate(("mastercam", "optocraft", "image-instruments", "mastercam"))
    ]
    words = vocabulary("en")
    return Facts(
        session=signed_in(agent),
        customers=tuple(customers),
        long_ticket=f"/desk/mastercam/{long_ticket.number}/",
        rare_word=words[-1],
        common_word=words[3],
        serial=str(busiest["item__number"]),
    )


@dataclass(frozen=True)
class Customer:
    """A customer who is signed in: his vendor's slug, himself, the key of his session."""

    vendor: str
    person: Person
    session: str


def a_customer(slug: str) -> Customer:
    """Sign a customer of a vendor in."""
    with enter(Scope.of(vendors()[slug])):
        people = Person.objects.filter(role=Role.CUSTOMER_USER, organisation__supported_by=None).exclude(user=None)
        person = people.select_related("user", "organisation").order_by("pk")[0]
    assert person.user is not None
    return Customer(slug, person, signed_in(person.user))


def backlog() -> int:
    """How many timelines are to be woken now."""
    total = 0
    for vendor_id in vendors().values():
        with enter(Scope.of(vendor_id)):
            total += Timeline.objects.filter(wake_at__lte=clock.now()).count()
    return total


def filed() -> dict[str, int]:
    """How many tickets, clocks, audit rows and letters there are, of those that filing leaves."""
    counts = dict.fromkeys(("tickets", "events folded", "audit rows", "letters"), 0)
    for vendor_id in vendors().values():
        with enter(Scope.of(vendor_id)):
            counts["tickets"] += Ticket.objects.count()
            counts["events folded"] += Timeline.objects.exclude(folded_at=None).count()
            counts["audit rows"] += AuditEntry.objects.filter(verb="ticket.filed").count()
            counts["letters"] += OutboxMessage.objects.filter(topic="mail").count()
    return counts


def vendors() -> dict[str, int]:
    """The keys of the vendors by slug."""
    found = {}
    for key in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with enter(Scope.of(key)):
            found[Vendor.objects.get().slug] = key
    return found


def _save_view(agent: User) -> None:
    me = Person.objects.get(user=agent)
    SavedView.objects.get_or_create(
        owner=me, name="One of mine", defaults={"query": VIEW, "created_at": clock.now(), "vendor_id": me.vendor_id}
    )


def _customer(vendor_id: int, slug: str, number: int) -> tuple[str, str, str]:
    with enter(Scope.of(vendor_id)):
        direct = Person.objects.filter(
            role__in=[Role.CUSTOMER_USER, Role.CUSTOMER_ADMIN], organisation__supported_by=None
        )
        person = direct.exclude(user=None).select_related("user").order_by("pk")[number * 3]
        item = InstalledItem.objects.filter(organisation=person.organisation).order_by("pk").first()
        assert item is not None
        assert person.user is not None
        return slug, issue(person.user, "bench"), item.number


def signed_in(user: User) -> str:
    """A session of the user; answers its key."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)
