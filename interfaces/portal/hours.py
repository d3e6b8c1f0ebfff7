"""Is support open for this reader, when does it open next, and how else is the vendor reached (M5, M6, M14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sla.engine.policy import Rules
from sla.policies import rules
from sla.timelines import epoch, instant
from tickets.queries.intake import Known
from tickets.zones import zone_of
from vendors.catalog.schema import PolicyFile
from vendors.catalog.schema.offer import Contact


@dataclass(frozen=True, slots=True)
class Hours:
    """Open at the moment asked about, and when that changes (aware)."""

    open: bool
    changes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """A way to reach the vendor, with its hours where it has any."""

    contact: Contact
    name: str
    text: str
    hours: Hours | None


@dataclass(frozen=True, slots=True)
class Reach:
    """What the portal says of opening: hours of support (None where the vendor promises none, I9), the ways to reach it."""

    hours: Hours | None
    lines: Sequence[Line]


def reach(policy: PolicyFile, known: Known, language: str, now: datetime) -> Reach:
    """Opening and contacts as they are for this person at `now` (aware), in his own zone or the vendor's."""
    zone = zone_of(known.vendor, user=known.person, site=known.person.site, organisation=known.person.organisation)
    held, at = rules(known.vendor.pk), epoch(now)
    promised = any(clock.promise for clock in policy.clocks)
    choice = held.policy_at(at).choice(zone.country)
    lines = [
        Line(
            contact,
            policy.say(contact.name, language),
            policy.say(contact.text, language),
            _hours(held, contact.calendar, zone.name, at) if contact.calendar and promised else None,
        )
        for contact in policy.contact_for(zone.country)
        if contact.channel != "online"
    ]
    return Reach(_hours(held, choice.calendar, zone.name, at) if promised else None, lines)


def _hours(held: Rules, calendar: str, zone: str, at: int) -> Hours:
    time = held.open_time(held.calendar_at(calendar, at), zone)
    is_open = time.is_open(at)
    return Hours(is_open, instant(time.next_closing(at) if is_open else time.next_opening(at)))
