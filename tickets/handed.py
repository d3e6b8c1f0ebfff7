"""What a hand-off means to the customer (O1, I6): from whom to whom, what went along, and which times count now."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from tickets.models import HandOff
from vendors.access import CUSTOMERS
from vendors.catalog.schema import PolicyFile


def handed(turn: HandOff, vendor: str, policy: PolicyFile) -> Iterator[str]:
    """The sentences, in the active language; `vendor` is the vendor's name, whose house has no row of its own. The houses and the
    person of the hand-off are loaded: who may not see that person reads of the houses alone.
    """
    names = {"before": turn.from_house or vendor, "after": turn.to_house or vendor, "vendor": vendor}
    if turn.person is not None and turn.person.role in CUSTOMERS:
        names["who"] = turn.person.name
        yield _("%(who)s passed this request on from %(before)s to %(after)s, with its whole history.") % names
    else:
        yield _("%(before)s handed this request on to %(after)s, with its whole history.") % names
    promises = any(clock.promise for clock in policy.clocks)
    if turn.to_house_id is None and promises:
        yield _("From this moment the times that %(vendor)s promises count.") % names
    elif turn.to_house_id is None:
        yield _("%(vendor)s promises no times.") % names
    elif promises:
        yield _("The times that %(vendor)s promises don't count while %(after)s has it.") % names
