"""What concerns one person."""

from collections.abc import Iterable

from tickets.models import Notification
from vendors.access import Member


def unread_count(members: Iterable[Member]) -> int:
    """How many notifications a person has not read, over all memberships."""
    people = [member.person_id for member in members if member.person_id is not None]
    return Notification.objects.filter(person_id__in=people, read_at=None).count()
