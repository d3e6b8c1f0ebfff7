"""The same deed on several tickets: each by its own service and gate, none for another's sake."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from tickets.access import visible_tickets
from tickets.vocabulary import Refused
from vendors.access import Member

MOST = 200  # tickets at once


@dataclass
class Report:
    """What became of it: the numbers of tickets that were done; key and number of those that were refused, with why."""

    done: list[str] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)


def on_each(members: Sequence[Member], ticket_ids: Sequence[int], deed: Callable[[Member, int], object]) -> Report:
    """Do `deed(member, ticket key)` on each of at most MOST tickets that these memberships see, in the order of their keys, each
    in a savepoint of its own. What they don't see is passed over in silence, like what is not there.
    """
    by_vendor = {member.vendor_id: member for member in members}
    report = Report()
    found = visible_tickets(members).filter(pk__in=list(ticket_ids)[:MOST]).order_by("pk")
    for key, vendor_id, number in list(found.values_list("pk", "vendor_id", "number")):
        try:
            with transaction.atomic():
                deed(by_vendor[vendor_id], key)
            report.done.append(number)
        except Refused as refused:
            report.refused.append((key, number, refused.message))
    return report
