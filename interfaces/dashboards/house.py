"""Whose figures the reader may see, and the vendors' words for what is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from interfaces.common.reader import reader_of
from sla.models import Clock
from sla.policies import current
from vendors.access import Act


@dataclass(frozen=True)
class House:
    """A vendor as the dashboards name it; `priorities` are the names by key, the most urgent first."""

    id: int
    slug: str
    name: str
    priorities: Mapping[str, str]
    clocks: Mapping[str, str]
    self_help: Mapping[str, str]  # the questions of its list by key (O7); empty where it has none

    def priority(self, key: str) -> str:
        """The vendor's name of a priority, "P1 Urgent"; what has none is said so."""
        if not key:
            return _("Without priority") if self.priorities else _("All requests")
        return f"{key} {self.priorities[key]}" if key in self.priorities else key

    def rank(self, key: str) -> int:
        """1 for the most urgent; what is unknown comes last."""
        return list(self.priorities).index(key) + 1 if key in self.priorities else len(self.priorities) + 1

    def clock(self, kind: str) -> str:
        """The name of a clock."""
        return self.clocks.get(kind) or str(Clock.Kind(kind).label)


def houses_of(request: HttpRequest) -> dict[int, House]:
    """The vendors, by key, whose dashboards the reader may see, of those he has switched to. Raises Http404 without any."""
    reader = reader_of(request)
    allowed = {member.vendor_id for member in reader.members if member.may(Act.SEE_DASHBOARDS)}
    if not allowed:
        raise Http404
    return {vendor.id: _house(vendor.id, vendor.slug, vendor.name) for vendor in reader.vendors if vendor.id in allowed}


def _house(key: int, slug: str, name: str) -> House:
    file, language = current(key), get_language() or "en"
    priorities = {priority.key: file.say(priority.name, language) for priority in file.priorities}
    clocks: dict[str, str] = {clock.key: file.say(clock.name, language) for clock in file.clocks}
    steps = file.self_help.steps if file.self_help else ()
    self_help = {step.key: file.say(step.question, language) for step in steps}
    return House(key, slug, name, priorities, clocks, self_help)
