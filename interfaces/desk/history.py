"""A ticket's audit in words: who did what when, and what it was before."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from interfaces.common.clock_words import clock_name, say
from interfaces.common.templatetags.ui import absolute, short
from interfaces.desk.deed import REASONS
from interfaces.desk.handing import LEVELS
from kernel.audit.models import AuditEntry
from sla.engine.events import Event, Voided, kind_of
from sla.timelines import instant
from tickets import ladder
from tickets.models import Channel, Classification, EscalationRequest, State, TicketLink, TicketRating
from tickets.queries.ticket_page import TicketPage
from tickets.vocabulary import Verb

ICONS: Mapping[str, str] = {
    Verb.FILED: "inbox",
    Verb.REPLIED: "reply",
    Verb.NOTED: "lock",
    Verb.CUSTOMER_WROTE: "message-circle",
    Verb.ASSIGNED: "user-check",
    Verb.PRIORITISED: "flag",
    Verb.DECLARED_URGENT: "siren",
    Verb.INFORMATION_COMPLETE: "clipboard-check",
    Verb.CLASSIFIED: "bug",
    Verb.ZONE_SETTLED: "map-pin",
    Verb.STATE_CHANGED: "arrow-right-left",
    Verb.RESOLVED: "circle-check",
    Verb.REOPENED: "rotate-ccw",
    Verb.CLOSED: "archive",
    Verb.CANCELLED: "circle-slash",
    Verb.HANDED_OFF: "forward",
    Verb.ESCALATION_REQUESTED: "trending-up",
    Verb.ESCALATION_REVIEWED: "scale",
    Verb.RUNG_FIRED: "bell-ring",
    Verb.FILE_ADDED: "paperclip",
    Verb.GRANTED: "badge-check",
    Verb.HISTORY_CORRECTED: "undo-2",
    Verb.UNDONE: "undo-2",
    Verb.TAGGED: "tag",
    Verb.UNTAGGED: "tag",
    Verb.WATCHED: "eye",
    Verb.UNWATCHED: "eye-off",
    Verb.LINKED: "link",
    Verb.UNLINKED: "unlink",
    Verb.LISTED: "list-plus",
    Verb.TICKED: "square-check",
    Verb.UNTICKED: "square",
    Verb.UNLISTED: "list-x",
    Verb.GIVEN_TO_TEAM: "users",
    Verb.HANDED_UP: "arrow-up",
    Verb.MERGED: "merge",
    Verb.MERGED_AWAY: "merge",
    Verb.SPLIT: "split",
    Verb.RATED: "star",
}
Change = tuple[str, str, str]  # text, before, after


def history(page: TicketPage, entries: Iterable[AuditEntry]) -> list[dict[str, Any]]:
    """These events of the page as those of `_timeline.html`, in their order."""
    return [_told(entry, page) for entry in entries]


def person(page: TicketPage, key: object, otherwise: str = "") -> str:
    """A person's name by key; one who may not be seen from here is somebody."""
    if not isinstance(key, int):
        return otherwise
    found = page.people.get(key)
    if found is None and key == page.ticket.requester_id:
        found = page.ticket.requester
    return found.name if found else _("Somebody of another house")


def house(page: TicketPage, key: object) -> str:
    """A house's name by key; none is the vendor itself."""
    if not isinstance(key, int):
        return page.policy.vendor.name
    return page.houses[key].name if key in page.houses else _("Another house")


def event_words(event: Event, page: TicketPage) -> str:
    """A clock event with its times, for who corrects history."""
    words = {
        "received": _("Received"),
        "assigned": _("Assigned"),
        "responded": _("Answered"),
        "public_message": _("Public message"),
        "priority_assigned": _("Priority given"),
        "priority_changed": _("Priority changed"),
        "declared_urgent": _("Declared urgent"),
        "information_complete": _("Information complete"),
        "waiting_for_customer": _("Waiting for the customer"),
        "customer_replied": _("The customer answered"),
        "classified": _("Classified"),
        "zone_settled": _("Zone settled"),
        "resolved": _("Resolved"),
        "reopened": _("Reopened"),
        "cancelled": _("Cancelled"),
        "version_applied": _("New version applied"),
        "voided": _("Taken back"),
    }
    text = words[kind_of(event.fact)]
    priority = getattr(event.fact, "priority", None)
    if priority:
        text = f"{text}: {priority}"
    if isinstance(event.fact, Voided):
        taken = next((other for other in page.events if other.id == event.fact.event), None)
        text = f"{text}: {words[kind_of(taken.fact)]}" if taken else text
    text = f"{text}, {absolute(instant(event.at))}"
    if any(isinstance(other.fact, Voided) and other.fact.event == event.id for other in page.events):
        text = _("%(event)s (taken back)") % {"event": text}
    return text


