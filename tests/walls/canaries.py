"""A vendor's house in which every table holds something, and every text a word of its own that says who may read it.

A canary reads `zq<vendor>x<audience>x<number>`; audiences are `customer`, `stranger` (the other customer, served by the partner),
`partner` (its own words), `handed` (the partner's and the vendor's), `staff` and `all` (everybody at the vendor).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models

from contracts.models import Contract
from kernel import clock
from kernel.audit.sealing import seal
from kernel.tenancy.models import TenantModel
from kernel.tenancy.scope import enter
from sla.models import Crossing, Timeline
from sla.policies import current
from tests.portal.joining import invited
from tests.tickets.lives import Life
from tests.world import House
from tickets import services
from tickets.models import Announcement, AnnouncementPutAway, AnnouncementRecipient, Attachment, Ticket
from tickets.services import views
from tickets.undoing import undoable
from vendors import staffing
from vendors.joining import domains
from vendors.models import InstalledItem, Site

# In every text beside its canary: whoever searches for it looks for everything.
COMMON = "gemensamt"
_CANARY = re.compile(r"zq([a-z]+)x([a-z]+)x\d+")
# Whose words somebody may read at his own vendor, by who he is.
MAY_READ = {
    "customer": {"customer", "all"},
    "customer_admin": {"customer", "all"},
    "stranger": {"stranger", "all"},
    "partner": {"stranger", "partner", "handed", "all"},
    "agent": {"customer", "stranger", "handed", "staff", "all"},
}
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def found_in(text: str, asked: str = "") -> set[tuple[str, str]]:
    """The canaries of a text, as pairs of vendor and audience; those that were asked for by name are no news."""
    known = {found.group() for found in _CANARY.finditer(asked)}
    return {(found[1], found[2]) for found in _CANARY.finditer(text) if found.group() not in known}


@dataclass
class Aviary:
    """A house full of canaries; `keys` are the keys of its objects by kind, as addresses take them."""

    life: Life
    keys: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    _counted: Counter[str] = field(default_factory=Counter)

    @property
    def house(self) -> House:
        """Whose it is."""
        return self.life.house

    @property
    def name(self) -> str:
        """The vendor, as its canaries name it."""
        return self.house.slug.replace("-", "")

    def word(self, audience: str) -> str:
        """A new canary."""
        self._counted[audience] += 1
        return f"zq{self.name}x{audience}x{self._counted[audience]}"

    def text(self, audience: str) -> str:
        """Words with a new canary, which a search for COMMON finds."""
        return f"{COMMON} {self.word(audience)}"

    def put(self, kind: str, key: Any) -> None:
        """Remember what an address can name."""
        self.keys[kind].append(key)


def aviary(house: House) -> Aviary:
    """Fill a house: tickets of both customers with all that hangs on them, what staff keep, what customers have begun."""
    made = Aviary(Life(house, clock.now() - timedelta(hours=3)))
    _records(made)
    asked = _of_customer(made)
    _of_partner(made)
    _ended(made)
    _staffing(made)
    _articles(made)
    _announcements(made)
    _begun(made, asked)
    _joining(made)
    made.life.go(minutes=5)
    with enter(house.scope()):
        seal(house.id, 1)
        rung: dict[str, Any] = {
            "kind": "response",
            "cycle": 1,
            "percent": 75,
            "crossed_at": made.life.now,
            "noticed_at": made.life.now,
        }
        Crossing.objects.get_or_create(timeline=Timeline.objects.order_by("pk")[0], **rung)
        _fill_the_rest(made)
        for person in house.people.values():
            made.put("people", person.pk)
        made.keys["notifications"] += list(house.people["agent"].notifications.values_list("pk", flat=True)[:2])
        made.keys["notifications"] += list(house.people["customer"].notifications.values_list("pk", flat=True)[:2])
    return made


def _records(made: Aviary) -> None:
    house = made.house
    with enter(house.scope()):
        for audience, organisation in (("customer", house.customer), ("stranger", house.other_customer)):
            Site.objects.create(organisation=organisation, name=made.word(audience), country="SE")
            InstalledItem.objects.create(
                organisation=organisation, product=house.item.product, number=made.word(audience)
            )
        Contract.objects.create(
            customer=house.customer, kind="connect", number=made.word("customer"), starts="2025-01-01"
        )


def _of_customer(made: Aviary) -> Ticket:
    life, words = made.life, made.text
    ticket = life.files(subject=words("customer"), body=words("customer"), files=[_file(made, "customer", "customer")])
    other = life.files(subject=words("customer"), body=words("customer"))
    answer = life.does(
        "agent", services.reply, ticket_id=ticket.pk, body=words("customer"), files=[_file(made, "agent", "customer")]
    )
    with undoable("note", timedelta(hours=5)):
        life.does(
            "agent", services.note, ticket_id=ticket.pk, body=words("staff"), files=[_file(made, "agent", "staff")]
        )
    life.does("agent", services.tag, ticket_id=ticket.pk, name=made.word("staff"))
    life.does("agent", services.add_item, ticket_id=ticket.pk, text=words("staff"))
    life.does("agent", services.link, ticket_id=ticket.pk, number=other.number, kind="caused_by")
    life.does("agent", services.watch, ticket_id=ticket.pk, person_id=life.house.people["agent"].pk)
    life.does("agent", services.keep_draft, ticket_id=ticket.pk, values={"body": words("staff")})
    said = life.does("customer", services.customer_writes, ticket_id=ticket.pk, body=words("customer"))
    review = life.does("customer", services.request_review, ticket_id=ticket.pk, reason=words("customer"))
    life.does("supervisor", services.review, request_id=review.pk, accept=True, answer=words("customer"))
    made.put("messages", answer.pk)
    made.put("numbers", said.number)
    return ticket


def _of_partner(made: Aviary) -> None:
    """A request of the stranger that the partner has, and one that he gave to the vendor and follows."""
    life, words = made.life, made.text
    for gives in (False, True):
        ticket = life.files("stranger", subject=words("stranger"), body=words("stranger"))
        if life.ticket(ticket).serving_house_id != life.house.partner.pk:
            to = {"to_house_id": life.house.partner.pk, "note": words("handed")}
            life.does("agent", services.hand_off, ticket_id=ticket.pk, **to)
        life.does("partner", services.reply, ticket_id=ticket.pk, body=words("stranger"))
        file = [_file(made, "partner", "partner")]
        life.does("partner", services.note, ticket_id=ticket.pk, body=words("partner"), files=file)
        life.does("partner", services.tag, ticket_id=ticket.pk, name=made.word("partner"))
        life.does("partner", services.add_item, ticket_id=ticket.pk, text=words("partner"))
        if gives:
            life.does("partner", services.hand_off, ticket_id=ticket.pk, to_house_id=None, note=words("handed"))
            life.does("agent", services.note, ticket_id=ticket.pk, body=words("staff"))
        made.put("numbers", ticket.number)
    _kept(made, "partner", "partner")


def _ended(made: Aviary) -> None:
    life, words = made.life, made.text
    ticket = life.files(subject=words("customer"), body=words("customer"))
    with enter(life.house.scope()):
        outcome = next(one.key for one in current(life.house.id).outcomes if not one.needs_date)
    life.does("agent", services.resolve, ticket_id=ticket.pk, outcome=outcome, body=words("customer"))
    life.does("customer", services.rate, ticket_id=ticket.pk, grade="not", comment=words("customer"))
    made.put("numbers", ticket.number)


def _file(made: Aviary, who: str, audience: str) -> UUID:
    upload = SimpleUploadedFile(f"{made.word(audience)}.png", PNG + made.word(audience).encode(), "image/png")
    file: Attachment = made.life.does(who, services.attach, upload=upload)
    made.put("files", file.key)
    return file.key


def _kept(made: Aviary, who: str, audience: str) -> None:
    """What people of a serving house keep for themselves and for all of it."""
    life, words = made.life, made.text
    for title, shared in ((words(audience), False), (words(audience), True)):
        by = who if who == "partner" or not shared else "supervisor"
        reply = life.does(by, services.save_canned, title=title, texts={"en": words(audience)}, shared=shared)
        made.put("canned", reply.pk)
    made.put("views", life.does(who, views.create_view, name=made.word(audience), query="").pk)


def _staffing(made: Aviary) -> None:
    life, agent = made.life, made.house.people["agent"].pk
    _kept(made, "agent", "staff")
    team = {"team_id": None, "name": made.text("staff"), "assignment": "by_hand", "takes_new": False}
    made.put("teams", life.does("supervisor", staffing.save_team, **team, member_ids=[agent]).pk)
    life.does(
        "supervisor",
        staffing.set_shifts,
        person_id=agent,
        hours=[staffing.Hours(n, time(0), time(0)) for n in range(7)],
    )
    days = {"first_day": life.now.date() + timedelta(days=9), "last_day": life.now.date() + timedelta(days=9)}
    made.put("absences", life.does("supervisor", staffing.enter_absence, person_id=agent, **days).pk)


def _articles(made: Aviary) -> None:
    for audience, publish in (("staff", False), ("all", True)):
        texts = {"en": {"title": made.text(audience), "body": made.text(audience)}}
        words: dict[str, Any] = {"article_id": None, "product_id": None, "topics": [], "texts": texts}
        article = made.life.does("agent", services.save_article, **words, publish=publish)
        made.put("articles", article.pk)
        made.put("slugs", article.slug)
    vote = {"article_id": article.pk, "helpful": False, "missing": made.text("stranger")}
    made.life.does("stranger", services.rate_article, **vote)


def _announcements(made: Aviary) -> None:
    house, now = made.house, made.life.now
    with enter(house.scope()):
        for audience, sent_at in (("staff", None), ("all", now)):
            told = Announcement.objects.create(
                kind=Announcement.Kind.OUTAGE,
                texts={"en": {"subject": made.text(audience), "body": made.text(audience)}},
                author=house.people["supervisor"],
                created_at=now,
                sent_at=sent_at,
            )
            made.put("announcements", told.pk)
        AnnouncementRecipient.objects.create(announcement=told, person=house.people["stranger"])
        AnnouncementPutAway.objects.create(announcement=told, person=house.people["stranger"], at=now)


def _begun(made: Aviary, asked: Ticket) -> None:
    """What is not sent yet."""
    for who in ("customer", "stranger"):
        key = uuid4()
        values = {"subject": [made.text(who)], "body": [made.text(who)]}
        file = _file(made, who, who)
        made.life.does(who, services.save_request_draft, key=key, values=values, step="check", files=[file])
        made.put("drafts", key)


def _joining(made: Aviary) -> None:
    invitation = invited(made.house, f"{made.word('customer')}@nordic-tool.test", name=made.word("customer"))
    made.put("invitations", invitation.pk)
    domain = f"{made.word('customer')}.nordic-tool.test"
    with enter(made.house.scope()):
        by = made.house.member("customer_admin")
        made.put("domains", domains.claim(by=by, domain=domain, asked=domains.POSTMASTERS[0]).pk)


def tables() -> list[type[models.Model]]:
    """The models of all tables that are tenants'."""
    return [model for model in apps.get_models() if "vendor" in {field.name for field in model._meta.local_fields}]


