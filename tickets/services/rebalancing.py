"""Give several tickets to somebody else at once, or share them out among a team by its rule; each is an assignment of its own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from kernel import clock
from kernel.tenancy import scope
from kernel.tenancy.scope import enter
from tickets.access import visible_tickets
from tickets.models import Ticket
from tickets.queries.hands import hands_of, wants
from tickets.services.assignment import RULES
from tickets.services.triage import assign
from tickets.sharing import Rule, Sharing
from tickets.vocabulary import Refused
from vendors.access import STAFF, Act, Member
from vendors.models import Team

MOST = 100


@dataclass
class Report:
    """How many tickets each person got, by key; and what stayed, by number, with why."""

    given: Counter[int] = field(default_factory=Counter)
    stayed: list[tuple[str, str]] = field(default_factory=list)


def give_to(*, by: Member, ticket_ids: Sequence[int], person_id: int) -> Report:
    """Give the tickets (at most MOST) to one person. Raises Refused for who may not, and for too many or none."""
    report = Report()
    for ticket in _chosen(by, ticket_ids):
        _assign(by, ticket, person_id, report)
    return report


def share_among(*, by: Member, ticket_ids: Sequence[int], team_id: int) -> Report:
    """Share the tickets (at most MOST) among those of a team who work now, speak the language, know the product and have room:
    in turn, or to whoever has least. Raises Refused.
    """
    chosen = _chosen(by, ticket_ids)
    team = Team.objects.select_for_update(no_key=True).filter(pk=team_id, vendor_id=by.vendor_id).first()
    if team is None:
        raise Refused(_("There is no such team."), "to")
    hands = hands_of(by.vendor_id, [team.pk], clock.now())[team.pk]
    sharing, report = Sharing(hands, RULES.get(team.assignment, Rule.LEAST), team.last_assigned_id), Report()
    for ticket in chosen:
        person_id = sharing.give(wants(ticket))
        if person_id is None:
            report.stayed.append((ticket.number, _("Nobody of the team who works now can take it.")))
        elif person_id == ticket.assignee_id:
            report.stayed.append((ticket.number, _("It is in the right hands already.")))
        else:
            _assign(by, ticket, person_id, report)
    Team.objects.filter(pk=team.pk).update(last_assigned=sharing.last)
    return report


def _chosen(by: Member, ticket_ids: Sequence[int]) -> list[Ticket]:
    """In the order in which everything that locks several locks them."""
    if by.role not in STAFF or not by.may(Act.MANAGE_STAFF):
        raise Refused(_("Your role does not include this."))
    found = visible_tickets([by]).filter(pk__in=ticket_ids[: MOST + 1], vendor_id=by.vendor_id, serving_house=None)
    tickets = list(found.select_related("product").order_by("timeline_id"))
    if not tickets:
        raise Refused(_("Choose at least one ticket."), "tickets")
    if len(ticket_ids) > MOST:
        raise Refused(_("At most %(most)d tickets at a time.") % {"most": MOST}, "tickets")
    return tickets


def _assign(by: Member, ticket: Ticket, person_id: int, report: Report) -> None:
    try:
        with enter(scope.current().only(by.vendor_id)), transaction.atomic():
            assign(by=by, ticket_id=ticket.pk, assignee_id=person_id)
    except Refused as refusal:
        report.stayed.append((ticket.number, refusal.message))
    else:
        report.given[person_id] += 1