def _told(entry: AuditEntry, page: TicketPage) -> dict[str, Any]:
    try:
        verb = Verb(entry.verb)
    except ValueError:
        text, before, after = entry.verb, "", ""
    else:
        text, before, after = _WORDS[verb](entry, page)
    who = person(page, entry.actor_id, _("Automatic"))
    return {
        "icon": ICONS.get(entry.verb, "circle"),
        "text": text,
        "before": before,
        "after": after,
        "who": f"{who} ({_door(entry.source)})" if entry.source in ("api", "mail", "command") else who,
        "at": entry.at,
    }


def _door(source: str) -> str:
    return {"api": _("by API"), "mail": _("by mail"), "command": _("by command")}[source]


def _filed(entry: AuditEntry, page: TicketPage) -> Change:
    channel = entry.after.get("channel")
    by = str(Channel(channel).label) if channel in Channel.values else ""
    claimed = entry.after.get("priority")
    if claimed:
        return _("Filed, priority claimed (%(channel)s)") % {"channel": by}, "", _priority(page, claimed)
    return _("Filed (%(channel)s)") % {"channel": by}, "", ""


def _replied(entry: AuditEntry, page: TicketPage) -> Change:
    if entry.after.get("qualified"):
        return _("Qualified acknowledgement sent"), "", ""
    return (_("Asked the customer") if entry.after.get("asks") else _("Answered the customer")), "", ""


def _noted(entry: AuditEntry, page: TicketPage) -> Change:
    return (_("Shared a note") if entry.after.get("shared_with") else _("Wrote an internal note")), "", ""


def _assigned(entry: AuditEntry, page: TicketPage) -> Change:
    before, after = entry.before.get("assignee"), entry.after.get("assignee")
    why = {
        "in_turn": _("Assignee, in turn"),
        "least": _("Assignee, whoever had least"),
        "absence": _("Assignee, handed on during an absence"),
    }
    text = why.get(str(entry.after.get("reason")), _("Assignee"))
    return text, person(page, before), person(page, after, _("nobody"))


def _prioritised(entry: AuditEntry, page: TicketPage) -> Change:
    before, claimed = entry.before.get("priority"), entry.before.get("claimed")
    earlier = _priority(page, before)
    if not before and claimed:
        earlier = _("%(priority)s, claimed") % {"priority": _priority(page, claimed)}
    return _("Priority"), earlier, _priority(page, entry.after.get("priority"))


def _information(entry: AuditEntry, page: TicketPage) -> Change:
    if entry.after.get("by") == "agent":
        return _("Said that the information suffices"), "", ""
    return _("The information is complete"), "", ""


def _classified(entry: AuditEntry, page: TicketPage) -> Change:
    labels = {key: str(label) for key, label in Classification.choices}
    return _("Classification"), labels.get(entry.before.get("class"), ""), labels.get(entry.after.get("class"), "")


def _zone(entry: AuditEntry, page: TicketPage) -> Change:
    before = f"{entry.before.get('zone', '')} {entry.before.get('country', '')}".strip()
    if entry.before.get("assumed"):
        before = _("%(zone)s, assumed") % {"zone": before}
    return _("Zone settled"), before, f"{entry.after.get('zone', '')} {entry.after.get('country', '')}".strip()


def _state(entry: AuditEntry, page: TicketPage) -> Change:
    labels = {key: str(label) for key, label in State.choices}
    return _("State"), labels.get(entry.before.get("state"), ""), labels.get(entry.after.get("state"), "")


def _resolved(entry: AuditEntry, page: TicketPage) -> Change:
    outcome = entry.after.get("outcome")
    found = next((o for o in page.policy.outcomes if o.key == outcome), None)
    return _("Resolved"), "", say(page.policy, found.name) if found else str(outcome or "")


def _cancelled(entry: AuditEntry, page: TicketPage) -> Change:
    return _("Cancelled"), "", str(REASONS.get(str(entry.after.get("reason")), ""))


def _handed(entry: AuditEntry, page: TicketPage) -> Change:
    return _("Handed off"), house(page, entry.before.get("house")), house(page, entry.after.get("house"))


def _reviewed(entry: AuditEntry, page: TicketPage) -> Change:
    labels = {key: str(label) for key, label in EscalationRequest.State.choices}
    return _("Escalation answered"), "", labels.get(entry.after.get("state"), "")


