"""What the queue's bar offers to do to a selection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db.models import F, Q, Value
from django.utils.translation import gettext as _

from interfaces.common.clock_words import say
from sla.policies import Book
from tickets.models import CannedReply
from tickets.services.canned import canned_replies
from vendors.access import Member, colleagues_of
from vendors.models import Team

ME, NOBODY = "me", "nobody"


@dataclass(frozen=True, slots=True)
class BulkChoices:
    """What the bar offers: people, priorities and canned replies as pairs of value and words."""

    people: list[tuple[str, str]]
    priorities: list[tuple[str, str]]
    states: list[tuple[str, str]]
    replies: list[tuple[str, str]] = field(default_factory=list)
    own_teams: list[tuple[str, str]] = field(default_factory=list)


def choices_for(members: Sequence[Member], held: Mapping[int, Book]) -> BulkChoices:
    """What can be done to a selection by these memberships; one query."""
    mine = reduce(or_, (Q(pk__in=canned_replies(m).order_by().values("pk")) for m in members), Q(pk__in=[]))
    parts = (
        colleagues_of(members).filter(active=True).annotate(kind=Value("person"), words=F("name")),
        CannedReply.objects.filter(mine).annotate(kind=Value("reply"), words=F("title")),
        Team.objects.filter(members__person__in=[m.person_id for m in members]).annotate(
            kind=Value("team"), words=F("name")
        ),
    )
    people, replies, teams = (rows.order_by().values_list("kind", "pk", "words") for rows in parts)
    found: dict[str, list[tuple[str, str]]] = {"person": [], "reply": [], "team": []}
    for kind, key, words in people.union(replies, teams, all=True):
        found[kind].append((str(key), words))
    for choices in found.values():
        choices.sort(key=lambda choice: choice[1].casefold())
    priorities = {
        p.key: f"{p.key} {say(held[m.vendor_id].file, p.name)}"
        for m in members
        for p in held[m.vendor_id].file.priorities
    }
    states = [
        ("third_party", _("Wait for a third party")),
        ("go_on", _("Go on")),
        ("close", _("Close")),
        ("reopen", _("Reopen")),
    ]
    chosen = [(ME, _("Me")), (NOBODY, _("Nobody")), *found["person"]]
    return BulkChoices(chosen, list(priorities.items()), states, found["reply"], found["team"])
