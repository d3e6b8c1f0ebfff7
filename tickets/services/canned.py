"""Keep canned replies: one's own, or the house's."""

from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from kernel import clock
from kernel.tenancy import scope
from kernel.tenancy.scope import enter
from tickets.canned import VARIABLES, unknown_variables
from tickets.models import CannedReply
from tickets.services.conversation import require
from tickets.vocabulary import Refused
from vendors.access import Act, Member

LONGEST = 10_000  # characters of a text


def canned_replies(member: Member) -> QuerySet[CannedReply]:
    """Those that a member can use: his own and his house's; none for customers."""
    rows = CannedReply.objects.filter(vendor_id=member.vendor_id, house=member.house, active=True)
    if member.is_customer:
        return rows.none()
    return rows.filter(Q(owner=None) | Q(owner=member.person_id)).order_by("title", "pk")


def may_share(member: Member) -> bool:
    """Whether a member writes the replies of his house: at the vendor a supervisor, at a partner each agent."""
    return member.house is not None or member.may(Act.REVIEW_ESCALATIONS)


def may_change(member: Member, reply: CannedReply) -> bool:
    """Whether a member may change a reply that he can use."""
    return reply.owner_id == member.person_id or (reply.owner_id is None and may_share(member))


def save_canned(
    *, by: Member, title: str, texts: Mapping[str, str], shared: bool, reply_id: int | None = None
) -> CannedReply:
    """Write a new reply, or change one. `texts` by language; `shared` makes it the house's. Raises Refused."""
    require(by, Act.WORK_TICKETS)
    title, texts = title.strip(), {code: text.strip() for code, text in texts.items() if text.strip()}
    _check(title, texts)
    if shared and not may_share(by):
        raise Refused(_("Only a supervisor writes replies for everybody."), "shared")
    with enter(scope.current().only(by.vendor_id)):
        reply = _mine(by, reply_id) if reply_id else CannedReply(vendor_id=by.vendor_id, house_id=by.house)
        reply.title, reply.texts, reply.changed_at = title, texts, clock.now()
        reply.owner_id = None if shared else by.person
        try:
            with transaction.atomic():
                reply.save()
        except IntegrityError:
            raise Refused(_("There is a reply with this title already."), "title") from None
        return reply


def delete_canned(*, by: Member, reply_id: int) -> None:
    """Forget a reply. Raises Refused for one that is not there or not his to change."""
    with enter(scope.current().only(by.vendor_id)):
        _mine(by, reply_id).delete()


def count_use(*, by: Member, reply_ids: Sequence[int]) -> None:
    """A message was sent that began as these replies."""
    if reply_ids:
        canned_replies(by).filter(pk__in=reply_ids).update(uses=F("uses") + 1)


def _mine(by: Member, reply_id: int) -> CannedReply:
    reply = canned_replies(by).filter(pk=reply_id).first()
    if reply is None or not may_change(by, reply):
        raise Refused(_("There is no such reply, or it is not yours to change."))
    return reply


def _check(title: str, texts: Mapping[str, str]) -> None:
    if not title:
        raise Refused(_("Give it a title."), "title")
    if not texts:
        raise Refused(_("Write it in one language at least."), "texts")
    for code, text in texts.items():
        if len(text) > LONGEST:
            raise Refused(_("This is too long."), f"text_{code}")
        if unknown := unknown_variables(text):
            words = {"unknown": ", ".join(f"{{{name}}}" for name in unknown), "known": ", ".join(VARIABLES)}
            raise Refused(_("%(unknown)s can't be filled in. What can: %(known)s.") % words, f"text_{code}")
