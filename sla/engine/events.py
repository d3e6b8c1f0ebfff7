"""What happens to a ticket, as far as its clocks care.

An :class:`Event` is an envelope (when, when recorded, in which order) around a *fact*. Both are immutable. ``kind_of``,
``data_of`` and ``fact`` translate facts to and from what is stored: a kind and a flat JSON object.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

ZoneSource = Literal["user", "site", "organisation", "vendor"]
Classification = Literal["incident", "bug", "defect"]


@dataclass(frozen=True, slots=True)
class Received:
    """The request arrived (a call: when it came). Starts the response clock; anew if the ticket was handed away and is back.

    ``priority`` is the customer's claim or ``None``; ``zone`` an IANA name and ``country`` ISO 3166 alpha-2, ``None``
    meaning unknown: the vendor's own are used. ``zone_source`` says where they came from, ``zone_assumed`` that nobody
    knew.
    """

    priority: str | None = None
    urgent: bool = False
    zone: str | None = None
    country: str | None = None
    zone_source: ZoneSource = "user"
    zone_assumed: bool = False


@dataclass(frozen=True, slots=True)
class Assigned:
    """Somebody took or got the ticket."""


@dataclass(frozen=True, slots=True)
class Responded:
    """A person of the house answered the customer; ``qualified`` as O5 means it."""

    qualified: bool = False


@dataclass(frozen=True, slots=True)
class PublicMessage:
    """Staff wrote publicly, other than a response: restarts the update clock (M11)."""


@dataclass(frozen=True, slots=True)
class PriorityAssigned:
    """The vendor gave the ticket its priority (M3)."""

    priority: str


@dataclass(frozen=True, slots=True)
class PriorityChanged:
    """The vendor gave it another one."""

    priority: str


@dataclass(frozen=True, slots=True)
class DeclaredUrgent:
    """The customer said, after filing, that it is urgent (O6)."""


@dataclass(frozen=True, slots=True)
class InformationComplete:
    """What the vendor requires is there, or an agent says that it suffices (M8)."""


@dataclass(frozen=True, slots=True)
class WaitingForCustomer:
    """A question was asked; clocks that pause do."""


@dataclass(frozen=True, slots=True)
class CustomerReplied:
    """The customer answered; waiting ends."""


@dataclass(frozen=True, slots=True)
class Classified:
    """What it turned out to be (M10, M19)."""

    as_: Classification


@dataclass(frozen=True, slots=True)
class ZoneSettled:
    """Somebody found out whose zone it is. From here on the clocks count in it."""

    zone: str
    country: str | None = None
    zone_source: ZoneSource = "user"


@dataclass(frozen=True, slots=True)
class Resolved:
    """Resolved (M9). Ends the clocks and any waiting."""


@dataclass(frozen=True, slots=True)
class Reopened:
    """The customer, or staff, opened it again."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Withdrawn, spam, merged away, refused or handed to another house: every clock stops without met or missed."""


@dataclass(frozen=True, slots=True)
class VersionApplied:
    """The vendor applied versions to running clocks, from this moment on.

    Numbers of the policy version and of the version of the calendar that the clock uses; ``None`` leaves that one as it
    is. Both ``None``: the versions that hold at this moment.
    """

    policy: int | None = None
    calendar: int | None = None


@dataclass(frozen=True, slots=True)
class Voided:
    """The event with id ``event`` is taken back, as if it had never happened. Voiding a void restores."""

    event: int


Fact = (
    Received
    | Assigned
    | Responded
    | PublicMessage
    | PriorityAssigned
    | PriorityChanged
    | DeclaredUrgent
    | InformationComplete
    | WaitingForCustomer
    | CustomerReplied
    | Classified
    | ZoneSettled
    | Resolved
    | Reopened
    | Cancelled
    | VersionApplied
    | Voided
)

#: Stored name of each kind of fact.
KINDS: dict[str, type[Fact]] = {
    "received": Received,
    "assigned": Assigned,
    "responded": Responded,
    "public_message": PublicMessage,
    "priority_assigned": PriorityAssigned,
    "priority_changed": PriorityChanged,
    "declared_urgent": DeclaredUrgent,
    "information_complete": InformationComplete,
    "waiting_for_customer": WaitingForCustomer,
    "customer_replied": CustomerReplied,
    "classified": Classified,
    "zone_settled": ZoneSettled,
    "resolved": Resolved,
    "reopened": Reopened,
    "cancelled": Cancelled,
    "version_applied": VersionApplied,
    "voided": Voided,
}
_NAMES = {cls: name for name, cls in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Event:
    """A fact that happened ``at`` (instant) and was recorded ``recorded_at``, as the ``order``-th thing recorded.

    ``id`` is unique among the events folded together. Events count by ``at``, at one instant by ``order``.
    """

    id: int
    at: int
    fact: Fact
    order: int = 0
    recorded_at: int = 0


def kind_of(fact: Fact) -> str:
    """The stored name of a fact's kind, ``received`` for example."""
    return _NAMES[type(fact)]


def data_of(fact: Fact) -> dict[str, object]:
    """The fact's inputs as a flat object for storage in JSON; empty where it has none."""
    return {entry.name.rstrip("_"): getattr(fact, entry.name) for entry in fields(fact)}


def fact(kind: str, data: dict[str, object] | None = None) -> Fact:
    """The fact of a stored kind and its inputs. ``LookupError`` for an unknown kind, ``TypeError`` for wrong inputs."""
    try:
        cls = KINDS[kind]
    except KeyError:
        raise LookupError(f"unknown event {kind!r}") from None
    inputs = {("as_" if name == "as" else name): value for name, value in (data or {}).items()}
    return cls(**inputs)  # type: ignore[arg-type]
