"""What every deed on a ticket has in common: a form that calls one service, and keeps its refusal next to its field."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from interfaces.desk.undoing import WINDOW
from tickets.queries.ticket_page import Deed, TicketPage
from tickets.vocabulary import Refused

REASONS = {
    "withdrawn": _("Withdrawn by the customer"),
    "spam": _("Not a request (spam)"),
    "merged": _("Continued in another ticket"),
    "refused": _("Not served by us"),
}


class DeedForm(forms.Form):
    """A deed with its fields. `done` is said when it is done."""

    deed: ClassVar[Deed]
    title: ClassVar[Any]
    button: ClassVar[Any]
    icon: ClassVar[str] = "circle"
    done: ClassVar[Any] = _("Done.")
    help: ClassVar[Any] = ""
    danger: ClassVar[bool] = False
    window: ClassVar[timedelta] = WINDOW  # how long it can be taken back; zero: not at all

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
    def brings(self) -> list[str]:
        """What the deed would bring for the clocks, in lines, where that is not told by choice."""
        return []

    @property
    def cards(self) -> str:
        """The name of the field that is shown as radio cards."""
        return ""

    @property
    def call(self) -> dict[str, Any]:
        """What every service wants."""
        return {"by": self.page.member, "ticket_id": self.page.ticket.pk}
