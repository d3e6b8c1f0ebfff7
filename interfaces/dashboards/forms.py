"""What may be asked of the dashboards, all by GET."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from interfaces.dashboards.house import House
from sla.models import Clock
from tickets.queries.figures import Figure

PERIODS = ((7, _("Last 7 days")), (30, _("Last 30 days")), (90, _("Last 90 days")))
FIGURES = (
    (Figure.MET.value, _("Met")),
    (Figure.BREACHED.value, _("Breached")),
    (Figure.BREACHED_NOW.value, _("Breached now")),
    (Figure.DUE_NEXT.value, _("Due next")),
    (Figure.FIRED.value, _("Escalations fired")),
    (Figure.FILED.value, _("Filed")),
    (Figure.RESOLVED.value, _("Resolved")),
    (Figure.RATED.value, _("Rated by customers")),
)


class PeriodForm(forms.Form):
    """Over which days."""

    days = forms.TypedChoiceField(label=_("Period"), choices=PERIODS, coerce=int, required=False, initial=30)

    def clean_days(self) -> int:
        """Thirty, if nothing is said."""
        return int(self.cleaned_data["days"] or 30)


class BehindForm(PeriodForm):
    """Which rows. `day` (of the reader's zone) takes the place of the period; `priority` "none" is: without one."""

    figure = forms.ChoiceField(label=_("Figure"), choices=FIGURES)
    vendor = forms.ChoiceField(label=_("Vendor"), required=False)
    clock = forms.ChoiceField(label=_("Clock"), choices=[("", _("All")), *Clock.Kind.choices], required=False)
    priority = forms.ChoiceField(label=_("Priority"), required=False)
    promised = forms.BooleanField(required=False, widget=forms.HiddenInput)  # leave out the house's own goals
    percent = forms.IntegerField(min_value=1, max_value=32767, required=False, widget=forms.HiddenInput)
    hours = forms.IntegerField(min_value=1, max_value=24 * 366, required=False, widget=forms.HiddenInput)
    day = forms.DateField(required=False, widget=forms.HiddenInput, input_formats=["%Y-%m-%d"])
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, object], houses: Mapping[int, House]) -> None:
        super().__init__({"days": "30", **{name: data[name] for name in data}})
        vendors = [(house.slug, house.name) for house in houses.values()]
        keys = sorted({key for house in houses.values() for key in house.priorities})
        self._choose("vendor", [("", _("All")), *vendors])
        self._choose("priority", [("", _("All")), *((key, key) for key in keys), ("none", _("Without priority"))])

    def _choose(self, name: str, choices: list[tuple[str, object]]) -> None:
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ChoiceField)  # noqa: S101  narrows for the type checker  # nosec B101
        chosen.choices = choices
