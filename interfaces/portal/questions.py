"""The vendor's questions as form fields, built from its policy file (O8, M8): what may be typed, and how it is checked."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from tickets.queries.intake import Known
from vendors.catalog.schema import PolicyFile
from vendors.catalog.schema.intake import IntakeField

# Questions that every vendor's form asks in its own words and that have a place of their own on the ticket.
SUBJECT, DESCRIPTION = "subject", "description"


class FilesInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True


class SuggestingInput(forms.TextInput):
    """A line with suggestions that need not be followed; works without scripts."""

    template_name = "portal/widgets/suggesting.html"

    def __init__(self, suggestions: Sequence[str]) -> None:
        super().__init__()
        self.suggestions = suggestions

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The widget's context with the list's id and its entries."""
        context = super().get_context(name, value, attrs)
        context["widget"]["suggestions"] = self.suggestions
        context["widget"]["attrs"]["list"] = f"{name}_suggestions"
        return context


def question(asked: IntakeField, policy: PolicyFile, language: str, known: Known | None = None) -> forms.Field:
    """The form field of one question; only `needed_to_send` keeps a request from being sent, what else is required for its
    information to be complete (O8, M8) is marked as wanted.
    """
    field = _question(asked, policy, language, known)
    field.wanted = asked.required  # type: ignore[attr-defined]  # read by templates/_required.html
    return field


def _question(asked: IntakeField, policy: PolicyFile, language: str, known: Known | None) -> forms.Field:
    help_text = policy.say(asked.help, language) if asked.help else ""
    if asked.pattern_help:
        help_text = f"{help_text} {policy.say(asked.pattern_help, language)}".strip()
    about: dict[str, Any] = {
        "label": policy.say(asked.label, language),
        "help_text": help_text,
        "required": asked.needed_to_send,
    }
    options = [(option.key, policy.say(option.label, language)) for option in asked.options]
    if asked.kind == "choice":
        return forms.ChoiceField(choices=[("", _("Please choose")), *options], **about)
    if asked.kind == "choices":
        return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **about)
    if asked.kind == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **about)
    if asked.kind == "number":
        return forms.DecimalField(**about)
    return _text_question(asked, policy, language, known, about)


def _text_question(
    asked: IntakeField, policy: PolicyFile, language: str, known: Known | None, about: dict[str, Any]
) -> forms.CharField:
    suggestions: list[str] = []
    if known and asked.kind == "product":
        suggestions = [product.name for product in known.products]
    if known and asked.kind == "release":
        suggestions = [release.name for release in known.releases]
    widget: forms.Widget = SuggestingInput(suggestions) if suggestions else forms.TextInput()
    if asked.kind == "paragraph":
        widget = forms.Textarea(attrs={"rows": 5 if asked.key == DESCRIPTION else 3})
    if asked.example:
        widget.attrs["placeholder"] = _("for instance %(example)s") % {"example": asked.example}
    return forms.CharField(
        max_length=asked.max_length, widget=widget, validators=_validators(asked, policy, language), **about
    )


def _validators(asked: IntakeField, policy: PolicyFile, language: str) -> list[Any]:
    if not asked.pattern:
        return []
    pattern = re.compile(asked.pattern)
    says = policy.say(asked.pattern_help, language) if asked.pattern_help else _("This does not look right.")
    says += " " + _("If you do not have it at hand, leave it empty.")

    def whole(value: str) -> None:
        if not pattern.fullmatch(value):
            raise forms.ValidationError(says)

    return [whole]


def answer_text(value: Any) -> str:
    """A cleaned answer as the ticket keeps it."""
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value).strip()


def files_field(label: str, help_text: str = "") -> forms.Field:
    """The place for files. What is chosen there is kept as drafts by the view (interfaces.portal.drafts)."""
    return forms.Field(label=label, help_text=help_text, required=False, widget=FilesInput(attrs={"multiple": True}))
