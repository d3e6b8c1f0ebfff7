"""The forms of a customer's page of one request."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interfaces.portal.questions import answer_text, files_field, question
from tickets.models import Ticket, TicketRating
from tickets.services.beside import watchable
from tickets.services.rating import LONGEST_COMMENT
from vendors.access import Member
from vendors.catalog.schema import PolicyFile
from vendors.catalog.schema.intake import IntakeField
from vendors.models import Person

_MOST_COLLEAGUES = 500


class WriteForm(forms.Form):
    """The customer's word on his request."""

    body = forms.CharField(label=gettext_lazy("Your message"), widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["files"] = files_field(_("Files"))


class CompleteForm(forms.Form):
    """What the vendor's form asked for and the request still lacks (O8, M8); any of it may be sent."""

    def __init__(self, missing: Sequence[IntakeField], policy: PolicyFile, language: str, data: Any = None) -> None:
        super().__init__(data)
        self.missing = [row for row in missing if row.kind != "files"]
        for row in self.missing:
            self.fields[f"answer_{row.key}"] = question(row, policy, language)
        asks_files = next((row for row in missing if row.kind == "files"), None)
        if asks_files:
            help_text = policy.say(asks_files.help, language) if asks_files.help else ""
            self.fields["files"] = files_field(policy.say(asks_files.label, language), help_text)

    @property
    def answers(self) -> dict[str, str]:
        """The answers by the question's key; of a valid form."""
        given = {row.key: answer_text(self.cleaned_data.get(f"answer_{row.key}")) for row in self.missing}
        return {key: answer for key, answer in given.items() if answer}


class ReviewForm(forms.Form):
    """Ask for a review (M12, O19)."""

    reason = forms.CharField(
        label=gettext_lazy("What should be reviewed, and why?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
    )
    executive = forms.BooleanField(required=False)

    def __init__(self, executive: str, data: Any = None) -> None:
        super().__init__(data)
        if executive:
            self.fields["executive"].label = _("It is critical: tell %(who)s too") % {"who": executive}
        else:
            del self.fields["executive"]


class UrgentForm(forms.Form):
    """Declare a request urgent after it was filed (O6)."""

    urgent_reason = forms.CharField(max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, policy: PolicyFile, language: str, data: Any = None) -> None:
        super().__init__(data)
        if policy.urgency:
            self.fields["urgent_reason"].label = policy.say(policy.urgency.reason, language)
            self.fields["urgent_reason"].required = policy.urgency.reason_required


class RatingForm(forms.Form):
    """How it was solved."""

    grade = forms.ChoiceField(
        label=gettext_lazy("How was it solved?"), choices=TicketRating.Grade.choices, widget=forms.RadioSelect
    )
    comment = forms.CharField(
        label=gettext_lazy("What was good, or what was missing?"),
        max_length=LONGEST_COMMENT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, said: TicketRating | None, data: Any = None) -> None:
        super().__init__(data, initial={"grade": said.grade, "comment": said.comment} if said else None)


class ParticipantForm(forms.Form):
    """Let a colleague take part in the request."""

    person = forms.TypedChoiceField(label=gettext_lazy("Colleague"), coerce=int)

    def __init__(self, member: Member, ticket: Ticket, taking_part: Sequence[Person], data: Any = None) -> None:
        super().__init__(data)
        away = [ticket.requester_id, *(person.pk for person in taking_part)]
        people = watchable(member, ticket).exclude(pk__in=away).order_by("name", "pk")[:_MOST_COLLEAGUES]
        self.colleagues = [(str(person.pk), person.name) for person in people]
        field = self.fields["person"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  narrows for the type checker  # nosec B101
        field.choices = [("", _("Please choose")), *self.colleagues]