def _rung(entry: AuditEntry, page: TicketPage) -> Change:
    facts = {
        "clock": clock_name(page.policy, str(entry.after.get("clock"))),
        "percent": entry.after.get("percent"),
        "at": short(parse_datetime(str(entry.after.get("crossed_at")))),
        "people": ", ".join(person(page, key) for key in entry.after.get("told") or ()) or _("nobody"),
    }
    text = _("%(clock)s reached %(percent)s %% at %(at)s; told: %(people)s") % facts
    before, after = entry.before.get("assignee"), entry.after.get("assignee")
    if before != after:
        return _("%(what)s. Assignee") % {"what": text}, person(page, before, _("nobody")), person(page, after)
    return text, "", ""


def _watched(entry: AuditEntry, page: TicketPage) -> Change:
    text = _("Watches this") if entry.verb == Verb.WATCHED else _("Watches this no longer")
    return text, "", person(page, entry.after.get("watcher"))


def _linked(entry: AuditEntry, page: TicketPage) -> Change:
    labels = {key: str(label) for key, label in TicketLink.Kind.choices}
    other = next((link.number for link in page.beside.links if link.other == entry.object_id), "")
    text = _("Linked to another ticket") if entry.verb == Verb.LINKED else _("Took a link away")
    return text, "", f"{labels.get(str(entry.after.get('kind')), '')} {other}".strip()


def _rated(entry: AuditEntry, page: TicketPage) -> Change:
    labels = {key: str(label) for key, label in TicketRating.Grade.choices}
    before, after = entry.before.get("grade"), entry.after.get("grade")
    return _("The customer's rating"), labels.get(str(before), ""), labels.get(str(after), "")


def _given(entry: AuditEntry, page: TicketPage) -> Change:
    before, after = (page.teams.get(values.get("team"), "") for values in (entry.before, entry.after))
    return _("Handed to a team"), before, after


def _handed_up(entry: AuditEntry, page: TicketPage) -> Change:
    return _("Handed up"), "", str(LEVELS[ladder.LEVELS[entry.after["level"]]])


def _plain(text: Callable[[], str]) -> Callable[[AuditEntry, TicketPage], Change]:
    return lambda entry, page: (text(), "", "")


def _priority(page: TicketPage, key: object) -> str:
    found = next((p for p in page.policy.priorities if p.key == key), None)
    return f"{found.key} {say(page.policy, found.name)}" if found else str(key or "")


_WORDS: Mapping[Verb, Callable[[AuditEntry, TicketPage], Change]] = {
    Verb.FILED: _filed,
    Verb.REPLIED: _replied,
    Verb.NOTED: _noted,
    Verb.CUSTOMER_WROTE: _plain(lambda: _("The customer wrote")),
    Verb.ASSIGNED: _assigned,
    Verb.PRIORITISED: _prioritised,
    Verb.DECLARED_URGENT: _plain(lambda: _("Declared urgent")),
    Verb.INFORMATION_COMPLETE: _information,
    Verb.CLASSIFIED: _classified,
    Verb.ZONE_SETTLED: _zone,
    Verb.STATE_CHANGED: _state,
    Verb.RESOLVED: _resolved,
    Verb.REOPENED: _plain(lambda: _("Reopened")),
    Verb.CLOSED: _plain(lambda: _("Closed")),
    Verb.CANCELLED: _cancelled,
    Verb.HANDED_OFF: _handed,
    Verb.ESCALATION_REQUESTED: _plain(lambda: _("The customer asked for a review")),
    Verb.ESCALATION_REVIEWED: _reviewed,
    Verb.RUNG_FIRED: _rung,
    Verb.FILE_ADDED: _plain(lambda: _("Added a file")),
    Verb.GRANTED: _plain(lambda: _("Granted what is not owed")),
    Verb.UNDONE: _plain(lambda: _("Took back what was just done")),
    Verb.TAGGED: _plain(lambda: _("Added a tag")),
    Verb.UNTAGGED: _plain(lambda: _("Took a tag off")),
    Verb.WATCHED: _watched,
    Verb.UNWATCHED: _watched,
    Verb.LINKED: _linked,
    Verb.UNLINKED: _linked,
    Verb.LISTED: _plain(lambda: _("Added to the checklist")),
    Verb.TICKED: _plain(lambda: _("Ticked off something of the checklist")),
    Verb.UNTICKED: _plain(lambda: _("Opened something of the checklist again")),
    Verb.UNLISTED: _plain(lambda: _("Took something off the checklist")),
    Verb.GIVEN_TO_TEAM: _given,
    Verb.HANDED_UP: _handed_up,
    Verb.RATED: _rated,
    Verb.MERGED: _plain(lambda: _("Took in another ticket")),
    Verb.SPLIT: _plain(lambda: _("A message went on in a ticket of its own")),
    Verb.MERGED_AWAY: _plain(lambda: _("Merged into another ticket")),
    Verb.HISTORY_CORRECTED: _plain(lambda: _("Took back an event")),
}
