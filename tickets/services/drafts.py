"""What somebody is writing on a ticket, kept while he types: one draft a person and ticket."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from kernel import clock
from kernel.tenancy import scope
from kernel.tenancy.scope import enter
from tickets.access import visible_tickets
from tickets.change import changing
from tickets.models import ComposerDraft
from tickets.vocabulary import Refused
from vendors.access import Member

LONGEST = 200_000  # characters of all values together


def keep_draft(
    *, by: Member, ticket_id: int, values: Mapping[str, Any], seen: int | None = None
) -> ComposerDraft | None:
    """Keep the values of the form, or forget the draft where they are empty. `seen` is the key of the newest message that the
    person had before him. Raises Refused for a ticket that he may not see, and for more than anybody writes.
    """
    if sum(len(str(value)) for value in values.values()) > LONGEST:
        raise Refused(_("This is too long to be kept as a draft."), "body")
    with enter(scope.current().only(by.vendor_id)):
        if not visible_tickets([by]).filter(pk=ticket_id).exists():
            raise Refused("There is no such ticket.")  # as tickets.change says it
        mine = ComposerDraft.objects.filter(vendor_id=by.vendor_id, person=by.person, ticket=ticket_id)
        if not any(values.values()):
            mine.delete()
            return None
        draft: ComposerDraft = ComposerDraft.objects.update_or_create(
            vendor_id=by.vendor_id,
            person_id=by.person,
            ticket_id=ticket_id,
            defaults={"values": dict(values), "seen_message": seen, "changed_at": clock.now()},
        )[0]
        return draft


def drop_draft(*, by: Member, ticket_id: int) -> None:
    """The draft was sent. If the sending is taken back, the draft is there again."""
    with changing(by, ticket_id) as change:
        for draft in ComposerDraft.objects.filter(vendor_id=by.vendor_id, person=by.person_id, ticket=ticket_id):
            change.removing(draft)
            draft.delete()
