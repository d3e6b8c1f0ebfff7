"""What the ticket's page says of who asks, about what, and what he is entitled to."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from interfaces.common.clock_words import say
from interfaces.common.dates import written
from interfaces.desk.history import house
from interfaces.desk.inputs import language_name
from tickets.intake import DECLARATIONS, SELF_HELP
from tickets.models import ZoneSource
from tickets.queries.ticket_page import TicketPage, holds
from vendors.models import Organisation

Fact = dict[str, Any]


def day(when: date | None) -> str:
    """A date in words."""
    return written(when, pgettext("date format", "j M Y")) if when else ""


def facts(page: TicketPage, slug: str) -> list[Fact]:
    """Who asks, about what, and what he is entitled to; `slug` is the vendor's."""
    ticket = page.ticket
    country_zone = f"{ticket.time_zone} ({ticket.country})" if ticket.country else ticket.time_zone
    source = str(ZoneSource(ticket.zone_source).label)
    found: list[Fact] = [
        {"label": _("Customer"), "value": ticket.customer.name},
        {"label": _("Site"), "value": f"{ticket.site.name}, {ticket.site.country}" if ticket.site else ""},
        {"label": _("Requester"), "value": _contact(ticket.requester)},
    ]
    if ticket.authorised_user_id and ticket.authorised_user_id != ticket.requester_id:
        found.append({"label": _("Authorised user"), "value": _contact(ticket.authorised_user)})
    found.append(
        {
            "label": _("Zone"),
            "value": f"{country_zone}, {source}",
            "icon": "triangle-alert" if ticket.zone_assumed else "",
        }
    )
    found += _entitlement(page)
    found.append({"label": _("Language"), "value": language_name(ticket.language)})
    if ticket.topic:
        topic = next((t for t in page.policy.topics if t.key == ticket.topic), None)
        found.append({"label": _("Topic"), "value": say(page.policy, topic.name) if topic else ticket.topic})
    if ticket.urgent:
        found.append({"label": _("Urgent"), "value": ticket.urgent_reason or _("no reason given"), "icon": "siren"})
    found.append({"label": _("Received"), "at": ticket.received_at})
    if ticket.follows:
        url = reverse("desk:ticket", args=[slug, ticket.follows.number])
        found.append({"label": _("Follows"), "value": ticket.follows.number, "url": url})
    found.append({"label": _("Served by"), "value": house(page, ticket.serving_house_id)})
    if ticket.outcome:
        outcome = next((o for o in page.policy.outcomes if o.key == ticket.outcome), None)
        words = say(page.policy, outcome.name) if outcome else ticket.outcome
        found.append({"label": _("Outcome"), "value": ", ".join(w for w in (words, day(ticket.outcome_date)) if w)})
    if page.beside.rating:
        rating = page.beside.rating
        found.append({"label": _("Rated"), "value": ": ".join(w for w in (rating.label, rating.comment) if w)})
    return found


def _contact(who: Any) -> str:
    return ", ".join(part for part in (who.name, who.email, who.phone) if part)


def _entitlement(page: TicketPage) -> list[Fact]:
    ticket, item = page.ticket, page.ticket.item
    found: list[Fact] = []
    if item:
        sold = (
            _("%(number)s, sold by %(seller)s") % {"number": item.number, "seller": item.sold_by}
            if item.sold_by
            else ""
        )
        found.append({"label": _("Item"), "value": sold or item.number})
    if ticket.product:
        found.append({"label": _("Product"), "value": ticket.product.name})
    if ticket.release:
        found.append({"label": _("Release"), "value": ticket.release.name})
    if item and (item.warranty_until or item.warranty_void_since):
        found.append(warranty_fact(page))
    if has_contracts(page):
        found.append(contract_fact(page))
    return found


