"""How states and priorities look on the desk's pages."""

from django.utils.translation import gettext

from interfaces.common.clock_words import say
from sla.policies import Book

STATE_LOOKS = {"waiting": "waiting_for_customer", "third_party": "waiting_for_third_party"}


def priority_of(book: Book, key: str, *, claimed: bool, urgent: bool) -> tuple[int, str, bool]:
    """Rank (1 is the most urgent), name and whether it is only claimed; an empty name where there is nothing to say."""
    file = book.file
    for rank, priority in enumerate(file.priorities, 1):
        if priority.key == key:
            return rank, f"{key} {say(file, priority.name)}", claimed
    return (1, gettext("Urgent"), False) if urgent else (4, "", False)
