"""What there is: of each kind of object one of everybody who can have one, in two houses, made by the services that make it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from interfaces.common.tokens import issue
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import enter
from sla.models import ClockEvent
from tests.portal.joining import invited
from tests.portal.walking import PNG
from tests.walls.matrix.cast import Cast, make_cast
from tests.world import House
from tickets import services
from tickets.models import Attachment, ChecklistItem, Message, Notification, Ticket, TicketLink
from tickets.services.views import create_view, share_view
from tickets.tasks import sweep_all
from vendors import staffing
from vendors.joining import domains, links
from vendors.models import AccessToken, IdentityLink, IdentityProvider, Organisation, Product


@dataclass(frozen=True)
class Thing:
    """An object: what names it in addresses, the words by which its page is known, and what else bodies need of it."""

    args: tuple[Any, ...]
    word: str = ""
    house: House | None = None
    row: Any = None
    beside: dict[str, Any] = field(default_factory=dict)


@dataclass
class Estate:
    """Everything, by kind and by whose it is; `number` counts what was made, so that each has words of its own."""

    cast: Cast
    things: dict[str, dict[str, Thing]] = field(default_factory=dict)
    number: int = 0

    def put(self, kind: str, owner: str, *args: Any, **more: Any) -> Thing:
        """Note an object."""
        return self.things.setdefault(kind, {}).setdefault(owner, Thing(args, **more))

    def word(self) -> str:
        """A word that stands nowhere else."""
        self.number += 1
        return f"Zq{self.number:03}xw"

    def does(self, who: str, service: Callable[..., Any], /, **words: Any) -> Any:
        """Somebody of the cast calls a service, in the scope of his whole house."""
        with enter(self.cast.house_of(who).scope()):
            return service(by=self.cast.member(who), **words)


def make_estate() -> Estate:
    """Make the cast and all that it has; the workers have looked at it once."""
    estate = Estate(make_cast())
    _houses(estate)
    _tickets(estate)
    for house, who in ((estate.cast.here, ""), (estate.cast.abroad, "abroad_")):
        _staff(estate, house, who)
        _told(estate, house, who)
        _customers(estate, house, who)
        _letters(estate, house, who)
    _narrow_news(estate)
    _providers(estate)
    _said(estate)
    _kept(estate)
    _tokens(estate)
    _mail(estate)
    return estate


def _providers(estate: Estate) -> None:
    """Sign-in elsewhere, and one of the staff who has come by it."""
    for owner, house in (("here", estate.cast.here), ("abroad", estate.cast.abroad)):
        with enter(house.scope()):
            row = IdentityProvider.objects.create(
                key=f"{house.id:032x}",
                name=f"Login {estate.word()}",
                issuer="https://127.0.0.1:1/",
                client_id=estate.word(),
            )
            link = IdentityLink.objects.create(
                provider=row, person=house.people["colleague"], subject=estate.word(), linked_at=datetime.now(UTC)
            )
        estate.put("provider", owner, house.slug, row.pk, word=row.name, house=house)
        estate.put("provider by link", owner, house.id, row.key, house=house)
        estate.put("identity", owner, house.slug, link.pk, house=house)


def _houses(estate: Estate) -> None:
    estate.put("nothing", "")
    for owner, house in (("here", estate.cast.here), ("abroad", estate.cast.abroad)):
        estate.put("vendor", owner, house.slug, word=house.vendor.name, house=house)


# Whose request it is, who answers it, and at which partner it is ("" for none).
_TICKETS = (
    ("customer", "agent", ""),
    ("customer_admin", "agent", ""),
    ("stranger", "partner", "partner"),
    ("second", "other_partner", "other_partner"),
    ("abroad", "abroad_agent", ""),
)
_ASKS = {"second": "customer", "abroad": "abroad_customer"}


def _tickets(estate: Estate) -> None:
    for owner, serves, partner in _TICKETS:
        asks = _ASKS.get(owner, owner)
        ticket = _filed(estate, asks, partner)
        house = estate.cast.house_of(asks)
        said = estate.does(
            serves, services.reply, ticket_id=ticket.pk, body=estate.word(), **_file(estate, serves, "public")
        )
        estate.does(asks, services.customer_writes, ticket_id=ticket.pk, body=estate.word())
        noted = estate.does(serves, services.note, ticket_id=ticket.pk, body=estate.word())
        _attach(estate, serves, noted, owner)
        with enter(house.scope()):
            last = Message.objects.filter(ticket=ticket, by_staff=False).latest("pk")
            shown = Attachment.objects.filter(message=said).get()
        about = {"house": house, "word": ticket.subject, "row": ticket}
        beside = {"owner": owner, "serves": serves} | _beside(estate, ticket, serves, asks)
        estate.put("ticket", owner, house.slug, ticket.number, **about, beside=beside)
        estate.put("message", owner, house.slug, ticket.number, last.pk, **about)
        estate.put("clock", owner, house.slug, ticket.number, "response", 1, **about)
        estate.put("file", owner, shown.key, word=shown.name, house=house, row=shown)
        ended = _filed(estate, asks, partner)
        estate.does(serves, services.resolve, ticket_id=ended.pk, outcome=_outcome(house), body=estate.word())
        estate.put("resolved", owner, house.slug, ended.number, house=house, word=ended.subject, row=ended)
    one, other = estate.things["message"]["customer"], estate.things["message"]["stranger"]
    estate.put("message", "stranger's at customer's", *one.args[:2], other.args[2], house=one.house, row=one.row)
    estate.put("message", "customer's at stranger's", *other.args[:2], one.args[2], house=one.house, row=other.row)


_WATCHES = {"customer": "customer_admin", "customer_admin": "customer_admin", "stranger": "stranger_admin"}


def _beside(estate: Estate, ticket: Ticket, serves: str, asks: str) -> dict[str, Any]:
    """What hangs on a ticket beside its conversation: a tag, something to do, a link, who watches, an event of its clocks."""
    house, mate = estate.cast.house_of(asks), _filed(estate, asks, "")
    with enter(house.scope()):
        Ticket.objects.filter(pk=mate.pk).update(houses=ticket.houses, serving_house=ticket.serving_house)
    watcher = house.people[_WATCHES.get(asks, "customer_admin")].pk
    estate.does(serves, services.tag, ticket_id=ticket.pk, name="kept")
    estate.does(serves, services.add_item, ticket_id=ticket.pk, text=estate.word())
    estate.does(serves, services.watch, ticket_id=ticket.pk, person_id=watcher)
    estate.does(serves, services.link, ticket_id=ticket.pk, kind="blocks", number=mate.number)
    with enter(house.scope()):
        event = ClockEvent.objects.filter(timeline=ticket.timeline_id).exclude(kind="received").order_by("pk").last()
        found = {
            "item": ChecklistItem.objects.get(ticket=ticket).pk,
            "link": TicketLink.objects.get(ticket=ticket).pk,
            "event": event.pk if event else "",
        }
    return found | {"watcher": watcher}


def _filed(estate: Estate, asks: str, partner: str) -> Ticket:
    house, person = estate.cast.house_of(asks), estate.cast.person(asks)
    request = services.Request(
        requester=person,
        subject=f"It stops {estate.word()}",
        body=f"It stops when I save. {estate.word()}",
        language="en",
        intake={"environment" if house.slug == "mastercam" else "tried": estate.word()},
        item=house.item if person.organisation_id == house.customer.pk else None,
    )
    ticket: Ticket = estate.does(asks, services.file_ticket, request=request)
    serving = {"": None, "partner": house.partner.pk, "other_partner": estate.cast.other_partner.pk}[partner]
    if ticket.serving_house_id != serving:
        agent = "abroad_agent" if house is estate.cast.abroad else "agent"
        ticket = estate.does(agent, services.hand_off, ticket_id=ticket.pk, to_house_id=serving, note=estate.word())
    return ticket


def _outcome(house: House) -> str:
    return "fixed" if house.slug == "mastercam" else "solved"


def _file(estate: Estate, who: str, name: str) -> dict[str, Any]:
    return {"files": [_draft_file(estate, who, name).key]}


def _draft_file(estate: Estate, who: str, name: str) -> Attachment:
    word = estate.word()
    upload = SimpleUploadedFile(f"{name}-{word}.png", PNG + word.encode(), content_type="image/png")
    made: Attachment = estate.does(who, services.attach, upload=upload)
    return made


def _attach(estate: Estate, who: str, note: Message, owner: str) -> None:
    """A file on a note: a form takes none there, but mail may bring some."""
    file = _draft_file(estate, who, "internal")
    with enter(estate.cast.house_of(who).scope()):
        Attachment.objects.filter(pk=file.pk).update(message=note, ticket=note.ticket, state=Attachment.State.READY)
    estate.put("file", f"note on {owner}", file.key, word=file.name, row=file)


def _staff(estate: Estate, house: House, who: str) -> None:
    """How the staff is organised; `who` is before the names of the house's people in the cast."""
    owner = who.rstrip("_")
    agent, manager = house.people["agent"], f"{who}admin"
    words = {"name": estate.word(), "assignment": "by_hand", "takes_new": False, "member_ids": [agent.pk]}
    team = estate.does(manager, staffing.save_team, team_id=None, **words)
    estate.put("team", owner or "here", house.slug, team.pk, word=team.name, house=house)
    day = datetime.now(UTC).date() + timedelta(days=30)
    absence = estate.does(manager, staffing.enter_absence, person_id=agent.pk, first_day=day, last_day=day)
    estate.put("absence", f"{who}agent", house.slug, absence.pk, house=house)
    for name in ("agent", "supervisor", "customer", "partner"):
        person = house.people[name]
        estate.put("person", f"{who}{name}", house.slug, person.pk, word=person.name, house=house)
    for shared in (False, True):
        writer, title = (manager if shared else f"{who}agent"), estate.word()
        canned = estate.does(
            writer, services.save_canned, title=title, texts={"en": estate.word()}, shared=shared, reply_id=None
        )
        whose = f"{who}house" if shared else f"{who}agent"
        estate.put("canned", whose, house.slug, canned.pk, word=canned.title, house=house)
        view = estate.does(writer, create_view, name=estate.word(), query="")
        if shared:
            estate.does(writer, share_view, view_id=view.pk, house=True)
        estate.put("view", whose, view.pk, house=house, row=view)
    if who:
        return
    for name in ("partner", "other_partner"):
        texts = {"en": estate.word()}
        canned = estate.does(name, services.save_canned, title=estate.word(), texts=texts, shared=True, reply_id=None)
        estate.put("canned", name, house.slug, canned.pk, word=canned.title, house=house)
        view = estate.does(name, create_view, name=estate.word(), query="")
        estate.put("view", name, view.pk, house=house, row=view)


