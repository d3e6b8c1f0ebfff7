"""Who is served with what, by whom, and at what price."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from vendors.catalog.schema.base import Country, House, Key, Line, Model, PriorityKey, Rules, Text

Cause = Literal["hardware_fault", "negligence", "modified", "unsupported_environment", "user_repair"]
Requester = Literal["customer", "channel_partner", "oem", "partner", "partner_only_end_user"]


class Level(Model):
    """A level of support and the house that gives it (I1, I4, I5)."""

    key: Key
    name: Text
    description: Text
    served_by: House
    if_sold_by_vendor: House | None = None
    after_hand_on: House | None = None
    obligatory: bool = False
    rules: Rules = ()


class Topic(Model):
    """What a request can be about. Level gives the house; ``refer_to`` sends it elsewhere (M17, I8)."""

    key: Key
    name: Text
    level: Key
    owed: bool = True
    refer_to: House | None = None
    needs_contract: Key | None = None
    suggests_priority: PriorityKey | None = None
    says: Text | None = None
    rules: Rules = ()


class Unsolved(Model):
    """The question of the form and the answer which say that the first contact could not solve it (I6)."""

    field: Key
    answer: Key


class Routing(Model):
    """Whom a customer asks first, and what a hand-off does (O1, I6). What ``unsolved`` says stayed unsolved there, the customer
    brings to the vendor himself.
    """

    first_contact: Literal["vendor", "seller"]
    clock_starts: Literal["arrival", "hand_off"]
    own_address_serves: bool = True
    whole_history: bool = True
    partner_follows: bool = True
    unsolved: Unsolved | None = None
    says: Text
    way: tuple[Text, ...] = ()
    rules: Rules = ()


class RequesterRule(Model):
    """Who may ask, and the contract that he needs (M1); ``otherwise`` says whom to ask instead."""

    requester: Requester
    needs_contract: Key | None = None
    at_site: bool = False
    served_by: House
    otherwise: Text | None = None
    rules: Rules = ()


class ContractKind(Model):
    """A kind of contract, what it covers and gives, and how one gets it (M1, I2, I3, O13)."""

    key: Key
    name: Text
    description: Text
    per: Literal["site", "licence_package", "organisation", "item"]
    gives: tuple[Literal["support", "updates", "upgrades", "work_package"], ...]
    obligatory: bool = False
    how_to_get: Text | None = None
    rules: Rules = ()


class Releases(Model):
    """Which releases are served: ``all``, or the newest ``count`` of them on the day of filing (M2)."""

    supported: Literal["all", "newest"]
    count: Annotated[int, Field(ge=1)] | None = None
    judged_on: Literal["filing"] = "filing"
    updates_too: bool = False
    says: Text
    rules: Rules = ()


class Exclusion(Model):
    """What is not owed (M17, O11): the facts that exclude, what is said, what to do instead, and who may grant it anyway."""

    key: Key
    causes: tuple[Cause, ...] = ()
    topics: tuple[Key, ...] = ()
    missing_contract: Key | None = None
    unsupported_release: bool = False
    text: Text
    instead: Text | None = None
    refer_to: House | None = None
    granted_by: Literal["supervisor", "management"] | None = None
    rules: Rules = ()


class Repair(Model):
    """A class of repair and what it does to warranty, support and liability (O11)."""

    key: Key
    name: Text
    description: Text
    done_by: Literal["customer", "vendor"]
    warranty: Literal["kept", "case_by_case", "void"]
    supported: Literal["yes", "documentation", "no"]
    declaration: Key | None = None
    keeps_decision: bool = False
    rules: Rules = ()


class Compensation(Model):
    """A way in which work outside warranty is paid (O13)."""

    key: Key
    letter: Annotated[str, Field(pattern=r"^[A-Z]$")]
    name: Text
    description: Text
    quote_before: bool = False
    order_before: bool = False
    invoiced: Literal["order", "recorded_time", "period", "agreed"]
    draws_down: bool = False
    contract: Key | None = None  # applies where a contract of this kind is active
    rules: Rules = ()


class Charge(Model):
    """Whether work is charged (O13, I7, I8): the first row all of whose conditions hold decides. ``warranty`` is ``valid``
    or ``over`` (run out or void); ``model`` is one of the compensation models, if the row knows which.
    """

    key: Key
    chargeable: bool
    model: Key | None = None
    served_by: House = "vendor"
    topics: tuple[Key, ...] = ()
    causes: tuple[Cause, ...] = ()
    contract: Key | None = None
    warranty: Literal["valid", "over"] | None = None
    text: Text
    rules: Rules = ()


class Entitlement(Model):
    """What the verdict on a request needs beyond who asks, topics, levels and exclusions."""

    charges: tuple[Charge, ...] = ()


class Rate(Model):
    """An hourly rate; without an amount it is agreed with each customer (O14)."""

    key: Key
    name: Text
    amount: Annotated[Decimal, Field(gt=0)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    rules: Rules = ()


class Work(Model):
    """Recorded work, its rates, and what the customer is told of cost (O14, O15, O16)."""

    recorded: bool
    round_up_minutes: Annotated[int, Field(ge=1)] = 1
    rates: tuple[Rate, ...] = ()
    cost_notice: Text
    cost_notice_kept: bool
    may_stay_undecided: bool
    rules: Rules = ()


class Fee(Model):
    """A price that the vendor sets, or names as another house's own (I2, I7, I8)."""

    key: Key
    name: Text
    description: Text
    amount: Annotated[Decimal, Field(gt=0)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    vat: Literal["added", "included", "none"] = "added"
    per: Literal["licence_package", "site", "organisation", "case"]
    every: Literal["year", "month", "once", "seller_decides"]
    set_by: House
    charged_by: Literal["vendor", "seller", "support_partner"]
    paid_over: bool = False
    obligatory: bool = False
    rules: Rules = ()


class Parts(Model):
    """Spare parts and swap-in units (O17)."""

    guaranteed: bool
    served: Literal["first_come"]
    delivery_may_exceed_days: Annotated[int, Field(ge=1)]
    says: Text
    swap_unit: Text
    rules: Rules = ()


class Contact(Model):
    """A way to reach the vendor, for the countries named, or for everybody (M14, O3)."""

    key: Key
    name: Text
    channel: Literal["phone", "mail", "online"]
    numbers: tuple[Line, ...] = ()
    address: Line | None = None
    countries: tuple[Country, ...] = ()
    calendar: Key | None = None
    text: Text
    rules: Rules = ()


class RemoteSupport(Model):
    """How a remote session is held (O9)."""

    tool: Line
    client_url: Annotated[str, Field(pattern=r"^https://")]
    arranged: bool
    other_tools: Literal["never", "recorded_agreement"]
    recording: Literal["never", "announced_with_consent"]
    declaration: Key | None = None
    says: Text
    rules: Rules = ()


class AnnouncementKind(Model):
    """Something that those affected are told of (M15, M18, O18)."""

    key: Literal["planned_update", "urgent_update", "outage", "policy_change"]
    name: Text
    when: Literal["when_available", "as_soon_as_possible", "notice_days_before"]
    audience: tuple[Literal["customers", "partners"], ...]
    offers_help: bool = False
    rules: Rules = ()
