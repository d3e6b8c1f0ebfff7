"""What was said and what happened on a ticket, in one line of time, as plain values for `_entry.html`."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from interfaces.common.clock_words import clock_name
from interfaces.common.files import shown
from interfaces.common.quoting import without_quotation
from interfaces.common.templatetags.ui import short
from interfaces.desk.facts import day
from interfaces.desk.history import house, person
from tickets.models import EscalationRequest, Message
from tickets.queries.ticket_page import Deed, TicketPage


def conversation(page: TicketPage, slug: str) -> list[dict[str, Any]]:
    """Messages, hand-offs, escalations and reached rungs, in the order in which they happened. What the customer wrote after his
    request can be split off.
    """
    said = [entry(message, page) for message in page.messages]
    if Deed.REPLY in page.deeds():
        customers = [(told, m) for told, m in zip(said, page.messages, strict=True) if told["kind"] == "customer"]
        for told, message in customers[1:]:
            told["split_url"] = reverse("desk:split", args=[slug, page.ticket.number, message.pk])
    found = [*said, *_turns(page)]
    return sorted(found, key=lambda one: one["at"])


def entry(message: Message, page: TicketPage) -> dict[str, Any]:
    """A message as `_entry.html` shows it."""
    own, quoted = without_quotation(message.body)
    note = message.visibility != Message.Visibility.PUBLIC
    author = message.author.name if message.author else page.policy.vendor.name
    role = house(page, message.house_id) if message.by_staff else page.ticket.customer.name
    told: dict[str, Any] = {
        "kind": "note" if note else "staff" if message.by_staff else "customer",
        "id": f"m{message.pk}",
        "author": author,
        "role": role,
        "at": message.at,
        "body": own,
        "quoted": quoted,
        "attachments": [shown(file) for file in page.files.get(message.pk, ())],
    }
    if message.visibility == Message.Visibility.SHARED:
        with_vendor = [page.policy.vendor.name] if message.shared_with_vendor else []
        told["houses"] = [*with_vendor, *(house(page, key) for key in message.shared_with)]
    if message.qualified and message.next_steps:
        told["label"] = _("Qualified acknowledgement")
        steps = {"day": day(message.next_steps_on), "steps": message.next_steps}
        told["body"] += "\n\n" + _("Next steps, by %(day)s: %(steps)s") % steps
    if (message.recorded_at - message.at).total_seconds() >= 60:
        told["label"] = _("Logged %(at)s") % {"at": short(message.recorded_at)}
    if message.merged_from_id is not None:
        told.setdefault("label", _("Said on a ticket that was merged into this one"))
    return told


def _turns(page: TicketPage) -> Iterable[dict[str, Any]]:
    for turn in page.hand_offs:
        text = _("Handed to %(house)s") % {"house": house(page, turn.to_house_id)}
        text = f"{text}: {turn.told}" if turn.told else text
        yield {"kind": "event", "icon": "forward", "text": text, "author": person(page, turn.person_id), "at": turn.at}
    for asked in page.escalations:
        text = _("Asked for a review: %(reason)s") % {"reason": asked.reason}
        who = person(page, asked.requester_id)
        yield {"kind": "event", "icon": "trending-up", "text": text, "author": who, "at": asked.at}
        if asked.reviewed_at:
            state = str(EscalationRequest.State(asked.state).label)
            yield {
                "kind": "event",
                "icon": "scale",
                "text": f"{state}: {asked.answer}",
                "author": person(page, asked.reviewer_id),
                "at": asked.reviewed_at,
            }
    for crossing in page.crossings:
        facts = {"clock": clock_name(page.policy, crossing.kind), "percent": crossing.percent}
        text = _("%(clock)s reached %(percent)d %%") % facts
        if crossing.superseded_at:
            text = _("%(rung)s (superseded by a correction)") % {"rung": text}
        yield {"kind": "event", "icon": "bell-ring", "text": text, "at": crossing.crossed_at}