def warranty_fact(page: TicketPage) -> Fact:
    """The warranty of the ticket's item, which has dates (O12)."""
    item, today = page.ticket.item, page.now.date()
    if item.warranty_void_since and item.warranty_void_since <= today:
        words = _("void since %(day)s") % {"day": day(item.warranty_void_since)}
        return {"label": _("Warranty"), "value": words, "icon": "shield-off"}
    if item.warranty_until and item.warranty_until < today:
        return {"label": _("Warranty"), "value": _("ended %(day)s") % {"day": day(item.warranty_until)}}
    return {"label": _("Warranty"), "value": _("until %(day)s") % {"day": day(item.warranty_until)}, "icon": "shield"}


def has_contracts(page: TicketPage) -> bool:
    """Whether contracts matter here: for customers, and for the vendor's staff, who alone sees them."""
    customer = page.ticket.customer.kind == Organisation.Kind.CUSTOMER
    return bool(page.policy.contracts) and customer and page.member.house is None


def contract_fact(page: TicketPage) -> Fact:
    """The customer's contract for the site (M1), as it held when the request came in."""
    contract, label = page.contract, _("Contract")
    if contract is None:
        return {"label": label, "value": _("none for this site"), "icon": "triangle-alert"}
    kind = next((k for k in page.policy.contracts if k.key == contract.kind), None)
    name = f"{say(page.policy, kind.name) if kind else contract.kind} {contract.number}"
    if holds(contract, page.ticket.received_at.date()):
        until = _("until %(day)s") % {"day": day(contract.ends)} if contract.ends else _("open-ended")
        return {"label": label, "value": f"{name}, {until}", "icon": "circle-check"}
    words = {"name": name, "from": day(contract.starts), "until": day(contract.ends)}
    text = _("%(name)s was not active when this came in (%(from)s to %(until)s)") % words
    return {"label": label, "value": text, "icon": "triangle-alert"}


def undeclared(page: TicketPage) -> dict[str, str]:
    """What was asked to be declared and is not (O4, O11), by key: the policy's words for the agent. What is declared only for own
    repairs is missed on topics that rest on the same rule.
    """
    ticket, policy = page.ticket, page.policy
    given = set(ticket.intake.get(DECLARATIONS) or ())
    topic = next((t for t in policy.topics if t.key == ticket.topic), None)
    repairs = set(topic.rules) if topic else set()
    wanted = [
        d
        for d in policy.intake.declarations
        if d.key not in given and (d.when == "always" or (d.when == "own_repair" and repairs.intersection(d.rules)))
    ]
    # Training can also be known of the person himself.
    trained = (ticket.authorised_user or ticket.requester).trained or ticket.requester.trained
    return {d.key: say(policy, d.missing) for d in wanted if not (trained and d.key == "trained")}


def answers(page: TicketPage) -> list[Fact]:
    """The answers to the vendor's form."""
    found = []
    for field in page.policy.intake.fields:
        value = page.ticket.intake.get(field.key)
        if not value or field.key in ("subject", "description"):
            continue
        options = {option.key: say(page.policy, option.label) for option in field.options}
        values = value if isinstance(value, list) else [value]
        words = ", ".join(options.get(str(one), str(one)) for one in values)
        found.append({"label": say(page.policy, field.label), "value": words})
    return found


def self_help(page: TicketPage) -> list[Fact]:
    """How the self-help list was answered (O7)."""
    given = page.ticket.intake.get(SELF_HELP)
    if not isinstance(given, dict) or page.policy.self_help is None:
        return []
    found = []
    for step in page.policy.self_help.steps:
        answer = next((a for a in step.answers if a.key == given.get(step.key)), None)
        if answer:
            found.append({"label": say(page.policy, step.question), "value": say(page.policy, answer.label)})
    return found


def statements(page: TicketPage) -> list[str]:
    """What the policy says plainly on a ticket: what is not promised (O20, I9)."""
    return [say(page.policy, s.text) for s in page.policy.statements if "ticket" in s.where or "desk" in s.where]
