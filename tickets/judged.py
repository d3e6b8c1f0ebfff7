"""A ticket, filed or not yet, as what its entitlement is judged by."""

from zoneinfo import ZoneInfo

from contracts.gathering import Subject
from tickets.models import Channel, Ticket
from vendors.catalog.schema import PolicyFile


def subject_of(policy: PolicyFile, ticket: Ticket) -> Subject:
    """A ticket as what it is judged by: its records, on the day of filing where the customer is (M2, M5)."""
    return Subject(
        customer=ticket.customer,
        site_id=ticket.site_id,
        item=ticket.item,
        product_id=ticket.release.product_id if ticket.release else ticket.product_id,
        release=_release(policy, ticket),
        topic=ticket.topic,
        day=ticket.received_at.astimezone(ZoneInfo(ticket.time_zone)).date(),
        own_address=ticket.channel == Channel.MAIL,
        handed_on=_unsolved(policy, ticket) or (ticket.serving_house_id is None and _was_handed_on(policy, ticket)),
    )


def _unsolved(policy: PolicyFile, ticket: Ticket) -> bool:
    """Whether the customer says that his first contact could not solve it (I6)."""
    says = policy.routing.unsolved
    return says is not None and ticket.intake.get(says.field) == says.answer


def _was_handed_on(policy: PolicyFile, ticket: Ticket) -> bool:
    """Whether another house had it before; one that does not follow it is known by its hand-off alone."""
    if ticket.past_houses or policy.routing.partner_follows or ticket.pk is None:
        return bool(ticket.past_houses)
    return bool(ticket.hand_offs.filter(to_house=None).exists())


def _release(policy: PolicyFile, ticket: Ticket) -> str:
    """The release that is recorded, or else the one that was written into the form."""
    if ticket.release is not None:
        return str(ticket.release.name)
    fields = (field.key for field in policy.intake.fields if field.kind == "release")
    return next((value for key in fields if isinstance(value := ticket.intake.get(key), str)), "").strip()
