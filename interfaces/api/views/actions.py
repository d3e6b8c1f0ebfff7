"""What can be done to a ticket, each a POST of its own: `…/actions/assign/`, `…/actions/resolve/`, and so on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from interfaces.api import inputs, schema
from interfaces.api.shapes import TicketDetail
from interfaces.api.views.base import ApiView, require
from tickets import services
from tickets.models import Channel, EscalationRequest, Ticket
from tickets.vocabulary import Refused
from vendors.access import Act, Member

Run = Callable[[Member, Ticket, dict[str, Any]], object]
_STAFF = (Act.WORK_TICKETS,)
_BOTH = (Act.WORK_TICKETS, Act.FILE_REQUEST)


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do: who may (one of the acts), what the body says (None: nothing), and the service that does it."""

    says: str
    acts: tuple[Act, ...]
    form: type[inputs.Strict] | None
    run: Run


def _by_key(service: Callable[..., object], **renamed: str) -> Run:
    """A service that takes `by`, `ticket_id` and the input's names, some of them renamed."""

    def run(by: Member, ticket: Ticket, data: dict[str, Any]) -> object:
        return service(by=by, ticket_id=ticket.pk, **{renamed.get(name, name): value for name, value in data.items()})

    return run


def _ask(by: Member, ticket: Ticket, data: dict[str, Any]) -> object:
    return services.reply(by=by, ticket_id=ticket.pk, body=data["body"], ask=True, channel=Channel.API)


def _review(by: Member, ticket: Ticket, data: dict[str, Any]) -> object:
    waiting = ticket.escalations.filter(state=EscalationRequest.State.OPEN).first()
    if waiting is None:
        raise Refused(_("No review was asked for."))
    return services.review(by=by, request_id=waiting.pk, **data)


ACTIONS: Mapping[str, Action] = {
    "assign": Action(
        "Give the ticket to a colleague, or to nobody.",
        _STAFF,
        inputs.Assign,
        _by_key(services.assign, assignee="assignee_id"),
    ),
    "set-priority": Action(
        "Give the ticket its priority, confirming or changing the claimed one.",
        _STAFF,
        inputs.SetPriority,
        _by_key(services.set_priority),
    ),
    "declare-urgent": Action(
        "Say after filing that it is urgent.", _BOTH, inputs.DeclareUrgent, _by_key(services.declare_urgent)
    ),
    "declare-information-complete": Action(
        "Say that what is known suffices.", _STAFF, None, _by_key(services.declare_information_complete)
    ),
    "classify": Action("Say what it turned out to be.", _STAFF, inputs.Classify, _by_key(services.classify)),
    "settle-zone": Action(
        "Say in whose time zone the clocks count.", _STAFF, inputs.SettleZone, _by_key(services.settle_zone)
    ),
    "ask": Action("Ask the customer and wait for the answer.", _STAFF, inputs.Ask, _ask),
    "wait-for-third-party": Action(
        "The next step is somebody else's; this pauses nothing.", _STAFF, None, _by_key(services.wait_for_third_party)
    ),
    "go-on": Action("The wait is over.", _STAFF, None, _by_key(services.go_on)),
    "hand-off": Action(
        "Hand the ticket to another house, with its whole history.",
        _STAFF,
        inputs.HandOff,
        _by_key(services.hand_off, to_house="to_house_id"),
    ),
    "resolve": Action("Resolve with an outcome and a message.", _STAFF, inputs.Resolve, _by_key(services.resolve)),
    "reopen": Action("Open a resolved ticket again.", _BOTH, None, _by_key(services.reopen)),
    "close": Action("Close a resolved ticket.", _BOTH, None, _by_key(services.close)),
    "cancel": Action("Cancel with a reason; customers withdraw.", _BOTH, inputs.Cancel, _by_key(services.cancel)),
    "request-review": Action(
        "Ask for a supervisor's review.", _BOTH, inputs.RequestReview, _by_key(services.request_review)
    ),
    "review": Action(
        "Accept or decline the review that was asked for.", (Act.REVIEW_ESCALATIONS,), inputs.Review, _review
    ),
}


def action_paths(ticket: str) -> list[URLPattern]:
    """The addresses of the actions below a ticket's."""
    return [
        path(f"{ticket}actions/{name}/", _view(name, action).as_view(), name=f"action-{name}")
        for name, action in ACTIONS.items()
    ]


def _view(name: str, action: Action) -> type[ApiView]:
    class DoIt(ApiView):
        @extend_schema(
            operation_id=f"action_{name.replace('-', '_')}",
            summary=action.says,
            description=action.says,
            request=action.form,
            parameters=[*schema.TICKET, schema.ONCE],
            responses=schema.writes(TicketDetail),
            tags=["Actions"],
        )
        def post(self, request: Request, vendor: str, number: str) -> Response:
            member = self.member(vendor)
            ticket = self.ticket(member, number)
            data = inputs.body_of(request, action.form or inputs.Strict)
            require(member, *action.acts)

            def act() -> Response:
                action.run(member, ticket, data)
                return Response(self.shown(member, ticket.pk))

            return self.once(member, act)

    DoIt.__name__ = DoIt.__qualname__ = "".join(part.title() for part in name.split("-"))
    DoIt.__doc__ = action.says
    return DoIt
