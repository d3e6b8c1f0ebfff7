"""What is promised: priorities, clocks, ladder, outcomes, and how a ticket lives."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from vendors.catalog.schema.base import (
    Country,
    Key,
    Line,
    Model,
    Period,
    PriorityKey,
    Role,
    Rules,
    Text,
)

Days = Annotated[int, Field(ge=1)]
ClockKey = Literal["response", "resolution", "update"]
Classification = Literal["incident", "bug", "defect"]


class Priority(Model):
    """A priority that the vendor assigns (M3); the first in the file is the most pressing."""

    key: PriorityKey
    name: Text
    description: Text
    examples: tuple[Text, ...]
    rules: Rules = ()


class Triage(Model):
    """Whose priority counts until the vendor has assigned one (M3)."""

    until_assigned: Literal["claim", "assumed"] = "claim"
    without_claim: PriorityKey
    question: Text
    rules: Rules = ()


class Urgency(Model):
    """May the requester call a request urgent, and is a reason required (O6)?"""

    question: Text
    help: Text
    reason: Text
    reason_required: bool
    rules: Rules = ()


class Target(Model):
    """Open time for a clock: of one priority, of what was declared urgent (O6), or of all else."""

    priority: PriorityKey | None = None
    urgent: bool = False
    within: Period
    wording: Literal["plain", "normally", "target"] | None = None
    says: Text | None = None
    rules: Rules = ()


class Share(Model):
    """A target that is ``percent`` of another clock's target (M11)."""

    of: Literal["resolution"]
    percent: Annotated[int, Field(ge=1)]


class Clock(Model):
    """What a clock measures and how.

    ``starts``: ``received``, ``priority``, ``information``, both of these (M8), or ``first_response`` (M11).
    ``ends``: ``qualified_response`` (O5), ``response_after_assignment`` (M7), ``response`` or ``resolved``.
    ``wording`` is how a promise is said: as it stands, with "normally" (O5), as a target (M4); ``says``
    says it in words, with ``{time}`` where the time stands. A target can have a wording of its own.
    """

    key: ClockKey
    name: Text
    promise: bool
    wording: Literal["plain", "normally", "target"] = "plain"
    says: Text
    counting: Literal["rolling", "day_end"] = "rolling"
    starts: Literal["received", "priority", "information", "priority_and_information", "first_response"]
    ends: Literal["qualified_response", "response_after_assignment", "response", "resolved"]
    restarts: Literal["public_message"] | None = None
    pauses: tuple[Literal["waiting_for_customer"], ...] = ()
    lifted_by: tuple[Classification, ...] = ()
    targets: tuple[Target, ...] = ()
    share: Share | None = None
    rules: Rules = ()

    def target_for(self, priority: str | None, urgent: bool) -> Target | None:
        """The target of a priority and urgency, or None (the clock then has no time of its own)."""
        normal = [target for target in self.targets if not target.urgent]
        ranked = [target for target in self.targets if urgent and target.urgent]
        ranked += [target for target in normal if priority and target.priority == priority]
        ranked += [target for target in normal if target.priority is None]
        return ranked[0] if ranked else None

    def wording_of(self, target: Target) -> str:
        return target.wording or self.wording

    def says_of(self, target: Target) -> Text:
        return target.says or self.says


class Rung(Model):
    """A step of the ladder: what happens when ``percent`` of a clock's target is used (M13).

    Within one clock each percent is there once.
    ``tells`` are told, or ``tells_if_unassigned`` while nobody has the ticket. ``raise_to`` sets the
    level of escalation; ``reassign_to`` gives the ticket to that role, ``reassign_when`` says if always.
    No ``priorities`` means all of them.
    """

    key: Key
    percent: Annotated[int, Field(ge=1)]
    clocks: tuple[ClockKey, ...]
    priorities: tuple[PriorityKey, ...] = ()
    tells: tuple[Role, ...]
    tells_if_unassigned: tuple[Role, ...] = ()
    raise_to: Role | None = None
    reassign_to: Role | None = None
    reassign_when: Literal["unassigned", "always"] = "unassigned"
    says: Text
    rules: Rules = ()


