"""Whom an announcement concerns (M15, M18), and how those that were sent have fared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Q, QuerySet

from tickets.models import Announcement
from vendors.access import CUSTOMERS
from vendors.catalog.schema import PolicyFile
from vendors.models import InstalledItem, Organisation, Person, Role

ANNOUNCED = "announcement"  # the outbox's topic
_FIRST = 20
# What the vendor's file calls the kinds.
KINDS = {
    Announcement.Kind.PLANNED: "planned_update",
    Announcement.Kind.URGENT: "urgent_update",
    Announcement.Kind.OUTAGE: "outage",
    Announcement.Kind.POLICY: "policy_change",
}
_FATES = """
SELECT r.announcement_id, o.state, count(*)
FROM tickets_announcementrecipient r
LEFT JOIN outbox_outboxmessage o ON o.vendor_id = r.vendor_id
  AND o.key = 'announcement:' || r.announcement_id || ':' || r.person_id
WHERE r.vendor_id = ANY (%s) AND r.announcement_id = ANY (%s)
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who would get an announcement: how many, in which language each reads it, the first names, how many have no address."""

    size: int
    by_language: tuple[tuple[str, int], ...]
    first: tuple[str, ...]
    without_address: int


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a sent announcement's mails; `unmailed` are people without an address."""

    delivered: int = 0
    pending: int = 0
    dead: int = 0
    unmailed: int = 0

    @property
    def people(self) -> int:
        """How many got it."""
        return self.delivered + self.pending + self.dead + self.unmailed


def announcement_key(announcement_id: int, person_id: int) -> str:
    """The key of the letter to one person: the same for ever, so that nobody gets it twice."""
    return f"announcement:{announcement_id}:{person_id}"


def concerned(policy: PolicyFile, announcement: Announcement) -> QuerySet[Person]:
    """The people whom it concerns: the active ones of organisations with an item in use of the product and its releases, and of
    partners who sold one if the vendor's file names partners; all customers and partners for a changed policy (M18), and for
    what names no product.
    """
    people = Person.objects.filter(
        vendor_id=announcement.vendor_id, active=True, erased_at=None, role__in=[*CUSTOMERS, Role.PARTNER_AGENT]
    ).exclude(organisation=None)
    if announcement.kind == Announcement.Kind.POLICY:
        return people
    if announcement.languages:
        people = people.filter(_reads(policy, announcement.languages))
    audience = audience_of(policy, announcement.kind)
    partners = ~Q(organisation__kind=Organisation.Kind.CUSTOMER)
    if "partners" not in audience:
        people = people.exclude(partners)
    if announcement.product_id is None:
        return people
    items = InstalledItem.objects.filter(
        vendor_id=announcement.vendor_id, product=announcement.product_id, state=InstalledItem.State.ACTIVE
    )
    if announcement.releases:
        items = items.filter(release__in=announcement.releases)
    sold = Q(organisation__in=items.filter(sold_by__isnull=False).values("sold_by"))
    return people.filter(Q(organisation__in=items.values("organisation")) | sold)


def audience(policy: PolicyFile, announcement: Announcement) -> Audience:
    """The preview of an announcement: two questions."""
    people = concerned(policy, announcement)
    counted: dict[str, int] = {}
    without = 0
    for language, mailless, n in _groups(people):
        key = policy.spoken(language)
        counted[key] = counted.get(key, 0) + n
        without += mailless
    first = people.order_by("name", "pk").values_list("name", "organisation__name")[:_FIRST]
    return Audience(
        size=sum(counted.values()),
        by_language=tuple(sorted(counted.items())),
        first=tuple(f"{name}, {organisation}" for name, organisation in first),
        without_address=without,
    )


def fates(vendor_ids: Iterable[int], announcement_ids: Iterable[int]) -> dict[int, Fate]:
    """How the mails of sent announcements have fared, in one question."""
    found: dict[int, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_FATES, [list(vendor_ids), list(announcement_ids)])
        for key, state, n in cursor.fetchall():
            found.setdefault(key, {})[_NAMES[state]] = n
    return {key: Fate(**counts) for key, counts in found.items()}


_NAMES = {"sent": "delivered", "pending": "pending", "dead": "dead", None: "unmailed"}


def _groups(people: QuerySet[Person]) -> Iterable[tuple[str, int, int]]:
    """By language: how many of them have no address, and how many there are."""
    found = people.order_by().values("language").annotate(n=Count("pk"), mailless=Count("pk", filter=Q(email="")))
    return found.values_list("language", "mailless", "n")


def audience_of(policy: PolicyFile, kind: str) -> tuple[str, ...]:
    """Whom the vendor's file names for a kind of announcement: "customers", "partners" or both."""
    key = KINDS[Announcement.Kind(kind)]
    return next((row.audience for row in policy.announcements if row.key == key), ("customers", "partners"))


def _reads(policy: PolicyFile, languages: Iterable[str]) -> Q:
    """Whose language is one of these; who reads none of the vendor's reads its fallback."""
    chosen = set(languages)
    found = Q(language__in=chosen)
    if policy.vendor.fallback_language in chosen:
        found |= ~Q(language__in=policy.vendor.languages)
    return found
