"""Whose staff a reader may look after, and what is found there; everything else answers 404."""

from collections.abc import Sequence

from django.http import Http404
from django.utils.translation import gettext as _

from interfaces.common.reader import Reader
from interfaces.common.templatetags.ui import day, short
from sla.duty import Duty
from vendors.access import STAFF, Act, Member
from vendors.models import Person, Team
from vendors.staffing import may_plan, staff_of


def own_staff(reader: Reader) -> list[Member]:
    """The memberships as a vendor's own staff, at the chosen vendor or all. Raises Http404 without one."""
    found = [member for member in reader.members if member.role in STAFF]
    if not found:
        raise Http404
    return found


def managed(reader: Reader) -> list[Member]:
    """Those that may manage staff. Raises Http404 without one."""
    found = [member for member in own_staff(reader) if member.may(Act.MANAGE_STAFF)]
    if not found:
        raise Http404
    return found


def manager_at(reader: Reader, slug: str) -> Member:
    """The reader as a manager of a vendor's staff, whatever the switcher says. Raises Http404."""
    member = staff_at(reader, slug)
    if not member.may(Act.MANAGE_STAFF):
        raise Http404
    return member


def staff_at(reader: Reader, slug: str) -> Member:
    """The reader as one of a vendor's staff. Raises Http404."""
    for vendor in reader.vendors:
        member = reader.member(vendor.id)
        if vendor.slug == slug and member.role in STAFF:
            return member
    raise Http404


def planned(member: Member, key: int) -> Person:
    """A person whose shifts and absences the member may enter. Raises Http404."""
    person = staff_of(member.vendor_id).filter(pk=key).first() if _is_key(key) else None
    if person is None or not may_plan(member, person.pk):
        raise Http404
    return person


def team_of(member: Member, key: int) -> Team:
    """A team of the member's vendor. Raises Http404."""
    team = Team.objects.filter(pk=key, vendor_id=member.vendor_id).first() if _is_key(key) else None
    if team is None:
        raise Http404
    return team


def duty_words(duty: Duty) -> str:
    """Until when somebody works, is off, or is away, in the reader's zone."""
    if duty.away_until:
        return _("away until %(day)s") % {"day": day(duty.away_until)}
    if duty.changes_at is None:
        return _("at work") if duty.on else _("off")
    words = {"when": short(duty.changes_at)}
    return _("at work until %(when)s") % words if duty.on else _("off until %(when)s") % words


def duty_look(duty: Duty) -> tuple[str, str]:
    """Tone and icon of a duty's chip."""
    if duty.away_until:
        return "warn", "calendar-off"
    return ("good", "circle-check") if duty.on else ("outline", "moon")


def slugs(reader: Reader) -> dict[int, str]:
    """The vendors' slugs by key."""
    return {vendor.id: vendor.slug for vendor in reader.vendors}


def names(reader: Reader) -> dict[int, str]:
    """The vendors' names by key."""
    return {vendor.id: vendor.name for vendor in reader.vendors}


def several(members: Sequence[Member]) -> bool:
    """Whether they are of more than one vendor."""
    return len({member.vendor_id for member in members}) > 1


def _is_key(key: int) -> bool:
    return key < 2**63
