"""Which part of a ticket's history is shown: by what it is about, and by who did it."""

from collections.abc import Mapping, Sequence

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interfaces.desk.history import person
from kernel.audit.models import AuditEntry
from tickets.queries.ticket_page import TicketPage
from tickets.vocabulary import Verb

_NOBODY = "automatic"
# What is not named here is about the state and the people of a ticket.
_ABOUT: Mapping[str, frozenset[str]] = {
    "messages": frozenset({Verb.FILED, Verb.REPLIED, Verb.NOTED, Verb.CUSTOMER_WROTE, Verb.FILE_ADDED}),
    "clocks": frozenset(
        {
            Verb.PRIORITISED,
            Verb.DECLARED_URGENT,
            Verb.INFORMATION_COMPLETE,
            Verb.CLASSIFIED,
            Verb.ZONE_SETTLED,
            Verb.ESCALATION_REQUESTED,
            Verb.ESCALATION_REVIEWED,
            Verb.RUNG_FIRED,
        }
    ),
    "corrections": frozenset({Verb.UNDONE, Verb.HISTORY_CORRECTED}),
}
_NAMED = frozenset().union(*_ABOUT.values())


class HistoryFilter(forms.Form):
    """What the reader wants to see of a history; a choice that is none shows all."""

    kind = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[
            ("", _("Everything")),
            ("messages", _("Messages")),
            ("state", _("State and people")),
            ("clocks", _("Clocks and escalation")),
            ("corrections", _("Corrections")),
        ],
    )
    who = forms.ChoiceField(label=_("Who"), required=False)

    def __init__(self, data: QueryDict, page: TicketPage) -> None:
        super().__init__({name: data.get(name, "") for name in ("kind", "who")}, auto_id="history-%s")
        names = {str(entry.actor_id): person(page, entry.actor_id) for entry in page.entries if entry.actor_id}
        people = sorted(names.items(), key=lambda one: one[1].casefold())
        machine = [(_NOBODY, gettext("Automatic"))] if any(entry.actor_id is None for entry in page.entries) else []
        self.fields["who"].choices = [("", gettext("Everybody")), *people, *machine]  # type: ignore[attr-defined]
        self._entries = page.entries
        self.is_valid()

    @property
    def entries(self) -> Sequence[AuditEntry]:
        """What is left, in the order of the page."""
        kind, who = self.cleaned_data.get("kind", ""), self.cleaned_data.get("who", "")
        return [entry for entry in self._entries if _is_about(entry, kind) and _is_by(entry, who)]

    @property
    def narrows(self) -> bool:
        """Whether something is left out on purpose."""
        return any(self.cleaned_data.values())


def _is_about(entry: AuditEntry, kind: str) -> bool:
    if kind == "state":
        return entry.verb not in _NAMED
    return not kind or entry.verb in _ABOUT[kind]


def _is_by(entry: AuditEntry, who: str) -> bool:
    return not who or (str(entry.actor_id) if entry.actor_id else _NOBODY) == who
