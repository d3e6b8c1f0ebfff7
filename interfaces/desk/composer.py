"""The box in which a reply or a note is written."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interfaces.common.clock_words import say
from interfaces.desk.inputs import DateInput, FilesField, KeysInput
from kernel.keys import keys_in
from sla.services import lock
from tickets import services
from tickets.access import readable_messages
from tickets.canned import unfilled
from tickets.intake import question
from tickets.models import Message
from tickets.queries.ticket_page import Deed, TicketPage
from tickets.vocabulary import Refused
from vendors.access import Member

WAIT, THIRD_PARTY, RESOLVE = "wait", "third-party", "resolve:"
# What a draft keeps of the form.
DRAFTED = ("kind", "body", "qualified", "next_steps", "next_steps_on", "then", "outcome_on", "share_with", "drafts")


class Composer(forms.Form):
    """A reply or a note. Files that were sent stay as drafts when something else is wrong: `kept` are their keys."""

    kind = forms.ChoiceField(label=_("Kind"), widget=forms.RadioSelect)
    body = forms.CharField(label=_("Text"), widget=forms.Textarea)
    qualified = forms.BooleanField(label=_("Qualified acknowledgement"), required=False)
    next_steps = forms.CharField(label=_("Next steps"), required=False, max_length=2000)
    next_steps_on = forms.DateField(label=_("By"), required=False, widget=DateInput)
    then = forms.ChoiceField(label=_("And then"), required=False)
    outcome_on = forms.DateField(label=_("Date of the timeline"), required=False, widget=DateInput)
    share_with = forms.MultipleChoiceField(
        label=_("Share this note with"), required=False, widget=forms.CheckboxSelectMultiple
    )
    uploads = FilesField(label=_("Files"), required=False)
    drafts = forms.CharField(required=False, widget=KeysInput)
    canned = forms.CharField(required=False, widget=KeysInput)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0)

    def __init__(
        self, page: TicketPage, data: Any = None, files: Any = None, *, asking: bool = False, words: str = ""
    ) -> None:
        self.page = page
        super().__init__(data, files, auto_id="composer-%s", initial=_kept_values(page))
        deeds = page.deeds()
        kinds = [("public", gettext("Reply"))] if Deed.REPLY in deeds else []
        self.fields["kind"].choices = [*kinds, ("internal", gettext("Internal note"))]  # type: ignore[attr-defined]
        self.fields["body"].widget.attrs |= {"rows": 6, "data-hotkey": "r", "data-hotkey-label": gettext("Reply")}
        if self.initial.get("kind") not in {kind for kind, _label in self.fields["kind"].choices}:  # type: ignore[attr-defined]
            self.initial["kind"] = "public" if kinds else "internal"
        if asking and kinds:
            self.initial.update(
                kind="public", body=question(page.policy, page.ticket.language, page.missing), then=WAIT
            )
        if words:
            self.initial["body"] = "\n\n".join(filter(None, [self.initial.get("body"), words]))
        self._prepare_sharing()
        self._prepare_what_follows()
        absent = [] if kinds else ["then", "outcome_on"]
        absent += [] if kinds and page.needs_qualified else ["qualified", "next_steps", "next_steps_on"]
        for name in absent:
            self.fields.pop(name, None)
        self.kept: list[UUID] = file_keys([self.initial.get("drafts") or ""]) if data is None else []
        self.meanwhile: list[Message] = []
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

    def _prepare_what_follows(self) -> None:
        """What may become of the ticket with this reply: as its state and the policy's outcomes allow (M8, M9)."""
        deeds, policy = self.page.deeds(), self.page.policy
        found = [("", gettext("Leave it open")), (WAIT, gettext("Wait for the customer"))]
        if Deed.THIRD_PARTY in deeds:
            found.append((THIRD_PARTY, gettext("Wait for a third party")))
        if Deed.RESOLVE in deeds:
            for outcome in policy.outcomes:
                named = {"outcome": say(policy, outcome.name)}
                found.append((RESOLVE + outcome.key, gettext("Resolved: %(outcome)s") % named))
        self.fields["then"].widget.attrs |= {"data-hotkey": "w", "data-hotkey-label": gettext("And then")}
        self.fields["then"].choices = found  # type: ignore[attr-defined]
        if not any(outcome.needs_date for outcome in policy.outcomes):
            del self.fields["outcome_on"]

    def clean(self) -> dict[str, Any]:
        """If somebody wrote meanwhile, his words are shown before these go out."""
        values = super().clean() or {}
        self.meanwhile = unseen(self.page, values.get("seen"))
        if values.get("kind") == "public" and (missing := unfilled(values.get("body") or "")):
            names = ", ".join(f"{{{name}}}" for name in missing)
            self.add_error(
                "body", gettext("Fill this in or take it out before it is sent: %(names)s") % {"names": names}
            )
        if self.meanwhile:
            self.add_error(None, _meanwhile())
        return values

    def clean_drafts(self) -> list[UUID]:
        """The keys of files that were kept from an earlier attempt."""
        try:
            return _keys(self.cleaned_data["drafts"])
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

    def typed(self) -> dict[str, Any]:
        """What stands in the (valid) form, as a draft keeps it."""
        values = {name: self.data.get(self.add_prefix(name), "") for name in DRAFTED}
        values["share_with"] = self.cleaned_data.get("share_with") or []
        values["qualified"] = bool(self.cleaned_data.get("qualified"))
        return values | {"drafts": " ".join(str(key) for key in self.kept)}

    def attempt(self) -> bool:
        """Write it; False with the refusal next to its field."""
        try:
            with transaction.atomic():
                lock(self.page.ticket.timeline_id)  # who sends at the same time waits here, and is shown these words
                if self._overtaken():
                    return False
                self.written = self._write(self.page.member, self.cleaned_data)
                services.count_use(by=self.page.member, reply_ids=_numbers(self.cleaned_data["canned"]))
                services.drop_draft(by=self.page.member, ticket_id=self.page.ticket.pk)
        except Refused as refusal:
            field = {"files": "uploads"}.get(refusal.field, refusal.field)
            self.add_error(field if field in self.fields else None, refusal.message)
            return False
        return True

    def _overtaken(self) -> bool:
        """Whether somebody's words came in since the page was read; they are shown first."""
        seen = self.cleaned_data.get("seen")
        if seen is None:
            return False
        page, last = self.page, max(seen, newest(self.page))
        later = Message.objects.filter(readable_messages(page.member), ticket=page.ticket, pk__gt=last)
        self.meanwhile = list(later.exclude(author=page.member.person_id).select_related("author").order_by("pk"))
        if self.meanwhile:
            self.add_error(None, _meanwhile())
        return bool(self.meanwhile)

    def _write(self, by: Member, values: dict[str, Any]) -> Message:
        call: dict[str, Any] = {"by": by, "ticket_id": self.page.ticket.pk, "body": values["body"], "files": self.kept}
        if values["kind"] == "internal":
            shared = values.get("share_with") or []
            return services.note(
                **call,
                share_with_vendor="vendor" in shared,
                share_with=[int(key) for key in shared if key != "vendor"],
            )
        return self._reply(call, values, values.get("then", ""))

    def _reply(self, call: dict[str, Any], values: dict[str, Any], then: str) -> Message:
        if then.startswith(RESOLVE):
            outcome = then.removeprefix(RESOLVE)
            ticket = services.resolve(**call, outcome=outcome, outcome_on=values.get("outcome_on"))
            return ticket.messages.latest("pk")
        message = services.reply(
            **call,
            qualified=values.get("qualified", False),
            next_steps=values.get("next_steps", ""),
            next_steps_on=values.get("next_steps_on"),
            ask=then == WAIT,
        )
        if then == THIRD_PARTY:
            services.wait_for_third_party(by=call["by"], ticket_id=call["ticket_id"])
        return message


def newest(page: TicketPage) -> int:
    """The key of the newest message that the reader has before him; 0 where there is none."""
    return max((message.pk for message in page.messages), default=0)


def unseen(page: TicketPage, seen: int | None) -> list[Message]:
    """What somebody else wrote after the message with the key `seen`; nothing where the form did not say what it showed."""
    if seen is None:
        return []
    return [m for m in page.messages if m.pk > seen and m.author_id != page.member.person_id]


def _meanwhile() -> str:
    return gettext("Somebody has written meanwhile. Read it, then send yours as it is, or change it.")


def _kept_values(page: TicketPage) -> dict[str, Any]:
    return dict(page.draft.values) if page.draft else {}


def file_keys(texts: Iterable[str]) -> list[UUID]:
    """The keys of files in a draft; what is none is left out."""
    found = []
    for word in " ".join(texts).split()[:200]:
        try:
            found.append(UUID(word))
        except ValueError:
            continue
    return found


def _numbers(text: str) -> list[int]:
    return keys_in(text.split())[:20]


def _keys(text: str) -> list[UUID]:
    return [UUID(key) for key in text.split()]
