"""What the request must carry and does not (O8, M8), and the one click that asks for it."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from interfaces.common.clock_words import say
from interfaces.common.reader import reader_of
from interfaces.desk.deed import DeedForm
from interfaces.desk.inputs import language_name
from interfaces.desk.undoing import BEFORE_MAIL
from sla.policies import current
from tickets import services
from tickets.access import visible_tickets
from tickets.intake import missing_information, question
from tickets.models import Ticket
from tickets.queries.ticket_page import Deed, TicketPage
from vendors.catalog.schema import PolicyFile


class AskForm(DeedForm):
    """Asks for what is missing, or for some of it; everything is chosen to begin with."""

    deed = Deed.ASK
    window = BEFORE_MAIL
    title, button, icon = _("Missing information"), _("Ask for it"), "message-circle-question-mark"
    done = _("Asked in the customer's language; the ticket waits for the answer.")
    items = forms.MultipleChoiceField(label=_("What to ask for"), widget=forms.CheckboxSelectMultiple, required=False)

    def prepare(self) -> None:
        """The fields that are missing, in the reader's language."""
        page = self.page
        self.choose("items", [(field.key, say(page.policy, field.label)) for field in page.missing])
        self.initial["items"] = [field.key for field in page.missing]

    def perform(self) -> None:
        services.ask_for_missing(**self.call, keys=self.cleaned_data["items"])

    @property
    def words(self) -> str:
        """What the customer would read."""
        return asked_words(self.page.policy, self.page.ticket, self["items"].value() or ())

    @property
    def language(self) -> str:
        """The language in which it is asked: the ticket's, where the vendor writes it."""
        return language_name(self.page.policy.spoken(self.page.ticket.language))

    @property
    def meanwhile(self) -> str:
        """What the clocks do while the ticket waits, as the policy has it."""
        clocks = self.page.policy.clocks
        paused = [say(self.page.policy, c.name) for c in clocks if "waiting_for_customer" in c.pauses]
        if paused:
            return gettext("While we wait these stand still: %(clocks)s.") % {"clocks": ", ".join(paused)}
        return gettext("No clock stands still while we wait.") if clocks else ""


def asked_words(policy: PolicyFile, ticket: Ticket, keys: Any) -> str:
    """The question for those of the missing fields that are in `keys`; empty for none of them."""
    fields = [field for field in missing_information(policy, ticket) if field.key in keys]
    return question(policy, ticket.language, fields) if fields else ""


def not_there(page: TicketPage) -> list[str]:
    """What is missing, in the reader's language; nothing once an agent said that what is known suffices."""
    return [] if page.ticket.information_complete else [say(page.policy, field.label) for field in page.missing]


@login_required
@require_safe
def preview(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """The words of the question for the fields chosen so far, while they are chosen; 404 for a ticket that may not be seen."""
    member = reader_of(request).staff_at(vendor)
    ticket = visible_tickets([member]).filter(number=number).first() if number.isprintable() else None
    if ticket is None:
        raise Http404
    policy = current(member.vendor_id)
    words = asked_words(policy, ticket, request.GET.getlist("items"))
    return render(request, "desk/_asked.html", {"words": words, "lang": policy.spoken(ticket.language)})
