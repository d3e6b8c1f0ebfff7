"""Canary words: one in every text of every tenant's tables, of which is known who may read it. Whoever is answered one that is
not his has seen what he may not. What has none says why; a field that is new needs the one or the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from kernel.tenancy.models import TenantModel
from kernel.tenancy.scope import enter
from tests.walls.matrix import law
from tests.walls.matrix.cast import NOBODY
from tests.walls.matrix.estate import Estate
from tests.world import House
from tickets.models import Attachment
from tickets.services.files import path_of
from vendors.access import STAFF
from vendors.models import Vendor

_WORD = re.compile(rb"qz[0-9a-f]{10}")
_KEY = "a key, no words"
_CHOSEN = "chosen from a list"
_FILED = "of the vendor's published file"
_NONE_HERE = "nobody of the estate has one; the gate of the row is the ticket's or the person's"
# Texts that hold no word of anybody's. By field name where it is the same in every table, else by table and field.
EXEMPT: Mapping[str, str] = {
    "language": _CHOSEN, "languages": _CHOSEN, "country": _CHOSEN, "subdivision": _CHOSEN, "time_zone": _CHOSEN, "role": _CHOSEN,
    "kind": _CHOSEN, "state": _CHOSEN, "seed": "opens a door", "digest": "a hash", "sha256": "a hash",
    "vendors_vendor.slug": _KEY, "vendors_vendor.prefix": _KEY, "vendors_product.key": _KEY, "vendors_person.skills": _KEY,
    "vendors_organisationdomain.asked": _CHOSEN, "tickets_ticket.number": _KEY, "tickets_ticket.topic": _FILED,
    "tickets_ticket.claimed_priority": _FILED, "tickets_ticket.priority": _FILED, "tickets_ticket.outcome": _FILED,
    "tickets_ticket.cancel_reason": _CHOSEN, "tickets_ticket.entitlement": _CHOSEN, "tickets_message.mail_id": _KEY,
    "tickets_message.mail_in_reply_to": _KEY, "tickets_message.mail_references": _KEY,
    "tickets_attachment.content_type": "told by content", "tickets_attachment.storage": _KEY,
    "tickets_notification.facts": _KEY, "tickets_idempotencykey.key": _KEY, "tickets_idempotencykey.body": _NONE_HERE,
    "tickets_undo.batch": _KEY, "tickets_undo.deed": _KEY, "tickets_undo.before": _NONE_HERE, "tickets_undo.after": _NONE_HERE,
    "tickets_undo.letters": _KEY, "tickets_undo.rows": _NONE_HERE, "tickets_savedview.query": "a search; its words are planted",
    "tickets_requestdraft.step": _KEY, "tickets_requestdraft.solved_by": _FILED, "tickets_selfhelpsolution.step": _FILED,
    "tickets_article.slug": "made of the title, which is planted", "tickets_article.topics": _FILED,
    "contracts_contract.kind": _FILED, "sla_policyversion.document": _FILED, "sla_calendarversion.document": _FILED,
    "sla_calendarversion.key": _KEY, "sla_timeline.trouble": _NONE_HERE, "sla_timeline.due_kind": _CHOSEN,
    "sla_clockevent.inputs": _KEY, "sla_clockevent.reason": _CHOSEN, "sla_clock.status": _CHOSEN, "sla_clock.priority": _FILED,
    "sla_clock.calendar": _KEY, "sla_clock.zone": _CHOSEN, "audit_auditentry.verb": _KEY, "audit_auditentry.subject_type": _KEY,
    "audit_auditentry.object_type": _KEY, "audit_auditentry.before": _KEY, "audit_auditentry.after": _KEY,
    "audit_auditentry.source": _CHOSEN, "outbox_outboxmessage.topic": _KEY, "outbox_outboxmessage.key": _KEY,
    "outbox_outboxmessage.payload": _KEY, "vendors_identityprovider.key": "opens a door",
    "vendors_identityprovider.issuer": "an address, which is asked", "vendors_identityprovider.secret_variable": _KEY,
    "vendors_identityprovider.domains": _NONE_HERE, "vendors_identityprovider.name": "shown to whoever has its link",
}  # fmt: skip
Readers = frozenset[str]


@dataclass
class Canaries:
    """The words that are planted: who may read each, and of which field it is."""

    estate: Estate
    words: dict[bytes, tuple[Readers, str]] = field(default_factory=dict)
    planted: set[str] = field(default_factory=set)

    def plant(self) -> None:
        """Put a word of its own into each text of each row that there is."""
        for house in (self.estate.cast.here, self.estate.cast.abroad):
            of = Readership(self.estate, house)
            with enter(house.scope()):
                for model in tenant_models():
                    rule, fields = of.rules.get(model._meta.db_table), list(texts(model))
                    if rule is not None and fields:
                        for row in model._default_manager.all():
                            self._plant_row(row, fields, rule(row))

    def known(self, said: bytes) -> list[str]:
        """The fields of which anything is in what was said, to whomever."""
        return sorted({self.words[word][1] for word in _WORD.findall(said) if word in self.words})

    def foreign(self, who: str, *said: bytes) -> list[str]:
        """The fields whose words somebody was told though they are not his."""
        found = {word for part in said for word in _WORD.findall(part)}
        return sorted(
            f"{where} (for {', '.join(sorted(readers)) or 'nobody'})"
            for readers, where in (self.words[word] for word in found if word in self.words)
            if who not in readers
        )

    def _plant_row(self, row: Any, fields: list[models.Field[Any, Any]], readers: Readers) -> None:
        values: dict[str, Any] = {}
        for column in fields:
            where = f"{row._meta.db_table}.{column.name}"
            word = "qz" + sha256(f"{where} {row.pk} {row.vendor_id}".encode()).hexdigest()[:10]
            value = _with(word, column, getattr(row, column.attname))
            if value is None:
                continue
            values[column.attname] = value
            self.words[word.encode()] = (readers, where)
            self.planted.add(where)
        if isinstance(row, Attachment) and row.received == 0:
            values |= self._plant_content(row, readers)
        type(row)._default_manager.filter(pk=row.pk).update(**values)

    def _plant_content(self, file: Attachment, readers: Readers) -> dict[str, Any]:
        path = Path(settings.MEDIA_ROOT) / path_of(file.vendor_id, file.key)
        if not path.is_file():
            return {}
        word = "qz" + sha256(f"content {file.pk}".encode()).hexdigest()[:10]
        self.words[word.encode()] = (readers, "what is in a file")
        with path.open("ab") as content:
            content.write(word.encode())
        return {"size": file.size + len(word)}


def _with(word: str, column: models.Field[Any, Any], value: Any) -> Any:
    """A value with the word in it; None where the row has no such text."""
    if isinstance(column, models.JSONField):
        return _typed(word, value) if value else None
    if isinstance(column, ArrayField):
        return None
    if isinstance(column, models.EmailField):
        return f"{word}.{value or 'somebody@post.test'}"
    if column.name == "domain":
        return f"{word}.{value}"
    if column.name == "name" and column.model is Attachment:
        return f"{word}-{value}"
    longest = column.max_length or 10_000
    return f"{value} {word}" if value and len(value) + len(word) < longest else word


def _typed(word: str, value: Any) -> Any:
    """The word beside what the estate's people typed; keys that stand among it stay."""
    if isinstance(value, dict):
        return {key: _typed(word, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_typed(word, inner) for inner in value]
    return f"{value} {word}" if isinstance(value, str) and "Zq" in value else value


class Readership:
    """Who of the cast reads the rows of a house, a rule a table: who sees the row, as the domain has it."""

    def __init__(self, estate: Estate, house: House) -> None:
        cast, self.house = estate.cast, house
        here = house is cast.here
        self.staff = law.HOUSE if here else law.ABROAD
        self.everybody = law.VENDOR["here" if here else "abroad"]
        who = "" if here else "abroad_"
        names = {f"{who}{name}" for name in house.people} & law.LOGINS
        self.by_person = {cast.person(name).pk: name for name in names}
        self.users = {
            cast.person(name).pk for name in names if name.removeprefix("abroad_") in ("customer", "stranger")
        }
        self.partners = {house.partner.pk: "partner", cast.other_partner.pk: "other_partner"} if here else {}
        self.people: dict[int, Readers] = {}
        for name in names:
            organisation = cast.person(name).organisation_id
            if organisation and not name.startswith("removed"):
                self.people[organisation] = self.people.get(organisation, frozenset()) | {name}
        self.rules: Mapping[str, Callable[[Any], Readers]] = {
            "vendors_vendor": lambda row: self.everybody | law.OPERATORS,
            "vendors_product": lambda row: self.everybody,
            "vendors_release": lambda row: self.everybody,
            "vendors_organisation": self.company,
            "vendors_site": lambda row: self.company(row.organisation),
            "vendors_person": self.person,
            "vendors_installeditem": lambda row: self.company(row.organisation) | self.at(row.sold_by_id),
            "vendors_team": lambda row: self.staff,
            "vendors_invitation": lambda row: self.staff | self.at(row.organisation_id) | {NOBODY},
            "vendors_organisationdomain": lambda row: self.staff | self.at(row.organisation_id),
            "contracts_contract": lambda row: self.staff | self.at(row.customer_id),
            "tickets_ticket": self.ticket,
            "tickets_message": self.message,
            "tickets_attachment": self.file,
            "tickets_handoffnote": lambda row: self.turn(row.hand_off),
            "vendors_identityprovider": lambda row: self.staff & law.ADMINS,
            "vendors_identitylink": lambda row: self.staff & law.ADMINS,
            "tickets_escalationrequest": lambda row: self.ticket(row.ticket),
            "tickets_tickettag": self.of_house,
            "tickets_checklistitem": self.of_house,
            "tickets_ticketrating": lambda row: self.ticket(row.ticket),
            "tickets_savedview": self.of_house_or_owner,
            "tickets_cannedreply": self.of_house_or_owner,
            "tickets_composerdraft": lambda row: self.alone(row.person_id),
            "tickets_requestdraft": lambda row: self.alone(row.person_id),
            "tickets_announcement": self.announcement,
            "tickets_articletext": lambda row: self.everybody if row.article.published_at else self.staff,
            "tickets_articlevote": lambda row: self.staff | self.alone(row.person_id),
            "outbox_outboxmessage": lambda row: law.OPERATORS,
        }

    def at(self, organisation: int | None) -> Readers:
        """The people of an organisation."""
        return self.people.get(organisation or 0, frozenset())

    def alone(self, person: int | None) -> Readers:
        """One person."""
        return frozenset({self.by_person[person]}) if person in self.by_person else frozenset()

    def company(self, row: Any) -> Readers:
        """A partner is known to all of the vendor's; a customer to himself, the staff and who serves him or sold to him."""
        if row.kind != "customer":
            return self.everybody
        serving = frozenset(name for key, name in self.partners.items() if key in (row.supported_by_id, *row.houses))
        return self.staff | self.at(row.pk) | serving

    def person(self, row: Any) -> Readers:
        """Staff is known to whom it answers, a partner's people too; those of customers to who knows their company."""
        if row.role in STAFF:
            return self.everybody
        company = self.company(row.organisation) if row.organisation.kind == "customer" else self.everybody
        return company | self.alone(row.pk)

    def ticket(self, row: Any) -> Readers:
        """The staff; who asked or takes part, and the admins of his organisation; the partners that serve or served it."""
        watching = set(row.watchers.values_list("person_id", flat=True)) | {row.requester_id}
        customers = {self.by_person.get(key, "") for key in watching} & self.at(row.customer_id)
        admins = self.at(row.customer_id) & law.CUSTOMER_ADMINS
        houses = {row.serving_house_id, *row.past_houses}
        return self.staff | customers | admins | {name for key, name in self.partners.items() if key in houses}

    def message(self, row: Any) -> Readers:
        """Public words with the ticket, notes in their house."""
        return self.ticket(row.ticket) if row.visibility == "public" else self.of_house(row)

    def file(self, row: Any) -> Readers:
        """With its message; before there is one its uploader's alone."""
        return self.message(row.message) if row.message_id else self.alone(row.uploaded_by_id)

    def turn(self, row: Any) -> Readers:
        """The two houses of a hand-off, the vendor's staff in any case."""
        return self.staff | self.at(row.to_house_id) | self.at(row.from_house_id)

    def of_house(self, row: Any) -> Readers:
        """Of the house to which the row belongs."""
        return self.at(row.house_id) if row.house_id else self.staff

    def of_house_or_owner(self, row: Any) -> Readers:
        """Its owner's alone, or its house's."""
        return self.alone(row.owner_id) if row.owner_id else self.of_house(row)

    def announcement(self, row: Any) -> Readers:
        """A draft is the staff's; what was sent is read by whom it concerns."""
        if row.sent_at is None:
            return self.staff
        return self.staff | (self.everybody if row.product_id is None else law.ANNOUNCEMENT["to stranger"])


def tenant_models() -> Iterator[Any]:
    """All tables of tenants."""
    return (model for model in apps.get_models() if issubclass(model, TenantModel) or model is Vendor)


def texts(model: Any) -> Iterator[models.Field[Any, Any]]:
    """The fields of a table that can hold words and say nothing else."""
    for column in model._meta.concrete_fields:
        base = column.base_field if isinstance(column, ArrayField) else column
        wordy = isinstance(base, models.CharField | models.TextField | models.JSONField)
        exempt = column.name in EXEMPT or f"{model._meta.db_table}.{column.name}" in EXEMPT
        if wordy and not column.choices and not exempt:
            yield column
