"""What the ticket's page shows, as plain values for its templates."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from interfaces.common.clock_face import ClockFace
from interfaces.common.clock_words import clock_name, face_of, say
from interfaces.common.files import shown
from interfaces.common.templatetags.ui import open_time, short
from interfaces.common.trace_words import in_words, roles
from interfaces.desk.history import house, person
from interfaces.desk.inputs import language_name
from sla.engine.calendar import HorizonError
from sla.engine.state import ClockState
from sla.models import Crossing
from sla.timelines import epoch, instant
from tickets.intake import DECLARATIONS, SELF_HELP
from tickets.machine import ACTIVE
from tickets.models import EscalationRequest, Message, State, ZoneSource
from tickets.queries.standing import folded_standings, most_urgent
from tickets.queries.ticket_page import TicketPage, holds

Fact = dict[str, Any]


def day(when: date | None) -> str:
    """A date in words."""
    return dateformat.format(when, pgettext("date format", "j M Y")) if when else ""


def urgent_face(page: TicketPage) -> ClockFace | None:
    """The chip of the most urgent clock."""
    clocks = folded_standings(page.folded.clocks, page.rules) if page.folded else []
    return face_of(most_urgent(clocks), page.policy, classification=page.ticket.classification)


# --- facts --------------------------------------------------------------------------------------------------------


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
        found.append(_warranty(page))
    if page.policy.contracts:
        found.append(_contract(page))
    return found


def _warranty(page: TicketPage) -> Fact:
    item, today = page.ticket.item, page.now.date()
    if item.warranty_void_since and item.warranty_void_since <= today:
        words = _("void since %(day)s") % {"day": day(item.warranty_void_since)}
        return {"label": _("Warranty"), "value": words, "icon": "shield-off"}
    if item.warranty_until and item.warranty_until < today:
        return {"label": _("Warranty"), "value": _("ended %(day)s") % {"day": day(item.warranty_until)}}
    return {"label": _("Warranty"), "value": _("until %(day)s") % {"day": day(item.warranty_until)}, "icon": "shield"}


def _contract(page: TicketPage) -> Fact:
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


def declarations(page: TicketPage) -> list[str]:
    """What was asked to be declared and is not (O4): the policy's words for the agent."""
    ticket = page.ticket
    given = set(ticket.intake.get(DECLARATIONS) or ())
    wanted = [d for d in page.policy.intake.declarations if d.when == "always" and d.key not in given]
    # Training can also be known of the person himself.
    trained = (ticket.authorised_user or ticket.requester).trained or ticket.requester.trained
    return [say(page.policy, d.missing) for d in wanted if not (trained and d.key == "trained")]


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


# --- conversation -------------------------------------------------------------------------------------------------


def conversation(page: TicketPage) -> list[dict[str, Any]]:
    """Messages, hand-offs, escalations and reached rungs, in the order in which they happened."""
    found = [*(_entry(m, page) for m in page.messages), *_turns(page)]
    return sorted(found, key=lambda entry: entry["at"])


def _entry(message: Message, page: TicketPage) -> dict[str, Any]:
    note = message.visibility != Message.Visibility.PUBLIC
    author = message.author.name if message.author else page.policy.vendor.name
    role = house(page, message.house_id) if message.by_staff else page.ticket.customer.name
    entry: dict[str, Any] = {
        "kind": "note" if note else "staff" if message.by_staff else "customer",
        "id": f"m{message.pk}",
        "author": author,
        "role": role,
        "at": message.at,
        "body": message.body,
        "attachments": [shown(file) for file in page.files.get(message.pk, ())],
    }
    if message.visibility == Message.Visibility.SHARED:
        with_vendor = [page.policy.vendor.name] if message.shared_with_vendor else []
        entry["houses"] = [*with_vendor, *(house(page, key) for key in message.shared_with)]
    if message.qualified and message.next_steps:
        entry["label"] = _("Qualified acknowledgement")
        steps = {"day": day(message.next_steps_on), "steps": message.next_steps}
        entry["body"] += "\n\n" + _("Next steps, by %(day)s: %(steps)s") % steps
    if (message.recorded_at - message.at).total_seconds() >= 60:
        entry["label"] = _("Logged %(at)s") % {"at": short(message.recorded_at)}
    return entry


def _turns(page: TicketPage) -> Iterable[dict[str, Any]]:
    for turn in page.hand_offs:
        text = _("Handed to %(house)s") % {"house": house(page, turn.to_house_id)}
        text = f"{text}: {turn.note}" if turn.note else text
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


# --- clocks -------------------------------------------------------------------------------------------------------