def _told(estate: Estate, house: House, who: str) -> None:
    """What the house tells its customers, and what it does not tell them yet."""
    code = "en"
    for state in ("published", "draft"):
        owner, word = f"{who}{state}", estate.word()
        article = estate.does(
            f"{who}agent", services.save_article, article_id=None, product_id=None, topics=[],
            texts={code: {"title": f"Told {word}", "body": estate.word()}}, publish=state == "published",
        )  # fmt: skip
        estate.put("article", owner, house.slug, article.slug, word=word, house=house)
        estate.put("article by key", owner, house.slug, article.pk, word=word, house=house)
    for state in ("sent", "draft"):
        _announced(estate, house, who, f"{who}{state}", send=state == "sent")


def _announced(estate: Estate, house: House, who: str, owner: str, *, send: bool, product: int | None = None) -> None:
    word = estate.word()
    languages = ("en", "de", "sv") if house.slug != "optocraft" else ("en", "de")
    texts = {code: {"subject": f"News {word}", "body": estate.word()} for code in languages}
    by = f"{who}admin"
    drafted = estate.does(
        by, services.save_draft, announcement_id=None, kind="planned", product_id=product, releases=[], languages=[],
        texts=texts,
    )  # fmt: skip
    if send:
        estate.does(by, services.send_announcement, announcement_id=drafted.pk)
    estate.put("announcement", owner, house.slug, drafted.pk, word=word, house=house)


