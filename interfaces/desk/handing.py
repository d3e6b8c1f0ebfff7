"""Hand a ticket over within the house, as forms."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interfaces.desk.deed import DeedForm
from tickets import services
from tickets.ladder import UP
from tickets.queries.ticket_page import Deed
from vendors.models import Team

LEVELS = {"supervisor": _("Supervisors"), "management": _("Support management")}


def _note() -> Any:
    return forms.CharField(
        label=_("Note for them"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 2})
    )


class TeamForm(DeedForm):
    deed = Deed.TEAM
    title, button, icon = _("Hand to a team"), _("Hand to the team"), "users"
    help, done = (
        _("Nobody has it until somebody of the team takes it."),
        _("It waits in the team; its people are told."),
    )
    team = forms.TypedChoiceField(label=_("Team"), coerce=int)
    note = _note()

    def prepare(self) -> None:
        """The vendor's teams."""
        teams = Team.objects.filter(vendor_id=self.page.member.vendor_id).order_by("name")
        self.choose("team", [("", gettext("Please choose")), *((str(team.pk), team.name) for team in teams)])

    def perform(self) -> None:
        services.hand_to_team(**self.call, team_id=self.cleaned_data["team"], note=self.cleaned_data["note"])


class LevelForm(DeedForm):
    deed = Deed.LEVEL
    title, button, icon = _("Hand up"), _("Hand up"), "arrow-up"
    help, done = _("Who works on it goes on; the people of that level are told."), _("Handed up; they are told.")
    level = forms.ChoiceField(label=_("To"))
    note = _note()

    def prepare(self) -> None:
        """The levels above the one that the ticket has reached."""
        above = [(key, LEVELS[key]) for key, level in UP.items() if level > self.page.ticket.level]
        self.choose("level", [("", gettext("Please choose")), *above])

    def perform(self) -> None:
        services.hand_up(**self.call, level=self.cleaned_data["level"], note=self.cleaned_data["note"])