def clocks(page: TicketPage) -> list[dict[str, Any]]:
    """The clocks of `_clock.html`: response, resolution by cycle, and the last update clock."""
    if page.folded is None:
        return []
    pairs = list(zip(page.folded.clocks, page.traces, strict=True))
    last_update = max((c.cycle for c in page.folded.clocks if c.kind == "update"), default=0)
    shown = [(c, trace) for c, trace in pairs if c.kind != "update" or c.cycle == last_update]
    standing = {(s.kind, s.cycle): s for s in folded_standings(page.folded.clocks, page.rules)}
    return [
        {
            "name": _name(page, state),
            "face": face_of(
                standing[(state.kind, state.cycle)],
                page.policy,
                classification=page.ticket.classification,
                named=False,
            ),
            "percent": max(state.elapsed_seconds - state.base, 0) * 100 / state.target,
            "target": _target(state),
            "due_at": instant(state.due_at),
            "note": _promise(page, state),
            "rungs": _rungs(page, state),
            "trace": in_words(trace, page.ticket.vendor_id),
        }
        for state, trace in shown
    ]


def earlier_updates(page: TicketPage) -> str:
    """How many update clocks came before the one shown, and how many of them were kept."""
    updates = [c for c in (page.folded.clocks if page.folded else ()) if c.kind == "update"][:-1]
    if not updates:
        return ""
    words = {"n": len(updates), "late": sum(c.breached for c in updates)}
    return ngettext("%(n)d earlier update, %(late)d late", "%(n)d earlier updates, %(late)d late", len(updates)) % words


def not_started(page: TicketPage) -> str:
    """What a resolution clock waits for that has not started (M8); empty otherwise."""
    clock = page.policy.clock("resolution")
    begun = any(c.kind == "resolution" for c in (page.folded.clocks if page.folded else ()))
    if clock is None or begun or page.folded is None or State(page.ticket.state) not in ACTIVE:
        return ""
    needs = []
    if "priority" in clock.starts and not page.ticket.priority:
        needs.append(_("a priority"))
    if "information" in clock.starts and not page.ticket.information_complete:
        needs.append(_("the required information"))
    words = {"clock": say(page.policy, clock.name), "needs": _(" and ").join(needs)}
    return _("%(clock)s has not started: it needs %(needs)s.") % words if needs else ""


def _name(page: TicketPage, state: ClockState) -> str:
    name = clock_name(page.policy, state.kind)
    if state.kind != "update" and state.cycle > 1:
        return _("%(clock)s, cycle %(cycle)d") % {"clock": name, "cycle": state.cycle}
    return name


def _target(state: ClockState) -> str:
    text = _("%(amount)s of open time") % {"amount": open_time(state.target)}
    if state.base:
        text = _("%(target)s, after %(used)s") % {"target": text, "used": open_time(state.base)}
    return f"{text} · {state.priority}" if state.priority else text


def _promise(page: TicketPage, state: ClockState) -> str:
    if not state.promised:
        return _("Our own goal; the customer does not see it.")
    clock = page.policy.clock(state.kind)
    wording: str = clock.wording if clock else "plain"
    if clock and (found := clock.target_for(state.priority, page.ticket.urgent)):
        wording = clock.wording_of(found)
    return {
        "plain": _("Promised to the customer."),
        "normally": _("Promised to the customer as what normally happens."),
        "target": _("Promised to the customer as a target."),
    }[wording]


def _rungs(page: TicketPage, state: ClockState) -> list[dict[str, Any]]:
    policy = page.rules.policy(state.policy_version).clock(state.kind)
    crossed = {crossing.percent: crossing for crossing in state.crossings}
    noticed = {c.percent: c for c in page.crossings if (c.kind, c.cycle) == (state.kind, state.cycle)}
    found = []
    for rung in policy.rungs if policy else ():
        reached = crossed.get(rung.percent)
        if reached is None and rung.priorities is not None and state.priority not in rung.priorities:
            continue
        if reached is None and state.ended_at is not None:
            continue
        at = instant(reached.at) if reached else _expected(page, state, rung.percent)
        told = roles(rung.tell)
        if at and not reached:
            told = _("%(people)s, expected") % {"people": told}
        found.append(
            {
                "percent": rung.percent,
                "reached": reached is not None,
                "label": _rung_label(told, noticed.get(rung.percent) if reached else None),
                "at": at,
            }
        )
    return found


def _rung_label(people: str, crossing: Crossing | None) -> str:
    if crossing is None:
        return people
    late = (crossing.noticed_at - crossing.crossed_at).total_seconds()
    words = {"people": people, "at": short(crossing.noticed_at)}
    return _("%(people)s, noticed %(at)s") % words if late >= 60 else _("%(people)s told at once") % words


def _expected(page: TicketPage, state: ClockState, percent: int) -> Any:
    """When a rung will be reached if nothing happens; None for a clock that stands still."""
    if state.status != "running":
        return None
    open_time_of = page.rules.open_time(page.rules.calendar(state.calendar, state.calendar_version), state.zone)
    need = state.base - (-state.target * percent // 100) - state.elapsed_seconds
    try:
        return instant(open_time_of.add(epoch(page.now), max(need, 0)))
    except HorizonError:
        return None
