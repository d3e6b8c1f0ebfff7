"""What is done with a login is written down at every vendor where it is somebody."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from kernel import clock
from kernel.audit.services import Entry, record
from kernel.tenancy.scope import Scope, enter
from vendors.access import Member, memberships, scope_of
from vendors.models import User


def write_down(
    user: User,
    verb: StrEnum,
    about: tuple[str, int | None],
    *,
    after: Mapping[str, Any] | None = None,
    source: str = "web",
    address: str | None = None,
) -> None:
    """An entry at each vendor: the login's person there is the subject and, from the web, who did it; else the software."""
    for member in memberships(user.pk):
        by = member if source == "web" else Member.system(member.vendor_id)
        actor = by.through(source, address).actor
        with enter(scope_of([member]) if source == "web" else Scope.of(member.vendor_id)):
            record(
                [Entry(member.vendor_id, clock.now(), verb, actor, ("person", member.person), about, after=after or {})]
            )