class ClassificationWord(Model):
    """What an incident, a bug, a defect is (M19)."""

    key: Classification
    name: Text
    description: Text
    rules: Rules = ()


class Outcome(Model):
    """A way in which a request is resolved (M9); some need a date."""

    key: Key
    name: Text
    description: Text
    needs_date: bool = False
    rules: Rules = ()


class Acknowledgement(Model):
    """What a qualified acknowledgement has to say (O5) and the words that help to write it."""

    requires: tuple[Literal["received", "next_steps", "date"], ...]
    explains: Text
    template: Text
    rules: Rules = ()


class ReviewStep(Model):
    """Who looks at a customer's escalation, in order (M12)."""

    role: Role
    name: Text
    only_with_subject: bool = False
    priorities: tuple[PriorityKey, ...] = ()
    rules: Rules = ()


class CustomerEscalation(Model):
    """How a customer asks for a review of a request (M12, O19)."""

    needs_number: bool
    subject_words: tuple[Line, ...] = ()
    help: Text
    steps: tuple[ReviewStep, ...]
    rules: Rules = ()


class Lifecycle(Model):
    """How long a ticket stays open to a reply, how long it is kept, and what a reopening starts."""

    reopening: Literal["new_cycle", "continue"] = "new_cycle"
    close_after_days: Days
    retention_days: Days
    rules: Rules = ()


class Changes(Model):
    """How a new version of this policy is announced (M18, O18)."""

    notice_days: Annotated[int, Field(ge=0)]
    counted_from: Literal["dispatch", "publication"]
    says: Text
    rules: Rules = ()


class Statement(Model):
    """A plain word of the vendor that pages show: what is not promised, what is asked."""

    key: Key
    where: tuple[Literal["before_sending", "ticket", "desk", "policy"], ...]
    text: Text
    rules: Rules = ()


class ExampleEvent(Model):
    at: Line
    event: Literal[
        "received",
        "assigned",
        "responded",
        "priority_assigned",
        "priority_changed",
        "declared_urgent",
        "information_complete",
        "waiting_for_customer",
        "customer_replied",
        "classified",
        "zone_settled",
        "resolved",
        "reopened",
        "cancelled",
    ]
    qualified: bool | None = None
    priority: PriorityKey | None = None
    as_: Annotated[Classification | None, Field(alias="as")] = None
    country: Country | None = None
    time_zone: Line | None = None


class ExampleRung(Model):
    percent: int
    at: Line


class ExampleClock(Model):
    clock: Literal["response", "resolution"]
    cycle: int = 1
    status: Literal["running", "paused", "lifted", "ended", "cancelled"]
    started_at: Line
    due_at: Line | None = None
    ended_at: Line | None = None
    breached: bool = False
    elapsed_seconds: Annotated[int, Field(ge=0)]
    escalations: tuple[ExampleRung, ...] = ()


class Example(Model):
    """A worked example: events in, expected clocks out, in the form that ``sla_replay`` speaks."""

    id: Line
    country: Country | None = None
    time_zone: Line | None = None
    priority: PriorityKey | None = None
    urgent: bool = False
    events: tuple[ExampleEvent, ...]
    as_of: Line
    clocks: tuple[ExampleClock, ...]
    rules: Rules = ()

    def case(self, vendor: str) -> dict[str, Any]:
        """The line that ``sla_replay`` reads."""
        document = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        document.pop("clocks")
        document.pop("rules")
        return {**document, "vendor": vendor}

    def expect(self) -> dict[str, Any]:
        """The line that ``sla_replay`` answers, without its trace."""
        return {"id": self.id, "clocks": [clock.model_dump(mode="json") for clock in self.clocks]}
