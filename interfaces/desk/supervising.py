"""What reviews, grants and corrects, as forms: asking for a review, and what a supervisor decides and puts right."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interfaces.common.clock_words import say
from interfaces.desk.deed import DeedForm
from interfaces.desk.history import event_words
from interfaces.desk.inputs import DateInput, MomentInput
from sla.engine.events import Received
from tickets import services
from tickets.queries.ticket_page import Deed
from tickets.services.escalation import executive_step
from tickets.vocabulary import Refused


class EscalateForm(DeedForm):
    deed = Deed.ESCALATE
    window = timedelta(0)
    title, button, icon = _("Ask for a review"), _("Ask for a review"), "trending-up"
    reason = forms.CharField(
        label=_("What should be reviewed, and why?"), max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )
    executive = forms.BooleanField(required=False)

    def prepare(self) -> None:
        """The executive step only where the policy has one for this ticket (M12)."""
        step = executive_step(self.page.policy, self.page.ticket)
        if step is None:
            del self.fields["executive"]
        else:
            who = say(self.page.policy, step.name)
            self.fields["executive"].label = gettext("It is critical: tell %(who)s too") % {"who": who}

    def perform(self) -> None:
        services.request_review(**self.call, **self.cleaned_data)


class ReviewForm(DeedForm):
    deed = Deed.REVIEW
    window = timedelta(0)
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


class GrantForm(DeedForm):
    deed = Deed.GRANT
    window = timedelta(0)
    title, button, icon = _("Grant support"), _("Grant support"), "badge-check"
    help = _("The policy does not owe this. Granted, it is served like any other ticket; the reason is kept as a note.")
    done = _("Support is granted.")
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea, required=False)

    def perform(self) -> None:
        services.grant(**self.call, reason=self.cleaned_data["reason"])


class VoidForm(DeedForm):
    deed, danger = Deed.VOID, True
    window = timedelta(0)
    title, button, icon = _("Take back an event"), _("Take back"), "undo-2"
    help = _(
        "For what was recorded by mistake: the clocks are computed as if it had not happened. The history keeps both."
    )
    done = _("Taken back; the clocks follow within moments.")
    event = forms.TypedChoiceField(label=_("Event"), coerce=int)

    def prepare(self) -> None:
        """The ticket's clock events, latest first; a void can be voided, that the request came in can't."""
        events = [event for event in reversed(self.page.events) if not isinstance(event.fact, Received)]
        choices = [(str(event.id), event_words(event, self.page)) for event in events]
        self.choose("event", [("", gettext("Please choose")), *choices])

    def perform(self) -> None:
        services.correct_history(**self.call, event_id=self.cleaned_data["event"])


class LogAnswerForm(DeedForm):
    deed = Deed.LOG_ANSWER
    window = timedelta(0)
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
