"""The marks at the head of a ticket's page: everything that decides what to do next, whichever part is scrolled away."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interfaces.desk.facts import Fact, contract_fact, has_contracts, undeclared, warranty_fact
from tickets.models import Classification
from tickets.queries.ticket_page import TicketPage


@dataclass(frozen=True, slots=True)
class Mark:
    """A chip with icon and words; `anchor` is the part of the page that says more."""

    tone: str
    icon: str
    text: str
    title: str = ""
    anchor: str = ""


def marks(page: TicketPage) -> list[Mark]:
    """Beside priority, state, due time and assignee: class (M10), an open review, an assumed zone (M5), what is
    missing (O8, M8) or not declared (O4, O11), a verdict that is not plainly yes (M1, M17, O1), contract (M1) and warranty (O12).
    """
    ticket = page.ticket
    found: list[Mark] = []
    if ticket.classification != Classification.INCIDENT:
        found.append(Mark("outline", "bug", str(Classification(ticket.classification).label)))
    if page.open_review:
        found.append(Mark("warn", "trending-up", _("Review asked for"), page.open_review.reason, "deed-review"))
    if ticket.zone_assumed:
        found.append(Mark("dashed", "map-pin-off", _("Zone assumed"), ticket.time_zone, "deed-zone"))
    if page.missing and not ticket.information_complete:
        n = len(page.missing)
        text = ngettext("%(n)d thing missing", "%(n)d things missing", n) % {"n": n}
        found.append(Mark("warn", "list-checks", text, anchor="missing"))
    found += _undeclared(page)
    verdict = page.verdict
    if verdict and verdict.word != "entitled":
        why = verdict.reasons[0].text if verdict.reasons else ", ".join(verdict.asks)
        found.append(Mark(verdict.tone, verdict.icon, verdict.label, why, "entitlement"))
    if has_contracts(page) and page.contract:
        found.append(_of(contract_fact(page)))
    item = ticket.item
    if item and (item.warranty_until or item.warranty_void_since):
        found.append(_of(warranty_fact(page)))
    return found


def _undeclared(page: TicketPage) -> list[Mark]:
    """Training by itself, the others as a number; all of them stand with the customer's facts."""
    missing = undeclared(page)
    trained = [
        Mark("outline", "graduation-cap", missing[key].rstrip("."), anchor="customer")
        for key in missing
        if key == "trained"
    ]
    others = [words for key, words in missing.items() if key != "trained"]
    if not others:
        return trained
    n = len(others)
    text = ngettext("%(n)d thing not confirmed", "%(n)d things not confirmed", n) % {"n": n}
    return [*trained, Mark("outline", "clipboard-x", text, " ".join(others), "customer")]


def _of(fact: Fact) -> Mark:
    icon = fact.get("icon") or "shield"
    tone = "outline" if icon in ("triangle-alert", "shield-off") else "plain"
    return Mark(tone, icon, f"{fact['label']}: {fact['value']}", anchor="customer")
