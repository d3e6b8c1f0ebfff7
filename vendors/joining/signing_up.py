"""Sign up with a mail address. To ask is one row, whatever is known of the address; a worker finds out and answers by mail alone,
so that neither the words nor the time of the page tell anything.
"""

import logging

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from kernel import clock
from kernel.outbox.services import put
from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from vendors.access import memberships
from vendors.joining import links
from vendors.joining.addresses import domain_of, mailbox
from vendors.joining.invitations import holds, locked, make
from vendors.models import Invitation, OrganisationDomain, Person, SignUp, User

log = logging.getLogger(__name__)
_BATCH = 50


def ask(*, email: str, language: str) -> None:
    """Somebody asks to sign up with an address in its normal form."""
    known = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    SignUp.objects.create(email=email, language=known, at=clock.now())


def answer_waiting() -> int:
    """Answer whoever asked, in turn, each in a transaction; answers how many. What fails is logged and forgotten; what is more
    than a batch waits, for deadlines come first.
    """
    answered = 0
    while answered < _BATCH and _answer_one():
        answered += 1
    return answered


def _answer_one() -> bool:
    with transaction.atomic():
        row = SignUp.objects.select_for_update(skip_locked=True).order_by("pk").first()
        if row is None:
            return False
        try:
            with transaction.atomic():
                _answer(row)
        except Exception:  # nobody else has to wait for it
            log.exception("sign-up %s was not answered", row.pk)
        row.delete()
    return True


def _answer(row: SignUp) -> None:
    user = User.objects.filter(email__iexact=row.email).first()
    offered = False
    for vendor_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with enter(Scope.of(vendor_id)):
            offered |= _remind(vendor_id, row) or _offer(vendor_id, row, user)
    if user is None or not user.is_active or offered:
        return
    for member in memberships(user.pk)[:1]:
        with enter(Scope.of(member.vendor_id)):
            put([links.known(member.vendor_id, member.person, row.pk)], at=clock.now())


def _remind(vendor_id: int, row: SignUp) -> bool:
    """Send invitations that wait for the address once more; whether there are any."""
    now = clock.now()
    waiting = Invitation.objects.select_related("invited_by").filter(vendor_id=vendor_id, email=row.email)
    letters = [links.invitation(one, str(row.pk)) for one in waiting.filter(accepted_at=None) if holds(one, now)]
    put(letters, at=now)
    return bool(letters)


def _offer(vendor_id: int, row: SignUp, user: User | None) -> bool:
    """A way into the organisation whose verified domain the address is of; False if there is none, or he is somebody here."""
    verified = OrganisationDomain.objects.filter(vendor_id=vendor_id, verified_at__isnull=False)
    domain = verified.filter(domain=domain_of(row.email)).first()
    if domain is None or _is_somebody(domain, row, user):
        return False
    make(locked(vendor_id, domain.organisation_id), row.email, language=user.language if user else row.language)
    return True


def _is_somebody(domain: OrganisationDomain, row: SignUp, user: User | None) -> bool:
    """Whether the vendor knows the mailbox or login as more than a person of the organisation without a login: whoever has one
    needs none, and whom an admin removed does not come back by himself.
    """
    same = Q(email__iexact=row.email) | Q(email__iendswith=f"@{domain.domain}", active=False)
    people = Person.objects.filter(same | (Q(user=user) if user else Q(pk__in=[])), vendor_id=domain.vendor_id)
    return any(
        person.user_id is not None or not person.active or person.organisation_id != domain.organisation_id
        for person in people
        if person.email.lower() == row.email
        or (user is not None and person.user_id == user.pk)
        or mailbox(person.email.lower()) == mailbox(row.email)
    )
