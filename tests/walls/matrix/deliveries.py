"""The letters that the estate has caused, and who of the cast reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr

from django.core import mail
from django.core.mail import EmailMessage

from kernel.clock import moved_to
from kernel.outbox import services as outbox
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import enter
from tests.walls.matrix.cast import CAST, NOBODY
from tests.walls.matrix.estate import Estate
from vendors.models import Invitation, OrganisationDomain, Person

# What a letter with a link says to somebody who has no login yet: who invites him to what.
INVITED_READ = (
    "vendors_vendor.", "vendors_organisation.name", "vendors_person.name", "vendors_invitation.", "vendors_organisationdomain.",
)  # fmt: skip
# People of the standing cast who have no part in the matrix read as who does the same work.
_LIKE = {"colleague": "agent", "management": "supervisor", "sponsor": "supervisor", "neighbour": "customer"}


def delivered(estate: Estate) -> Iterator[tuple[list[str], EmailMessage]]:
    """Each letter with its readers; those who are not of the cast but were invited read as nobody."""
    for house, before in ((estate.cast.here, ""), (estate.cast.abroad, "abroad_")):
        with enter(house.scope()):
            OutboxMessage.objects.exclude(state=OutboxMessage.State.SENT).update(state=OutboxMessage.State.PENDING)
            names = {person.pk: name for name, person in house.people.items()}
            readers = {row.email: f"{before}{_name(names.get(row.pk, ''))}" for row in Person.objects.all()}
            invited = set(Invitation.objects.values_list("email", flat=True))
            domains = set(OrganisationDomain.objects.values_list("domain", flat=True))
        mail.outbox.clear()
        with moved_to(datetime.now(UTC) + timedelta(hours=1)):
            while outbox.deliver(house.id):
                pass
        for letter in list(mail.outbox):
            addresses = [parseaddr(recipient)[1] for recipient in letter.recipients()]
            who = [readers.get(address, NOBODY) for address in addresses]
            strangers = [address for address in addresses if address not in readers and address not in invited]
            assert all(address.partition("@")[2] in domains for address in strangers), strangers
            yield [name for name in who if name in CAST], letter


def _name(name: str) -> str:
    return _LIKE.get(name, name)
