"""The facts of a request in its customer's words."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from interfaces.portal.intake import LANGUAGE_NAMES

if TYPE_CHECKING:
    from interfaces.portal.page import RequestPage


def facts_of(page: "RequestPage") -> list[dict[str, Any]]:
    """What a request is about and who has it: label and value, or label and instant, of those that are known."""
    ticket, policy = page.ticket, page.policy
    house, agent = ticket.serving_house or page.vendor, ticket.assignee
    served = _("%(house)s (%(person)s)") % {"house": house, "person": agent.name} if agent else str(house)
    topic = next((page.say(row.name) for row in policy.topics if row.key == ticket.topic), "")
    zone = ticket.time_zone.replace("_", " ")
    if ticket.zone_assumed:
        zone = _("%(zone)s, assumed until we know yours") % {"zone": zone}
    rows: list[tuple[str, Any]] = [
        (_("Served by"), served),
        (_("Priority"), _priority(page)),
        (_("Topic"), topic),
        (_("Item"), ticket.item and f"{ticket.item.number} · {ticket.item.product.name}"),
        (_("Release"), ticket.release and ticket.release.name),
        (_("Used by"), ticket.authorised_user and ticket.authorised_user.name),
        (_("Site"), ticket.site and ticket.site.name),
        (_("Asked by"), ticket.requester.name),
        (_("Language"), LANGUAGE_NAMES.get(ticket.language, ticket.language)),
        (_("Counts in"), zone if policy.calendar_choice.zone_from != ("vendor",) else ""),
    ]
    facts = [{"label": label, "value": value} for label, value in rows if value]
    return [*facts, {"label": _("Received"), "at": ticket.received_at}]


def _priority(page: "RequestPage") -> str:
    ticket = page.ticket
    names = {row.key: f"{row.key} {page.say(row.name)}" for row in page.policy.priorities}
    if ticket.priority:
        return names.get(ticket.priority, ticket.priority)
    if ticket.claimed_priority:
        return _("%(priority)s, as you said") % {
            "priority": names.get(ticket.claimed_priority, ticket.claimed_priority)
        }
    return str(_("Urgent")) if ticket.urgent else ""
