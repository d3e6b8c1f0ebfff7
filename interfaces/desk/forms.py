"""What is done to a ticket, as forms. Each calls one service; a refusal stands next to its field."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import get_language, get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from interfaces.common.clock_words import say
from tickets import services
from tickets.intake import missing_information
from tickets.models import Classification
from tickets.queries.ticket_page import Deed, TicketPage
from tickets.services.ending import CANCEL_REASONS
from tickets.vocabulary import Refused
from vendors.access import Member
from vendors.catalog.schema import PolicyFile

REASONS = {
    "withdrawn": _("Withdrawn by the customer"),
    "spam": _("Not a request (spam)"),
    "merged": _("Continued in another ticket"),
    "refused": _("Not served by us"),
}


class DateInput(forms.DateInput):
    """A date picker of the browser."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """Date and time, in the reader's zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class FilesInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Uploads, as a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The uploads that are there."""
        clean = super().clean
        return [clean(upload, initial) for upload in data or ()]


class DeedForm(forms.Form):
    """A deed with its fields. `done` is said when it is done."""

    deed: ClassVar[Deed]
    title: ClassVar[Any]
    button: ClassVar[Any]
    icon: ClassVar[str] = "circle"
    done: ClassVar[Any] = _("Done.")
    help: ClassVar[Any] = ""
    danger: ClassVar[bool] = False

    def __init__(self, page: TicketPage, data: Any = None) -> None:
        self.page = page
        super().__init__(data, auto_id=f"{self.deed}-%s")
        self.prepare()

    def prepare(self) -> None:
        """Fill choices and initial values from the page."""

    def perform(self) -> None:
        """Call the service. Raises Refused."""
        raise NotImplementedError

    def attempt(self) -> bool:
        """Do it; False with the refusal next to its field."""
        try:
            self.perform()
        except Refused as refusal:
            self.refuse(refusal)
            return False
        return True

    def refuse(self, refusal: Refused) -> None:
        """Put a refusal next to its field, or on top."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)

    def choose(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Give a field its choices."""
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]  # a ChoiceField

    def descriptions(self) -> dict[str, Any]:
        """Descriptions of the radio cards by value, where the form has some."""
        return {}

    @property
    def cards(self) -> str:
        """The name of the field that is shown as radio cards."""
        return ""

    @property
    def call(self) -> dict[str, Any]:
        """What every service wants."""
        return {"by": self.page.member, "ticket_id": self.page.ticket.pk}


class AssignForm(DeedForm):
    deed = Deed.ASSIGN
    title, button, icon, done = _("Assign"), _("Assign"), "user-check", _("Assigned.")
    assignee = forms.ChoiceField(label=_("Assignee"), required=False)

    def prepare(self) -> None:
        """People of the house that serves the ticket."""
        people = [(str(person.pk), person.name) for person in self.page.colleagues]
        self.choose("assignee", [("", gettext("Nobody")), *people])
        self.initial["assignee"] = str(self.page.ticket.assignee_id or "")

    def perform(self) -> None:
        chosen = self.cleaned_data["assignee"]
        services.assign(**self.call, assignee_id=int(chosen) if chosen else None)