def _fill_the_rest(made: Aviary) -> None:
    """A row in each table in which nothing is yet, so that a table that nobody thought of here is looked at too."""
    for model in tables():
        if issubclass(model, TenantModel) and not model._default_manager.exists():
            values = dict(_values(made, model))
            model._default_manager.create(**values)


def _values(made: Aviary, model: type[models.Model]) -> Iterator[tuple[str, Any]]:
    for column in model._meta.local_fields:
        if column.primary_key or column.null or column.has_default() or column.name == "vendor":
            continue
        if isinstance(column, models.ForeignKey):
            yield column.name, column.related_model._default_manager.order_by("-pk").first()
        elif column.choices:
            yield column.name, next(iter(column.choices))[0]
        else:
            yield column.name, _plain(made, column)


def _plain(made: Aviary, column: models.Field[Any, Any]) -> Any:
    for kinds, value in _PLAIN:
        if isinstance(column, kinds):
            return value() if callable(value) else value
    return made.word("staff")[: column.max_length or 99]


_PLAIN: Iterable[tuple[tuple[type[Any], ...], Any]] = (
    ((models.IntegerField,), 1),
    ((models.BooleanField,), False),
    ((models.DateTimeField,), clock.now),
    ((models.DateField,), lambda: clock.now().date()),
    ((models.UUIDField,), uuid4),
    ((models.JSONField,), dict),
    ((ArrayField,), list),
    ((models.BinaryField,), b"0"),
)
