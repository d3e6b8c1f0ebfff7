"""The forms of the staff's pages."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interfaces.common.clock_words import say
from interfaces.common.forms import ServiceForm
from interfaces.desk.inputs import DateInput, language_name
from vendors.catalog.schema import PolicyFile
from vendors.models import Absence, Person, Product, Shift, Team
from vendors.staffing import END_OF_DAY, Hours

_STRETCH = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–]\s*(\d{1,2})(?:[:.](\d{2}))?")


class SkillsForm(ServiceForm):
    """What a person speaks, knows and takes."""

    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("In which he or she answers"),
    )
    skills = forms.MultipleChoiceField(
        label=_("Skills"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen means all")
    )
    work_limit = forms.IntegerField(
        label=_("Limit of open work"),
        required=False,
        min_value=0,
        max_value=1000,
        help_text=_("With so many open tickets nothing more comes by itself; empty: no limit"),
    )

    def __init__(self, person: Person, policy: PolicyFile, data: Any = None) -> None:
        languages = person.languages or [person.language]
        held = {"languages": languages, "skills": person.skills, "work_limit": person.work_limit}
        super().__init__(data, auto_id="skills-%s", initial=held)
        known = dict.fromkeys([*policy.vendor.languages, *languages])
        self.choose("languages", [(code, language_name(code)) for code in known])
        self.choose("skills", skill_names(person.vendor_id, policy, person.skills).items())


class ShiftsForm(ServiceForm):
    """A week of shifts, a line a day: `9:00-12:00, 13:00-17:00`."""

    def __init__(self, shifts: Sequence[Shift], data: Any = None) -> None:
        super().__init__(data, auto_id="shifts-%s")
        for weekday, name in WEEKDAYS.items():
            held = ", ".join(stretch(s) for s in shifts if s.weekday == weekday)
            field = forms.CharField(label=name, required=False, max_length=120, initial=held)
            field.widget.attrs |= {"autocomplete": "off", "inputmode": "text"}
            self.fields[f"day{weekday}"] = field

    def clean(self) -> dict[str, Any]:
        """Each line as hours."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for weekday in range(7):
            name = f"day{weekday}"
            try:
                values[name] = _hours(weekday, values.get(name, ""))
            except ValueError:
                self.add_error(name, gettext("Write times like 9:00-12:30, 13:00-17:00."))
        return values

    def hours(self) -> list[Hours]:
        """The hours of the (valid) week."""
        return [hours for weekday in range(7) for hours in self.cleaned_data[f"day{weekday}"]]


class AbsenceForm(ServiceForm):
    """Days away, and who gets the open work."""

    first_day = forms.DateField(label=_("First day"), widget=DateInput)
    last_day = forms.DateField(label=_("Last day"), widget=DateInput)
    deputy = forms.ChoiceField(
        label=_("Deputy"),
        required=False,
        help_text=_("Gets the open tickets when the absence begins; without one they go back to the team"),
    )

    def __init__(self, colleagues: Iterable[Person], data: Any = None) -> None:
        super().__init__(data, auto_id="absence-%s")
        self.choose("deputy", [("", gettext("Nobody")), *((str(p.pk), p.name) for p in colleagues)])

    def words(self) -> dict[str, Any]:
        """What the service wants."""
        values = self.cleaned_data
        deputy = int(values["deputy"]) if values["deputy"] else None
        return {"first_day": values["first_day"], "last_day": values["last_day"], "deputy_id": deputy}


class TeamForm(ServiceForm):
    """A team with its people."""

    name = forms.CharField(label=_("Name"), max_length=80)
    assignment = forms.ChoiceField(
        label=_("New work goes to"), choices=Team.Assignment.choices, widget=forms.RadioSelect, initial="by_hand"
    )
    takes_new = forms.BooleanField(
        label=_("New tickets that name no team come here"), required=False, help_text=_("One team of a vendor at most")
    )
    members = forms.MultipleChoiceField(label=_("People"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(
        self, people: Iterable[Person], team: Team | None, members: Iterable[int] = (), data: Any = None
    ) -> None:
        held: dict[str, Any] = {"members": [str(key) for key in members]}
        if team is not None:
            held |= {"name": team.name, "assignment": team.assignment, "takes_new": team.takes_new}
        super().__init__(data, auto_id="team-%s", initial=held)
        self.choose("members", [(str(person.pk), person.name) for person in people])

    def words(self) -> dict[str, Any]:
        """What the service wants."""
        values = dict(self.cleaned_data)
        members = [int(key) for key in values.pop("members")]
        return {**values, "member_ids": members}


def skill_names(vendor_id: int, policy: PolicyFile, held: Iterable[str] = ()) -> Mapping[str, str]:
    """What one can know at a vendor: its products and topics, by key; one that is gone but still held keeps its key."""
    products = dict(Product.objects.filter(vendor_id=vendor_id).order_by("name").values_list("key", "name"))
    topics = {topic.key: say(policy, topic.name) for topic in policy.topics}
    return {**products, **topics, **{key: key for key in held if key not in products and key not in topics}}


def stretch(shift: Shift) -> str:
    """A shift as it is written."""
    ends = "24:00" if shift.ends == END_OF_DAY else f"{shift.ends.hour}:{shift.ends.minute:02}"
    return f"{shift.begins.hour}:{shift.begins.minute:02}-{ends}"


def away(absence: Absence) -> dict[str, Any]:
    """An absence as it is shown."""
    return {
        "key": absence.pk,
        "first": absence.first_day,
        "last": absence.last_day,
        "deputy": absence.deputy.name if absence.deputy else "",
        "handed_on": absence.handed_on_at,
    }


def _hours(weekday: int, text: str) -> list[Hours]:
    found = []
    for part in re.split(r"[,;]", text):
        if not part.strip():
            continue
        match = _STRETCH.fullmatch(part.strip())
        if match is None:
            raise ValueError(part)
        begin_hour, begin_minute, end_hour, end_minute = (int(value or 0) for value in match.groups())
        ends = time(0) if (end_hour, end_minute) == (24, 0) else time(end_hour, end_minute)
        found.append(Hours(weekday, time(begin_hour, begin_minute), ends))
    return found
