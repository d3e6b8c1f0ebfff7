"""Who may see which tickets, messages and files: the one gate for pages, API, counts and mails."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from tickets.models import Article, Attachment, Message, Ticket, Watcher
from vendors.access import STAFF, Act, Member
from vendors.models import Role

_NONE = Q(pk__in=[])


def visible_tickets(members: Iterable[Member]) -> QuerySet[Ticket]:
    """The tickets that a person sees with these memberships: staff all of their vendor's, a partner's agent those routed to
    his house now or before, a customer his own and those that he watches, a customer's admin those of the organisation.
    """
    condition = _NONE
    for member in members:
        condition |= Q(vendor_id=member.vendor_id) & _tickets_of(member)
    return Ticket.objects.filter(condition)


def _tickets_of(member: Member) -> Q:
    if member.role in STAFF or member.role == "system":
        return Q()
    if member.organisation_id is None:
        return _NONE  # "no house" is the vendor itself, and that he is not
    if member.role == Role.PARTNER_AGENT:
        return Q(serving_house=member.organisation_id) | Q(past_houses__contains=[member.organisation_id])
    if member.may(Act.SEE_OWN_ORGANISATION):
        return Q(customer=member.organisation_id)
    watched = Watcher.objects.filter(vendor_id=member.vendor_id, person=member.person_id).values("ticket")
    return Q(customer=member.organisation_id) & (Q(requester=member.person_id) | Q(pk__in=watched))


def may_decide(member: Member, ticket: Ticket) -> bool:
    """Whether a customer ends a request, says how it was solved and who takes part: who asked, and the admin of his organisation.
    Whoever only takes part reads and writes.
    """
    if not member.is_customer or member.organisation_id != ticket.customer_id:
        return False
    return ticket.requester_id == member.person_id or member.may(Act.SEE_OWN_ORGANISATION)


def readable_messages(member: Member) -> Q:
    """Which messages of a visible ticket a person reads: public ones; of notes, those of his house and those shared with it.
    A vendor's staff don't read a partner's notes unless they are shared. What was taken back nobody reads.
    """
    return Q(retracted_at=None) & _words_for(member)


def _words_for(member: Member) -> Q:
    public = Q(visibility=Message.Visibility.PUBLIC)
    if member.is_customer:
        return public
    if member.house is None:
        return public | Q(house=None) | Q(visibility=Message.Visibility.SHARED, shared_with_vendor=True)
    shared = Q(visibility=Message.Visibility.SHARED, shared_with__contains=[member.house])
    return public | Q(house=member.house) | shared


def readable_entries(member: Member) -> Q:
    """Which entries of a visible ticket's audit a person reads: the vendor's staff all, everybody else those of what his house
    saw when they were written.
    """
    if member.role in STAFF or member.role == "system":
        return Q()
    return _NONE if member.organisation_id is None else Q(houses__contains=[member.organisation_id])


def readable_hand_off_notes(member: Member) -> Q:
    """What was told with a hand-off: the vendor's staff read all, a partner's agents what their house wrote or got."""
    if member.role in STAFF or member.role == "system":
        return Q()
    if member.house is None:
        return _NONE
    return Q(hand_off__from_house=member.house) | Q(hand_off__to_house=member.house)


def readable_attachments(members: Iterable[Member]) -> QuerySet[Attachment]:
    """The files that a person may download: those of messages that he reads, and his own drafts."""
    members = tuple(members)
    condition = _NONE
    for member in members:
        messages = Message.objects.filter(
            readable_messages(member), vendor_id=member.vendor_id, ticket__in=visible_tickets([member])
        )
        own = Q(message=None, uploaded_by=member.person_id) if member.person_id else _NONE
        condition |= Q(vendor_id=member.vendor_id) & (Q(message__in=messages) | own)
    return Attachment.objects.filter(condition, state__in=[Attachment.State.DRAFT, Attachment.State.READY])


def readable_articles(members: Iterable[Member]) -> QuerySet[Article]:
    """The articles that a person reads with these memberships: a vendor's staff all of it, everybody else published ones."""
    condition = _NONE
    for member in members:
        drafts_too = Q() if member.role in STAFF or member.role == "system" else Q(published_at__isnull=False)
        condition |= Q(vendor_id=member.vendor_id) & drafts_too
    return Article.objects.filter(condition)
