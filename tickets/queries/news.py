"""What a reader's vendors have announced to him: the audience's rule (`announcements.concerned`) from the reader's side.

`tests/portal/test_news.py` holds the two sides together: whoever is concerned reads it, and who is not does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from sla.policies import current
from tickets.models import Announcement, AnnouncementPutAway, AnnouncementRecipient
from tickets.queries.announcements import audience_of
from vendors.access import Member
from vendors.models import InstalledItem, Organisation, Person

PRESSING_FOR = timedelta(days=30)
_MOST_PRESSING = 3
Installed = Mapping[int, Mapping[int, set[int]]]  # by organisation: the releases in use of each product


def news(members: Iterable[Member]) -> QuerySet[Announcement]:
    """What was sent to these customers and partners, or concerns them now, the latest first, each with whether the reader has
    `put_away` it. Asks whose they are and what their organisations have in use at once, the rest when it is read.
    """
    keys = [member.person for member in members if member.organisation_id is not None]
    people = list(Person.objects.filter(pk__in=keys).select_related("organisation"))
    used = _in_use({person.organisation_id for person in people})
    got = AnnouncementRecipient.objects.filter(announcement=OuterRef("pk"), person__in=keys)
    away = AnnouncementPutAway.objects.filter(announcement=OuterRef("pk"), person__in=keys)
    found = Q(pk__in=[])
    for person in people:
        found |= Q(vendor_id=person.vendor_id) & (
            Q(Exists(got)) | _concerns(person, used.get(person.organisation_id or 0, {}))
        )
    sent = Announcement.objects.filter(found, sent_at__isnull=False).annotate(put_away=Exists(away))
    return sent.select_related("product").order_by("-sent_at", "-pk")


def pressing(members: Iterable[Member], now: datetime) -> list[Announcement]:
    """The newest urgent updates and outages of the last 30 days that the reader has not put away."""
    kinds = [Announcement.Kind.URGENT, Announcement.Kind.OUTAGE]
    recent = news(members).filter(Q(("put_away", False)), kind__in=kinds, sent_at__gt=now - PRESSING_FOR)
    return list(recent[:_MOST_PRESSING])


def _in_use(organisations: Iterable[int | None]) -> Installed:
    """What organisations have in use or have sold."""
    houses = [key for key in organisations if key is not None]
    items = InstalledItem.objects.filter(
        Q(organisation__in=houses) | Q(sold_by__in=houses), state=InstalledItem.State.ACTIVE
    )
    used: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for owner, seller, product, release in items.values_list(
        "organisation", "sold_by", "product", "release"
    ).distinct():
        for house in {owner, seller} & set(houses):
            used[house][product] |= {release} - {None}
    return used


def _concerns(person: Person, used: Mapping[int, set[int]]) -> Q:
    policy = current(person.vendor_id)
    reads = Q(languages=[]) | Q(languages__contains=[policy.spoken(person.language)])
    about = Q(product=None)
    for product, releases in used.items():
        about |= Q(product=product) & (Q(releases=[]) | Q(releases__overlap=sorted(releases)))
    told = [
        kind
        for kind in Announcement.Kind
        if person.organisation.kind == Organisation.Kind.CUSTOMER or "partners" in audience_of(policy, kind)
    ]
    return Q(kind=Announcement.Kind.POLICY) | (Q(kind__in=told) & reads & about)
