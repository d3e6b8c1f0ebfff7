"""The whole policy file of one vendor."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import Field

from vendors.catalog.schema import hours, offer, service
from vendors.catalog.schema import intake as forms
from vendors.catalog.schema.base import Country, Language, Line, Model, Rules, Subdivision, Text


class Vendor(Model):
    """Who the vendor is. ``languages`` are those it corresponds in, ``fallback_language`` one of them."""

    slug: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*[a-z0-9]$", max_length=50)]
    name: Line
    prefix: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,4}$")]
    country: Country
    subdivision: Subdivision | None = None
    time_zone: Line
    languages: tuple[Language, ...]
    fallback_language: Language
    website: Annotated[str, Field(pattern=r"^https://")] | None = None
    about: Text
    language_note: Text | None = None
    rules: Rules = ()


class PolicyFile(Model):
    """All that a vendor promises, asks for and refuses; ``load`` or ``from_document`` make a checked one."""

    format: Literal[1]
    vendor: Vendor
    calendars: tuple[hours.CalendarRule, ...]
    calendar_choice: hours.CalendarChoice
    priorities: tuple[service.Priority, ...] = ()
    triage: service.Triage | None = None
    urgency: service.Urgency | None = None
    clocks: tuple[service.Clock, ...] = ()
    classifications: tuple[service.ClassificationWord, ...] = ()
    outcomes: tuple[service.Outcome, ...]
    acknowledgement: service.Acknowledgement | None = None
    ladder: tuple[service.Rung, ...] = ()
    customer_escalation: service.CustomerEscalation | None = None
    lifecycle: service.Lifecycle
    changes: service.Changes
    statements: tuple[service.Statement, ...] = ()
    levels: tuple[offer.Level, ...]
    topics: tuple[offer.Topic, ...]
    routing: offer.Routing
    requesters: tuple[offer.RequesterRule, ...] = ()
    contracts: tuple[offer.ContractKind, ...] = ()
    releases: offer.Releases
    exclusions: tuple[offer.Exclusion, ...] = ()
    entitlement: offer.Entitlement | None = None
    repairs: tuple[offer.Repair, ...] = ()
    compensation: tuple[offer.Compensation, ...] = ()
    work: offer.Work | None = None
    fees: tuple[offer.Fee, ...] = ()
    parts: offer.Parts | None = None
    contacts: tuple[offer.Contact, ...]
    remote_support: offer.RemoteSupport | None = None
    announcements: tuple[offer.AnnouncementKind, ...] = ()
    intake: forms.Intake
    self_help: forms.SelfHelp | None = None
    files: forms.Files
    examples: tuple[service.Example, ...] = ()

    def document(self) -> dict[str, Any]:
        """The file as JSON data; ``from_document`` reads it back to an equal PolicyFile."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def say(self, text: Text, language: str) -> str:
        """A text in ``language``, else in the vendor's fallback language."""
        return text.say(language, self.vendor.fallback_language)

    def spoken(self, language: str) -> str:
        """In which language the vendor writes to somebody of ``language``: in that, or in its fallback language."""
        return language if language in self.vendor.languages else self.vendor.fallback_language

    def calendar(self, key: str) -> hours.CalendarRule:
        return _named(self.calendars, key)

    def clock(self, key: str) -> service.Clock | None:
        return next((clock for clock in self.clocks if clock.key == key), None)

    def rung(self, clock: str, percent: int) -> service.Rung | None:
        """The step of the ladder that a clock reaches at ``percent``."""
        return next((rung for rung in self.ladder if clock in rung.clocks and rung.percent == percent), None)

    def priority(self, key: str) -> service.Priority:
        return _named(self.priorities, key)

    def topic(self, key: str) -> offer.Topic:
        return _named(self.topics, key)

    def level(self, key: str) -> offer.Level:
        return _named(self.levels, key)

    def outcome(self, key: str) -> service.Outcome:
        return _named(self.outcomes, key)

    def contact_for(self, country: str | None) -> tuple[offer.Contact, ...]:
        """The ways to reach the vendor from ``country``: its own lines first, then those for everybody."""
        own = tuple(contact for contact in self.contacts if country in contact.countries)
        return own + tuple(contact for contact in self.contacts if not contact.countries)


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


_Row = TypeVar("_Row", bound=_Keyed)


def _named(rows: tuple[_Row, ...], key: str) -> _Row:
    for row in rows:
        if row.key == key:
            return row
    raise KeyError(key)
