"""The box in which a reply or a note is written."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interfaces.desk.inputs import DateInput, FilesField, KeysInput
from tickets import services
from tickets.intake import question
from tickets.models import Message
from tickets.queries.ticket_page import Deed, TicketPage
from tickets.vocabulary import Refused
from vendors.access import Member


class Composer(forms.Form):
    """A reply or a note. Files that were sent stay as drafts when something else is wrong: `kept` are their keys."""

    kind = forms.ChoiceField(label=_("Kind"), widget=forms.RadioSelect)
    body = forms.CharField(label=_("Text"), widget=forms.Textarea)
    qualified = forms.BooleanField(label=_("Qualified acknowledgement"), required=False)
    next_steps = forms.CharField(label=_("Next steps"), required=False, max_length=2000)
    next_steps_on = forms.DateField(label=_("By"), required=False, widget=DateInput)
    ask = forms.BooleanField(label=_("This is a question: wait for the customer"), required=False)
    share_with = forms.MultipleChoiceField(
        label=_("Share this note with"), required=False, widget=forms.CheckboxSelectMultiple
    )
    uploads = FilesField(label=_("Files"), required=False)
    drafts = forms.CharField(required=False, widget=KeysInput)

    def __init__(self, page: TicketPage, data: Any = None, files: Any = None, *, asking: bool = False) -> None:
        self.page = page
        super().__init__(data, files, auto_id="composer-%s")
        deeds = page.deeds()
        kinds = [("public", gettext("Reply"))] if Deed.REPLY in deeds else []
        self.fields["kind"].choices = [*kinds, ("internal", gettext("Internal note"))]  # type: ignore[attr-defined]
        self.fields["body"].widget.attrs |= {"rows": 6, "data-hotkey": "r", "data-hotkey-label": gettext("Reply")}
        self.initial["kind"] = "public" if kinds else "internal"
        if asking and kinds:
            self.initial.update(body=question(page.policy, page.ticket.language, page.missing), ask=True)
        self._prepare_sharing()
        absent = [] if kinds else ["ask"]
        absent += [] if kinds and page.needs_qualified else ["qualified", "next_steps", "next_steps_on"]
        for name in absent:
            del self.fields[name]
        self.kept: list[UUID] = []
        self.written: Message | None = None

    def _prepare_sharing(self) -> None:
        ticket, member = self.page.ticket, self.page.member
        houses = [key for key in ticket.houses if key not in (ticket.customer_id, member.house)]
        choices = [(str(key), self.page.houses[key].name) for key in houses if key in self.page.houses]
        if member.house is not None:
            choices.insert(0, ("vendor", self.page.policy.vendor.name))
        self.fields["share_with"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["share_with"]

    def clean_drafts(self) -> list[UUID]:
        """The keys of files that were kept from an earlier attempt."""
        try:
            return [UUID(text) for text in self.cleaned_data["drafts"].split()]
        except ValueError:
            raise forms.ValidationError(gettext("One of the files is no longer there. Please add it again.")) from None

    def keep_files(self) -> None:
        """Keep what was uploaded as drafts, so that nothing has to be sent twice."""
        self.kept = list(self.cleaned_data.get("drafts") or ())
        for upload in self.cleaned_data.get("uploads") or ():
            try:
                self.kept.append(services.attach(by=self.page.member, upload=upload).key)
            except Refused as refusal:
                self.add_error("uploads", refusal.message)

    def attempt(self) -> bool:
        """Write it; False with the refusal next to its field."""
        try:
            self.written = self._write(self.page.member, self.cleaned_data)
        except Refused as refusal:
            field = {"files": "uploads"}.get(refusal.field, refusal.field)
            self.add_error(field if field in self.fields else None, refusal.message)
            return False
        return True

    def _write(self, by: Member, values: dict[str, Any]) -> Message:
        call: dict[str, Any] = {"by": by, "ticket_id": self.page.ticket.pk, "body": values["body"], "files": self.kept}
        if values["kind"] == "internal":
            shared = values.get("share_with") or []
            return services.note(
                **call,
                share_with_vendor="vendor" in shared,
                share_with=[int(key) for key in shared if key != "vendor"],
            )
        return services.reply(
            **call,
            qualified=values.get("qualified", False),
            next_steps=values.get("next_steps", ""),
            next_steps_on=values.get("next_steps_on"),
            ask=values["ask"],
        )
