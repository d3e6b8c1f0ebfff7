"""The sections that a reader has."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from interfaces.common.reader import Reader
from vendors.access import Act


@dataclass(frozen=True, slots=True)
class Section:
    """A place in the navigation."""

    url: str
    label: str
    icon: str
    active: bool
    count: int | None = None


def navigation(request: HttpRequest, reader: Reader) -> list[Section]:
    """The sections of the doors that the reader's roles open, and of the operator's page."""
    places: list[tuple[bool, str, Any, str]] = [
        (bool(reader.customer_members), "portal:home", _("My requests"), "inbox"),
        (bool(reader.customer_members), "portal:new", _("New request"), "plus"),
        (reader.may(Act.MANAGE_COLLEAGUES), "portal:people", _("Colleagues"), "users"),
        (bool(reader.staff_members), "desk:queue", _("Queue"), "list"),
        (any(m.house is not None or m.is_customer for m in reader.members), "portal:help", _("Help"), "book-open"),
        (any(m.house is not None or m.is_customer for m in reader.members), "portal:news", _("News"), "megaphone"),
        (reader.may(Act.WRITE_ARTICLES), "desk:articles", _("Articles"), "book-open"),
        (reader.may(Act.MANAGE_STAFF), "desk:workload", _("Staff"), "users"),
        (reader.may(Act.ANNOUNCE), "desk:announcements", _("Notices"), "megaphone"),
        (reader.may(Act.SEE_DASHBOARDS), "dashboards:home", _("Dashboard"), "gauge"),
        (reader.is_operator, "outbox", _("Outbox"), "send"),
    ]
    here = request.path
    return [
        Section(url, str(label), icon, _is_here(here, url, [reverse(p[1]) for p in places if p[0]]))
        for shown, name, label, icon in places
        if shown
        for url in [reverse(name)]
    ]


def _is_here(here: str, url: str, urls: list[str]) -> bool:
    nearest = max((u for u in urls if here.startswith(u)), key=len, default="")
    return url == nearest
