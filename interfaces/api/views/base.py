"""What all resources share: the reader, his membership at a vendor, a ticket that he sees."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from interfaces.api.once import once
from interfaces.api.shapes import TicketDetail, View
from interfaces.common import limits
from interfaces.common.reader import Reader, reader_of
from tickets.models import Ticket
from tickets.queries import listing
from vendors.access import Act, Member


class ApiView(APIView):
    """A resource. Whichever vendor is chosen in the switcher of a session: the API works with all memberships."""

    http_method_names = ["get", "head", "post"]  # as Django declares it
    left: limits.Left | None = None  # of the requests of this minute

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Count the request towards what one login may send. Raises TooMuch."""
        super().initial(request, *args, **kwargs)
        try:
            self.left = limits.take(self.reader, limits.API_REQUESTS, members=self.reader.all_members)
        except limits.TooMuch as stopped:
            self.left = limits.Left(0, stopped.wait)
            raise

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """With what is left of it, as draft-ietf-httpapi-ratelimit-headers has it."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        limit = limits.API_REQUESTS
        if self.left is not None:
            answer["RateLimit-Policy"] = f'"{limit.key}";q={limit.most};w={limit.seconds}'
            answer["RateLimit"] = f'"{limit.key}";r={self.left.amount};t={self.left.seconds}'
        return answer

    @property
    def reader(self) -> Reader:
        """Who reads."""
        return reader_of(self.request)

    def member(self, slug: str) -> Member:
        """Who the reader is at a vendor. Raises Http404 if nobody."""
        for vendor in self.reader.vendors:
            if vendor.slug == slug:
                return self.reader.member(vendor.id)
        raise Http404

    def ticket(self, member: Member, number: str) -> Ticket:
        """A ticket that the member sees. Raises Http404 otherwise, TooMuch."""
        ticket = listing.matching([member], listing.Criteria()).filter(number=number).first()
        if ticket is None:
            raise Http404
        limits.take(self.reader, limits.TICKETS, members=[member], names=[ticket.pk])
        return ticket

    def shown(self, member: Member, ticket_id: int) -> dict[str, Any]:
        """A ticket as it is now, as TicketDetail says it."""
        ticket = listing.matching([member], listing.Criteria()).get(pk=ticket_id)
        return dict(TicketDetail(ticket, context=View(self.request, self.reader, [ticket]).context).data)

    def as_filed(self, member: Member, ticket: Ticket) -> dict[str, Any]:
        """A ticket that was filed just now, from what is at hand; a partner may have filed one that he does not serve."""
        if member.house is not None:
            return self.shown(member, ticket.pk)
        return dict(TicketDetail(ticket, context=View(self.request, self.reader, [ticket], fresh=True).context).data)

    def once(self, member: Member, act: Callable[[], Response]) -> Response:
        """Do it once; see interfaces.api.once."""
        return once(self.request, member, act)


def require(member: Member, *acts: Act) -> None:
    """403 unless the role allows one of the acts."""
    if not any(member.may(act) for act in acts):
        raise PermissionDenied


def page_url(request: Request, cursor: int | None) -> str | None:
    """The address of the page that begins at the cursor."""
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = str(cursor)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
