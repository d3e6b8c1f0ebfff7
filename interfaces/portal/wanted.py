"""Which of one's requests the list shows, asked for by GET."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interfaces.common.reader import Reader
from tickets.queries.requests import Wanted, askers_of, sites_of

STATES = (
    ("", gettext_lazy("All")),
    ("open", gettext_lazy("Open")),
    ("waiting", gettext_lazy("Waiting for you")),
    ("resolved", gettext_lazy("Resolved")),
)


class WantedForm(forms.Form):
    """Words, state, and where there is a choice the site and who asked."""

    q = forms.CharField(
        label=gettext_lazy("Subject or number"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=STATES, required=False)
    site = forms.ChoiceField(label=gettext_lazy("Site"), required=False)
    asker = forms.ChoiceField(label=gettext_lazy("Asked by"), required=False)

    def __init__(self, reader: Reader, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        members, vendors = reader.customer_members, {vendor.id: vendor.name for vendor in reader.vendors}
        self.several_sites = self._offer("site", sites_of(members), vendors)
        self._offer("asker", askers_of(members), vendors)

    def _offer(self, name: str, rows: Sequence[Any], vendors: Mapping[int, str]) -> bool:
        """Offer the rows by key; a field without a choice is not shown."""
        if len(rows) < 2:
            del self.fields[name]
            return False
        several = len({row.vendor_id for row in rows}) > 1
        named = [(str(row.pk), f"{row.name} · {vendors[row.vendor_id]}" if several else row.name) for row in rows]
        self.fields[name].choices = [("", _("All")), *named]  # type: ignore[attr-defined]  # a ChoiceField
        return True

    @property
    def wanted(self) -> Wanted:
        """What is asked for; of a valid form."""
        given = self.cleaned_data
        site, asker = given.get("site"), given.get("asker")
        return Wanted(
            state=given["state"],
            site=int(site) if site else None,
            asker=int(asker) if asker else None,
            words=given["q"],
        )

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for at all."""
        return any(self.data.get(name) for name in ("q", "state", "site", "asker"))
