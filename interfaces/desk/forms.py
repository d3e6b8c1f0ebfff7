"""What is done to a ticket, as forms. Each calls one service; a refusal stands next to its field."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interfaces.common.choices import zone_choices
from interfaces.common.clock_words import say
from interfaces.desk.beside import BESIDE
from interfaces.desk.deed import REASONS, DeedForm
from interfaces.desk.foreseen import foreseen
from interfaces.desk.handing import LevelForm, TeamForm
from interfaces.desk.inputs import DateInput
from interfaces.desk.missing import AskForm
from interfaces.desk.supervising import EscalateForm, GrantForm, LogAnswerForm, ReviewForm, VoidForm
from interfaces.desk.undoing import BEFORE_MAIL
from sla.engine.events import Classified, DeclaredUrgent, PriorityAssigned, PriorityChanged
from tickets import services
from tickets.models import Classification
from tickets.queries.ticket_page import Deed
from tickets.services.ending import CANCEL_REASONS


class AssignForm(DeedForm):
    deed = Deed.ASSIGN
    title, button, icon, done = _("Assign"), _("Assign"), "user-check", _("Assigned.")
    assignee = forms.ChoiceField(label=_("Assignee"), required=False)
    note = forms.CharField(
        label=_("Note for them"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def prepare(self) -> None:
        """People of the house that serves the ticket."""
        people = [(str(person.pk), person.name) for person in self.page.colleagues]
        self.choose("assignee", [("", gettext("Nobody")), *people])
        self.initial["assignee"] = str(self.page.ticket.assignee_id or "")

    def perform(self) -> None:
        chosen = self.cleaned_data["assignee"]
        services.assign(**self.call, assignee_id=int(chosen) if chosen else None)
        if self.cleaned_data["note"].strip():
            services.note(**self.call, body=self.cleaned_data["note"])


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
            text = say(self.page.policy, priority.description)
            examples = " · ".join(say(self.page.policy, example) for example in priority.examples)
            if examples:
                text += " " + gettext("For instance: %(examples)s") % {"examples": examples}
            found[priority.key] = {"text": text, "notes": self._brings(priority.key)}
        return found

    def _brings(self, priority: str) -> list[str]:
        present = self.page.ticket.priority
        if priority == present:
            return foreseen(self.page)
        return foreseen(self.page, PriorityChanged(priority) if present else PriorityAssigned(priority))

    def perform(self) -> None:
        services.set_priority(**self.call, priority=self.cleaned_data["priority"])


class ClassifyForm(DeedForm):
    deed = Deed.CLASSIFY
    window = BEFORE_MAIL
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
        policy = self.page.policy
        return {
            c.key: {"text": say(policy, c.description), "notes": foreseen(self.page, *self._fact(c.key))}
            for c in policy.classifications
        }

    def _fact(self, key: Any) -> tuple[Classified, ...]:
        return () if key == self.page.ticket.classification else (Classified(key),)

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

    @property
    def zones(self) -> list[tuple[str, str]]:
        """What can be chosen while one types."""
        return zone_choices()

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

    @property
    def brings(self) -> list[str]:
        return foreseen(self.page, DeclaredUrgent())

    def perform(self) -> None:
        services.declare_urgent(**self.call, reason=self.cleaned_data["reason"])


class ResolveForm(DeedForm):
    deed = Deed.RESOLVE
    window = BEFORE_MAIL
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
    window = BEFORE_MAIL
    title, button, icon, done = _("Reopen"), _("Reopen"), "rotate-ccw", _("The ticket is open again.")

    def perform(self) -> None:
        services.reopen(**self.call)


class CancelForm(DeedForm):
    deed, danger = Deed.CANCEL, True
    window = BEFORE_MAIL
    title, button, icon = _("Cancel the ticket"), _("Cancel the ticket"), "circle-slash"
    done = _("The ticket is cancelled.")
    help = _("All clocks stop, neither met nor missed.")
    reason = forms.ChoiceField(label=_("Reason"))

    def prepare(self) -> None:
        """The reasons that the services know."""
        self.choose("reason", [("", gettext("Please choose")), *((key, REASONS[key]) for key in CANCEL_REASONS)])

    def perform(self) -> None:
        services.cancel(**self.call, reason=self.cleaned_data["reason"])


class HandOffForm(DeedForm):
    deed = Deed.HAND_OFF
    window = BEFORE_MAIL
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


_FORMS: tuple[type[DeedForm], ...] = (
    AssignForm,
    PriorityForm,
    InformationForm,
    AskForm,
    ZoneForm,
    ReviewForm,
    GrantForm,
    ResolveForm,
    ReopenForm,
    GoOnForm,
    ThirdPartyForm,
    ClassifyForm,
    UrgentForm,
    EscalateForm,
    TeamForm,
    LevelForm,
    HandOffForm,
    *BESIDE,
    LogAnswerForm,
    VoidForm,
    CancelForm,
)
DEEDS: dict[Deed, type[DeedForm]] = {form.deed: form for form in _FORMS}