def _narrow_news(estate: Estate) -> None:
    """Word of a product that only the stranger has, sold by the first partner."""
    from vendors.models import InstalledItem

    house = estate.cast.here
    with enter(house.scope()):
        product = Product.objects.create(key="narrow", name=f"Narrow {estate.word()}")
        InstalledItem.objects.create(
            organisation=house.other_customer, product=product, number="S-3003", sold_by=house.partner
        )
    _announced(estate, house, "", "to stranger", send=True, product=product.pk)


def _customers(estate: Estate, house: House, who: str) -> None:
    """What customers have beside their tickets: drafts of requests, uploads, invitations, mail domains."""
    owners = (f"{who}customer",) if who else ("customer", "customer_admin", "stranger")
    for owner in owners:
        for solved in (False, True):
            key = _typed(estate, owner)
            if solved and house.slug == "optocraft":
                estate.does(owner, services.solve_by_self_help, key=key, step="power")
            estate.put("solved draft" if solved else "draft", owner, house.slug, key, house=house)
    uploaders = (*owners, f"{who}agent") + (() if who else ("partner",))
    for owner in uploaders:
        upload = estate.does(owner, services.begin_upload, name=f"begun-{estate.word()}.png", size=8)
        estate.put("upload", owner, house.slug, upload.key, word=upload.name, house=house)
        file = _draft_file(estate, owner, "draft")
        estate.put("file", f"draft of {owner}", file.key, word=file.name, house=house, row=file)
    for owner, admin, organisation in _admins(house, who):
        email = f"new-{owner}-{house.slug}@nordic-tool.test"
        row = invited(house, email, admin, name=estate.word())
        estate.put("invitation", owner, house.slug, row.pk, word=row.name, house=house)
        secret = links.secret_of(row.seed)
        estate.put("invitation by link", owner, house.id, secret, word=house.vendor.name, house=house)
        name = f"{owner.replace('_', '-')}.{house.slug}.test"
        with enter(house.scope()):
            claim = domains.claim(by=house.member(admin), domain=name, asked="postmaster")
            estate.put("domain by link", owner, house.id, links.secret_of(claim.seed), word=name, house=house)
            held = domains.verify(by=house.member("admin"), organisation_id=organisation.pk, domain=f"held.{name}")
        estate.put("domain", owner, house.slug, held.pk, word=held.domain, house=house)


