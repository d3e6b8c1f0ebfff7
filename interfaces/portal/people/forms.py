"""The forms about colleagues."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interfaces.common.forms import AddressField, ServiceForm
from vendors.access import Member
from vendors.joining.domains import POSTMASTERS
from vendors.joining.invitations import grantable
from vendors.models import Person, Role, Site

# What a role means, in the words of who is asked to choose.
ROLE_NAMES = {Role.CUSTOMER_USER: gettext_lazy("Colleague"), Role.CUSTOMER_ADMIN: gettext_lazy("Admin")}
ROLE_TEXTS = {
    Role.CUSTOMER_USER: gettext_lazy("Files requests and sees his or her own."),
    Role.CUSTOMER_ADMIN: gettext_lazy("Sees all requests of the organisation, invites and removes colleagues."),
}


def role_name(role: str) -> str:
    """A customer's role in short."""
    return str(ROLE_NAMES[Role(role)])


class PlaceForm(ServiceForm):
    """Role and site of a colleague; only roles that the admin may give, and his organisation's sites."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=forms.RadioSelect)
    site = forms.ChoiceField(label=gettext_lazy("Site"), required=False)

    def __init__(self, by: Member, sites: Iterable[Site], data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.choose("role", [(role.value, ROLE_NAMES[role]) for role in grantable(by)])
        self.choose("site", [("", _("No particular site")), *((str(site.pk), site.name) for site in sites)])

    @property
    def role_texts(self) -> dict[str, Any]:
        """What the roles mean."""
        return {role.value: text for role, text in ROLE_TEXTS.items()}

    def words(self) -> dict[str, Any]:
        """What the services want."""
        values = dict(self.cleaned_data)
        site = values.pop("site")
        return {**values, "site_id": int(site) if site else None}


class InviteForm(PlaceForm):
    """Somebody new."""

    email = AddressField()
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    field_order = ("email", "name", "role", "site", "language")


class ClaimForm(ServiceForm):
    """A mail domain, and who of it is asked."""

    domain = forms.CharField(
        label=gettext_lazy("Mail domain"),
        max_length=253,
        help_text=gettext_lazy("What stands after the @, like company.com; uk.company.com is another one"),
    )
    asked = forms.ChoiceField(
        label=gettext_lazy("Who confirms it"),
        help_text=gettext_lazy("A mail with a link goes there. These addresses belong to whoever runs the domain."),
    )

    def __init__(self, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.choose("asked", [(name, f"{name}@…") for name in POSTMASTERS])


def held_by(person: Person) -> dict[str, Any]:
    """What a form about a person begins with."""
    return {"role": person.role, "site": str(person.site_id or "")}
