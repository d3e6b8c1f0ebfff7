"""What forms of all doors share."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vendors.joining.addresses import NotAnAddress, normal
from vendors.refusal import Refused


class ServiceForm(forms.Form):
    """A form whose refusals by a service stand next to their fields."""

    def refuse(self, refusal: Refused) -> None:
        """Put a refusal next to its field, or on top."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)

    def choose(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Give a field its choices."""
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]  # a ChoiceField


class AddressField(forms.CharField):
    """A mail address, which becomes its normal form (vendors.joining.addresses)."""

    widget = forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **{"label": gettext_lazy("Mail address")} | kwargs)

    def clean(self, value: Any) -> str:
        """The address in its normal form."""
        text = super().clean(value)
        try:
            return normal(text) if text else ""
        except NotAnAddress:
            raise forms.ValidationError(_("Give a mail address like name@company.com.")) from None
