"""The clocks of a ticket, and why each is due when it is."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from interfaces.api import inputs, schema
from interfaces.api.clock_shapes import ClocksSerializer, explained_for
from interfaces.api.views.base import ApiView
from kernel import clock
from tickets.queries.clocks import clocks_now, explained


class Clocks(ApiView):
    """The clocks of a ticket."""

    @extend_schema(
        operation_id="clocks_list",
        parameters=[*schema.TICKET, inputs.ClockQuery],
        responses=schema.reads(ClocksSerializer),
        tags=["Clocks"],
    )
    def get(self, request: Request, vendor: str, number: str) -> Response:
        """Read the clocks as they stand at this moment; with `explain=1` the trace of each. Customers are told of promises."""
        query = inputs.query_of(request, inputs.ClockQuery)
        member = self.member(vendor)
        ticket = self.ticket(member, number)
        now = clock.now()
        traces = explained(ticket, now) if query["explain"] == "1" else None
        return Response({"as_of": now, "clocks": explained_for(member, clocks_now(ticket, now), traces)})
