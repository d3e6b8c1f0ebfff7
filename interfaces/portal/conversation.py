"""The conversation of a request as its customer reads it: what was said, and what happened to it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from interfaces.common.files import shown
from tickets.handed import handed
from tickets.models import Message
from tickets.queries.requests import Joining, hand_offs, joinings

if TYPE_CHECKING:
    from interfaces.portal.page import RequestPage


def entries(page: "RequestPage", said: Iterable[Message]) -> list[dict[str, Any]]:
    """What was said and what happened, oldest first, as `_entry.html` takes it."""
    told = [_entry(page, message) for message in said]
    told += [
        {
            "kind": "event",
            "icon": "forward",
            "at": row.at,
            "text": " ".join(handed(row, page.vendor.name, page.policy)),
        }
        for row in hand_offs(page.ticket)
    ]
    told += [
        {"kind": "event", "icon": "users" if row.joined else "user-minus", "at": row.at, "text": _joining(row)}
        for row in joinings(page.ticket)
    ]
    return sorted(told, key=lambda entry: entry["at"])


def _entry(page: "RequestPage", message: Message) -> dict[str, Any]:
    house = str(message.house or page.vendor) if message.by_staff else str(page.ticket.customer)
    author = message.author.name if message.author else house
    return {
        "kind": "staff" if message.by_staff else "customer",
        "id": f"message-{message.pk}",
        "author": author,
        "role": house if author != house else "",
        "at": message.at,
        "body": message.body,
        "label": _("Acknowledgement with the next steps") if message.qualified and message.next_steps else "",
        "attachments": [shown(file) for file in message.attachments.all()],
    }


def _joining(row: Joining) -> str:
    names = {"by": row.by or _("Support"), "who": row.who}
    if row.joined:
        return _("%(by)s let %(who)s take part") % names
    if row.himself:
        return _("%(who)s no longer takes part") % names
    return _("%(by)s ended that %(who)s takes part") % names