class PriorityForm(DeedForm):
    deed = Deed.PRIORITY
    title, button, icon = _("Priority"), _("Set priority"), "flag"
    done = _("The priority is set; the clocks follow within moments.")
    priority = forms.ChoiceField(label=_("Priority"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        """The policy's priorities; the customer's claim is proposed, to be confirmed (M3)."""
        page = self.page
        self.choose("priority", [(p.key, f"{p.key} {say(page.policy, p.name)}") for p in page.policy.priorities])
        self.initial["priority"] = page.ticket.priority or page.ticket.claimed_priority
        if page.ticket.claimed_priority and not page.ticket.priority:
            words = {"priority": page.ticket.claimed_priority}
            self.fields["priority"].help_text = (
                gettext("The customer claims %(priority)s: confirm or change it.") % words
            )

    @property
    def cards(self) -> str:
        return "priority"

    def descriptions(self) -> dict[str, Any]:
        found = {}
        for priority in self.page.policy.priorities:
            examples = " · ".join(say(self.page.policy, example) for example in priority.examples)
            text = say(self.page.policy, priority.description)
            found[priority.key] = f"{text} {gettext('For example:')} {examples}" if examples else text
        return found

    def perform(self) -> None:
        services.set_priority(**self.call, priority=self.cleaned_data["priority"])


class ClassifyForm(DeedForm):
    deed = Deed.CLASSIFY
    title, button, icon, done = _("Classification"), _("Classify"), "bug", _("Classified.")
    classification = forms.ChoiceField(label=_("What it turned out to be"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        """The classes that the policy knows (M10, M19)."""
        page = self.page
        self.choose("classification", [(c.key, say(page.policy, c.name)) for c in page.policy.classifications])
        self.initial["classification"] = page.ticket.classification
        resolution = page.policy.clock("resolution")
        if resolution and resolution.lifted_by:
            lifting = ", ".join(str(Classification(key).label) for key in resolution.lifted_by)
            self.fields["classification"].help_text = gettext(
                "Lifts the resolution time, and the customer is told: %(classes)s."
            ) % {"classes": lifting}

    @property
    def cards(self) -> str:
        return "classification"

    def descriptions(self) -> dict[str, Any]:
        return {c.key: say(self.page.policy, c.description) for c in self.page.policy.classifications}

    def perform(self) -> None:
        services.classify(**self.call, classification=self.cleaned_data["classification"])


class ThirdPartyForm(DeedForm):
    deed = Deed.THIRD_PARTY
    title, button, icon = _("Wait for a third party"), _("Wait for a third party"), "building-2"
    help, done = _("The next step is somebody else's. No clock pauses."), _("The ticket waits for a third party.")

    def perform(self) -> None:
        services.wait_for_third_party(**self.call)


class GoOnForm(DeedForm):
    deed = Deed.GO_ON
    title, button, icon = _("Go on"), _("Go on"), "play"
    help, done = _("The wait is over; paused clocks run again."), _("The ticket is open again.")

    def perform(self) -> None:
        services.go_on(**self.call)


class InformationForm(DeedForm):
    deed = Deed.INFORMATION
    title, button, icon = _("Missing information"), _("What we know suffices"), "clipboard-check"
    done = _("Noted: the information suffices.")

    def perform(self) -> None:
        services.declare_information_complete(**self.call)


class ZoneForm(DeedForm):
    deed = Deed.ZONE
    title, button, icon = _("Settle the assumed zone"), _("Settle"), "map-pin"
    help = _("Nobody knew in whose zone the clocks count. From now on they count in the one that you give here.")
    done = _("The zone is settled; the clocks count in it from now on.")
    country = forms.CharField(label=_("Country"), max_length=2, help_text=_("Two letters, like SE"))
    time_zone = forms.CharField(
        label=_("Time zone"), max_length=60, help_text=_("Like Europe/Stockholm"), widget=forms.TextInput
    )

    def prepare(self) -> None:
        """What the ticket has now, as a proposal."""
        self.fields["time_zone"].widget.attrs |= {"list": "zones", "autocomplete": "off"}
        self.fields["country"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "characters"}

    def perform(self) -> None:
        services.settle_zone(**self.call, **self.cleaned_data)


class UrgentForm(DeedForm):
    deed = Deed.URGENT
    title, button, icon = _("Declare urgent"), _("Declare urgent"), "siren"
    done = _("The request is urgent now; its clock follows within moments.")
    reason = forms.CharField(label=_("Why is it urgent?"), max_length=400, required=False, widget=forms.Textarea)

    def prepare(self) -> None:
        """The policy's own words (O6)."""
        self.fields["reason"].widget.attrs["rows"] = 2
        urgency = self.page.policy.urgency
        if urgency:
            self.fields["reason"].help_text = say(self.page.policy, urgency.help)

    def perform(self) -> None:
        services.declare_urgent(**self.call, reason=self.cleaned_data["reason"])


class ResolveForm(DeedForm):
    deed = Deed.RESOLVE
    title, button, icon = _("Resolve"), _("Resolve and tell the customer"), "circle-check"
    done = _("Resolved; the customer is told.")
    outcome = forms.ChoiceField(label=_("How it was resolved"), widget=forms.RadioSelect)
    outcome_on = forms.DateField(label=_("Date of the timeline"), required=False, widget=DateInput)
    body = forms.CharField(label=_("Message to the customer"), widget=forms.Textarea)

    def prepare(self) -> None:
        """The policy's outcomes (M9)."""
        policy = self.page.policy
        self.choose("outcome", [(o.key, say(policy, o.name)) for o in policy.outcomes])
        dated = [say(policy, o.name) for o in policy.outcomes if o.needs_date]
        if dated:
            self.fields["outcome_on"].help_text = gettext("Needed for: %(outcomes)s") % {"outcomes": ", ".join(dated)}
        else:
            del self.fields["outcome_on"]

    @property
    def cards(self) -> str:
        return "outcome"

    def descriptions(self) -> dict[str, Any]:
        return {o.key: say(self.page.policy, o.description) for o in self.page.policy.outcomes}

    def perform(self) -> None:
        services.resolve(
            **self.call,
            outcome=self.cleaned_data["outcome"],
            body=self.cleaned_data["body"],
            outcome_on=self.cleaned_data.get("outcome_on"),
        )


class ReopenForm(DeedForm):
    deed = Deed.REOPEN
    title, button, icon, done = _("Reopen"), _("Reopen"), "rotate-ccw", _("The ticket is open again.")

    def perform(self) -> None:
        services.reopen(**self.call)


class CancelForm(DeedForm):
    deed, danger = Deed.CANCEL, True
    title, button, icon, done = _("Cancel"), _("Cancel this ticket"), "circle-slash", _("The ticket is cancelled.")
    help = _("All clocks stop, neither met nor missed. This can't be undone here.")
    reason = forms.ChoiceField(label=_("Reason"))

    def prepare(self) -> None:
        """The reasons that the services know."""
        self.choose("reason", [("", gettext("Please choose")), *((key, REASONS[key]) for key in CANCEL_REASONS)])

    def perform(self) -> None:
        services.cancel(**self.call, reason=self.cleaned_data["reason"])


class HandOffForm(DeedForm):
    deed = Deed.HAND_OFF
    title, button, icon = _("Hand to another house"), _("Hand off"), "forward"
    help = _("The whole history goes with it; the customer is told who serves him now.")
    done = _("Handed off; the customer and the house are told.")
    to_house = forms.ChoiceField(label=_("House"))
    note = forms.CharField(label=_("Note for the house"), required=False, widget=forms.Textarea)

    def prepare(self) -> None:
        """The vendor and its partners, without the house that has the ticket."""
        page = self.page
        here = page.ticket.serving_house_id
        vendor = [] if here is None else [("vendor", page.policy.vendor.name)]
        houses = [(str(house.pk), house.name) for house in page.houses.values() if house.pk != here]
        self.choose("to_house", [("", gettext("Please choose")), *vendor, *houses])
        self.fields["note"].widget.attrs["rows"] = 3

    def perform(self) -> None:
        chosen = self.cleaned_data["to_house"]
        services.hand_off(
            **self.call, to_house_id=None if chosen == "vendor" else int(chosen), note=self.cleaned_data["note"]
        )


class ReviewForm(DeedForm):
    deed = Deed.REVIEW
    title, button, icon = _("Review the escalation"), _("Answer the customer"), "scale"
    done = _("The customer has your answer.")
    decision = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
        choices=[("accept", _("Accept, with what happens next")), ("decline", _("Decline, with an answer"))],
    )
    answer = forms.CharField(label=_("Answer to the customer"), widget=forms.Textarea)

    def perform(self) -> None:
        review = self.page.open_review
        if review is None:
            raise Refused(gettext("This review has been answered already."))
        services.review(
            by=self.page.member,
            request_id=review.pk,
            accept=self.cleaned_data["decision"] == "accept",
            answer=self.cleaned_data["answer"],
        )


class VoidForm(DeedForm):
    deed, danger = Deed.VOID, True
    title, button, icon = _("Take back an event"), _("Take back"), "undo-2"
    help = _(
        "For what was recorded by mistake: the clocks are computed as if it had not happened. The history keeps both."
    )
    done = _("Taken back; the clocks follow within moments.")
    event = forms.TypedChoiceField(label=_("Event"), coerce=int)

    def prepare(self) -> None:
        """The ticket's clock events, latest first; a void can be voided."""
        from interfaces.desk.history import event_words

        choices = [(str(event.id), event_words(event, self.page)) for event in reversed(self.page.events)]
        self.choose("event", [("", gettext("Please choose")), *choices])

    def perform(self) -> None:
        services.correct_history(**self.call, event_id=self.cleaned_data["event"])


class LogAnswerForm(DeedForm):
    deed = Deed.LOG_ANSWER
    title, button, icon = _("Log an answer given earlier"), _("Log the answer"), "history"
    help = _(
        "For an answer that was given by phone, for example. Both times are kept: when it was given and when it was logged."
    )
    done = _("Logged; the clocks follow within moments.")
    at = forms.DateTimeField(label=_("When it was given"), widget=MomentInput)
    body = forms.CharField(label=_("What was said"), widget=forms.Textarea)
    qualified = forms.BooleanField(label=_("It was a qualified acknowledgement"), required=False)
    next_steps = forms.CharField(label=_("Next steps"), required=False)
    next_steps_on = forms.DateField(label=_("By"), required=False, widget=DateInput)

    def prepare(self) -> None:
        """The fields of a qualified acknowledgement only where the policy needs one."""
        self.fields["at"].help_text = gettext("In your zone, %(zone)s") % {"zone": timezone.get_current_timezone_name()}
        if not self.page.needs_qualified:
            for name in ("qualified", "next_steps", "next_steps_on"):
                del self.fields[name]

    def clean_at(self) -> Any:
        """Neither to come nor before the request."""
        at = self.cleaned_data["at"]
        if at > self.page.now:
            raise forms.ValidationError(gettext("This is still to come."))
        if at < self.page.ticket.received_at:
            raise forms.ValidationError(gettext("The request came in later than this."))
        return at

    def perform(self) -> None:
        services.reply(**self.call, **self.cleaned_data)


DEEDS: dict[Deed, type[DeedForm]] = {
    form.deed: form
    for form in (
        AssignForm,
        PriorityForm,
        InformationForm,
        ZoneForm,
        ReviewForm,
        ResolveForm,
        ReopenForm,
        GoOnForm,
        ThirdPartyForm,
        ClassifyForm,
        UrgentForm,
        HandOffForm,
        LogAnswerForm,
        VoidForm,
        CancelForm,
    )
}


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
    drafts = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, page: TicketPage, data: Any = None, files: Any = None, *, asking: bool = False) -> None:
        self.page = page
        super().__init__(data, files, auto_id="composer-%s")
        deeds = page.deeds()
        kinds = [("public", gettext("Reply"))] if Deed.REPLY in deeds else []
        self.fields["kind"].choices = [*kinds, ("internal", gettext("Internal note"))]  # type: ignore[attr-defined]
        self.fields["body"].widget.attrs |= {"rows": 6, "data-hotkey": "r", "data-hotkey-label": gettext("Reply")}
        self.initial["kind"] = "public" if kinds else "internal"
        if asking and kinds:
            self.initial.update(body=ask_for_missing(page), ask=True)
        self._prepare_sharing()
        absent = [] if kinds else ["ask"]
        absent += [] if kinds and page.needs_qualified else ["qualified", "next_steps", "next_steps_on"]
        for name in absent:
            del self.fields[name]
        self.kept: list[UUID] = []

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
            self._write(self.page.member, self.cleaned_data)
        except Refused as refusal:
            field = {"files": "uploads"}.get(refusal.field, refusal.field)
            self.add_error(field if field in self.fields else None, refusal.message)
            return False
        return True

    def _write(self, by: Member, values: dict[str, Any]) -> None:
        call: dict[str, Any] = {"by": by, "ticket_id": self.page.ticket.pk, "body": values["body"], "files": self.kept}
        if values["kind"] == "internal":
            shared = values.get("share_with") or []
            services.note(
                **call,
                share_with_vendor="vendor" in shared,
                share_with=[int(key) for key in shared if key != "vendor"],
            )
            return
        services.reply(
            **call,
            qualified=values.get("qualified", False),
            next_steps=values.get("next_steps", ""),
            next_steps_on=values.get("next_steps_on"),
            ask=values["ask"],
        )


def ask_for_missing(page: TicketPage) -> str:
    """The vendor's sentence that asks for what is missing, in the ticket's language (O8)."""
    file, language = page.policy, page.ticket.language
    asked = ", ".join(file.say(field.ask or field.label, language) for field in missing_information(file, page.ticket))
    return file.say(file.intake.ask_for_missing, language).replace("{missing}", asked)


def missing_labels(page: TicketPage) -> list[str]:
    """What is missing, in the reader's language."""
    return [say(page.policy, field.label) for field in page.missing]


def language_of(file: PolicyFile) -> str:
    """The reader's language if the vendor corresponds in it, else the vendor's fallback."""
    language = (get_language() or "en")[:2]
    return language if language in file.vendor.languages else file.vendor.fallback_language


def language_name(code: str) -> str:
    """A language by its own name."""
    try:
        return str(get_language_info(code)["name_local"]).capitalize()
    except KeyError:
        return code
