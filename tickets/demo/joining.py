"""Who is invited in the demo, and by which mail domain one signs up there."""

from datetime import datetime, timedelta

from kernel import clock
from kernel.tenancy.scope import Scope, enter
from tickets.demo.stage import Stage
from vendors.joining import domains, invitations
from vendors.models import Role

# By vendor: the admin who invites, whom (name, address, language), and the mail domain of his organisation.
_INVITED = {
    "mastercam": ("Karin Lindqvist", "Maja Berg", "maja.berg@lindqvist-precision.example", "sv"),
    "optocraft": ("Anja Kirchner", "Jens Rudolph", "jens.rudolph@linsenwerk-saaletal.example", "de"),
    "image-instruments": ("Marlene Fuchs", "Tilo Brandt", "tilo.brandt@kfo-rosental.example", "de"),
}


def invite(stage: Stage, moment: datetime) -> None:
    """An open invitation, two days old, and a verified mail domain of the admin's organisation."""
    admin, name, email, language = _INVITED[stage.slug]
    by = stage.acting(stage.people[admin])
    with enter(Scope.of(stage.vendor_id)), clock.moved_to(moment - timedelta(days=2)):
        domains.verify(
            by=stage.acting(stage.staff(Role.VENDOR_ADMIN)[0]),
            organisation_id=stage.people[admin].organisation_id or 0,
            domain=email,
        )
        invitations.invite(by=by, email=email, name=name, role=Role.CUSTOMER_USER, site_id=None, language=language)
