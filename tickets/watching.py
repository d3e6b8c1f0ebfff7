"""Who watches a ticket, and what watchers are told."""

from django.db.models import Q

from kernel.tenancy.scope import Scope, enter
from tickets.models import Ticket, Watcher
from tickets.vocabulary import Word
from vendors.access import CUSTOMERS, STAFF
from vendors.models import Role

# What the requester hears, his house hears; the receipt is his alone.
_CUSTOMERS = frozenset({Word.REPLY, Word.RESOLVED, Word.CANCELLED, Word.LIFTED, Word.HANDED_OFF, Word.REVIEWED})
# What the assignee hears, but that the ticket is his now.
_STAFF = frozenset({Word.CUSTOMER_WROTE, Word.REOPENED, Word.ESCALATION_REQUESTED})


def watchers_of(ticket: Ticket, word: Word) -> set[int]:
    """The keys of those watchers whom a word concerns, and who may (still) see the ticket. In the vendor's whole scope: who acts
    may not see who watches.
    """
    if word in _CUSTOMERS:
        concerned = Q(person__role__in=sorted(CUSTOMERS), person__organisation=ticket.customer_id)
    elif word in _STAFF:
        partner = Q(person__role=Role.PARTNER_AGENT, person__organisation__in=ticket.houses)
        concerned = Q(person__role__in=sorted(STAFF)) | partner
    else:
        return set()
    with enter(Scope.of(ticket.vendor_id)):
        return set(
            Watcher.objects.filter(concerned, ticket=ticket, person__active=True).values_list("person", flat=True)
        )
