"""Addresses of the API; below it everything is answered as an API, what is not there too."""

from django.urls import URLPattern, path, re_path, register_converter
from drf_spectacular.views import SpectacularAPIView

from interfaces.api.docs import Docs
from interfaces.api.views.absent import Absent
from interfaces.api.views.actions import action_paths
from interfaces.api.views.clocks import Clocks
from interfaces.api.views.conversation import File, Messages, Notes, Replies
from interfaces.api.views.tickets import Entitlement, OneTicket, TicketOutlook, Tickets
from interfaces.api.views.vendors import Me, OneVendor


class TicketNumber:
    """A ticket's number, like MC-2026-000123."""

    regex = r"[A-Z0-9]{1,10}-[0-9]{4}-[0-9]{6,12}"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


register_converter(TicketNumber, "ticket_number")

_TICKET = "tickets/<slug:vendor>/<ticket_number:number>/"

app_name = "api"
urlpatterns: list[URLPattern] = [
    path("tickets/outlook/", TicketOutlook.as_view(), name="outlook"),
    path("tickets/", Tickets.as_view(), name="tickets"),
    path(_TICKET, OneTicket.as_view(), name="ticket"),
    path(f"{_TICKET}messages/", Messages.as_view(), name="messages"),
    path(f"{_TICKET}replies/", Replies.as_view(), name="replies"),
    path(f"{_TICKET}notes/", Notes.as_view(), name="notes"),
    path(f"{_TICKET}entitlement/", Entitlement.as_view(), name="entitlement"),
    path(f"{_TICKET}clocks/", Clocks.as_view(), name="clocks"),
    *action_paths(_TICKET),
    path("files/<uuid:key>/", File.as_view(), name="file"),
    path("vendors/<slug:vendor>/", OneVendor.as_view(), name="vendor"),
    path("me/", Me.as_view(), name="me"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    re_path("", Absent.as_view(), name="absent"),
]