def _admins(house: House, who: str) -> list[tuple[str, str, Organisation]]:
    """The customers: whose admin acts, and for which organisation."""
    first = (f"{who}customer", "customer_admin", house.customer)
    return [first] if who else [first, ("stranger", "stranger_admin", house.other_customer)]


def _typed(estate: Estate, owner: str) -> UUID:
    house, person, key = estate.cast.house_of(owner), estate.cast.person(owner), uuid4()
    words = {
        "subject": f"Typed {estate.word()}",
        "body": estate.word(),
        "language": "en",
        "authorised_user": str(person.pk),
    }
    if person.organisation_id == house.customer.pk:
        words["item"] = str(house.item.pk)
    if house.slug == "optocraft":
        words |= {"answer_shsworks_version": "11.019.2"}
    values = {name: [text] for name, text in words.items()}
    estate.does(owner, services.save_request_draft, key=key, values=values, step="check")
    return key


def _letters(estate: Estate, house: House, who: str) -> None:
    """A letter that could not be delivered."""
    with enter(house.scope()):
        dead = OutboxMessage.objects.order_by("pk").first()
        assert dead is not None
        OutboxMessage.objects.filter(pk=dead.pk).update(state=OutboxMessage.State.DEAD, last_error="refused")
    estate.put("letter", who.rstrip("_") or "here", house.id, dead.pk, house=house)


def _said(estate: Estate) -> None:
    """What people say beside the conversation: that they want a review, how it was solved, what an article lacks."""
    for owner, asks in (("customer_admin", "customer_admin"), ("abroad", "abroad_customer")):
        ticket, ended = (estate.things[kind][owner].row for kind in ("ticket", "resolved"))
        estate.does(asks, services.request_review, ticket_id=ticket.pk, reason=estate.word())
        estate.does(asks, services.rate, ticket_id=ended.pk, grade="well", comment=estate.word())
    for who, owner in (("agent", "customer"), ("other_partner", "second"), ("abroad_agent", "abroad")):
        ticket = estate.things["ticket"][owner].row
        values = {"body": f"Half a sentence {estate.word()}", "kind": "internal"}
        estate.does(who, services.keep_draft, ticket_id=ticket.pk, values=values, seen=None)
    for who, owner in (("customer", "published"), ("partner", "published"), ("abroad_customer", "abroad_published")):
        article = estate.things["article by key"][owner].args[1]
        estate.does(who, services.rate_article, article_id=article, helpful=False, missing=estate.word())


def _kept(estate: Estate) -> None:
    """Once the workers have looked there are notifications: one of each who has some."""
    sweep_all([estate.cast.here.id, estate.cast.abroad.id])
    for owner in ("customer", "stranger", "partner", "agent", "supervisor", "abroad_customer", "abroad_agent"):
        house, person = estate.cast.house_of(owner), estate.cast.person(owner)
        with enter(house.scope()):
            note = Notification.objects.filter(person=person).order_by("pk").first()
            if note is None:
                ticket = estate.things["ticket"][
                    "abroad" if owner.startswith("abroad") else "stranger" if owner == "partner" else "customer"
                ].row
                note = Notification.objects.create(person=person, ticket=ticket, kind="reply", at=datetime.now(UTC))
        estate.put("notification", owner, note.pk, house=house)


def _tokens(estate: Estate) -> None:
    for owner in ("customer", "agent", "abroad_agent"):
        user = estate.cast.logins[owner]
        assert user is not None
        issue(user, estate.word())
        token = AccessToken.objects.filter(user=user).latest("pk")
        estate.put("token", owner, token.pk, word=token.name)


def _mail(estate: Estate) -> None:
    from pathlib import Path

    word, name = estate.word(), "20260101T000000.000000-00000000.eml"
    folder = Path(settings.MAIL_SINK_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(
        f"From: a@b.test\nTo: c@d.test\nSubject: {word}\nContent-Type: text/html\n\n<p>{word}</p>\n".encode()
    )
    estate.put("mail", "stored", name, word=word)
