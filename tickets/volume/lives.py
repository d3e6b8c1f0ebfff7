"""What happens to one ticket, and what the services write down of it: events, messages, audit, the ticket's own columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from sla.engine import events as facts
from sla.engine.events import Event, Fact
from sla.engine.fold import fold
from sla.engine.state import ClockState, Crossing, Folded
from tickets.ladder import LEVELS
from tickets.machine import Move, after
from tickets.models import Channel, State
from tickets.vocabulary import Verb, Word
from tickets.volume.cast import Asker, Clerk, House
from tickets.volume.words import Writer, code

DAY = 86_400
_TAGS = "post licence hardware training urgent-part billing driver upgrade network import export calibration lens scan"
_CHANNELS = (Channel.PORTAL, Channel.MAIL, Channel.PHONE, Channel.API)


@dataclass(slots=True)
class Said:
    """A message: who wrote what when, and whether it is a note."""

    at: int
    recorded_at: int
    author: int | None
    by_staff: bool
    house: int | None
    body: str
    channel: str
    public: bool = True
    qualified: bool = False
    next_steps: str = ""
    next_steps_on: int | None = None  # an instant of that day


@dataclass(slots=True)
class Act:
    """An audit row; `message` is the place of the message that it is about."""

    at: int
    verb: str
    clerk: Clerk | None
    source: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    message: int | None = None
    clock: bool = False


@dataclass(slots=True)
class Told:
    """A notification; `message` as above."""

    at: int
    person: int
    word: str
    message: int | None = None


class Life:
    """A ticket while it lives. Each method is an act and leaves what the service of that name leaves. Instants in epoch
    seconds; nothing is done after `until`.
    """

    __slots__ = (
        "acts", "asker", "assigned", "assignee", "cancel_reason", "changed_at", "channel", "claimed", "classification",
        "created_at", "events", "folded", "house", "informed", "intake", "language", "level", "listed_at", "messages",
        "outcome", "outcome_on", "partner", "priority", "random", "received_at", "resolved_at", "rungs", "spoken", "state",
        "state_at", "subject", "tags", "team", "told", "topic", "until", "urgent", "writer",
    )  # fmt: skip

    def __init__(
        self, house: House, random: Random, writer: Mapping[str, Writer], received_at: int, until: int
    ) -> None:
        self.house, self.random, self.received_at, self.until = house, random, received_at, until
        self.asker: Asker = house.askers[int(random.random() ** 2 * len(house.askers))]
        self.language = self.asker.language
        self.writer = writer[self.language]
        self.events: list[tuple[int, int, Fact, int | None]] = []  # at, recorded at, what, whose act
        self.messages: list[Said] = []
        self.acts: list[Act] = []
        self.told: list[Told] = []
        self.rungs: list[tuple[ClockState, Crossing, int]] = []  # with the instant at which it was noticed
        self.assigned: list[tuple[int, int | None]] = []  # from when on to whom
        self.assignee: int | None = None
        self.classification, self.priority, self.outcome, self.cancel_reason = "incident", "", "", ""
        self.outcome_on: int | None = None
        self.resolved_at: int | None = None
        self.level = 0
        self.tags: list[str] = []
        self.team: int | None = None
        self.folded: Folded | None = None

    # -- acts ------------------------------------------------------------------------------------------------------

    def file(self, mean: int) -> None:
        """The request comes in; a call is written down some minutes later."""
        random, asker, file = self.random, self.asker, self.house.file
        draw = random.random()
        self.channel = _CHANNELS[0 if draw < 0.55 else 1 if draw < 0.85 else 2 if draw < 0.95 else 3]
        self.topic = self.house.topics[int(random.random() ** 1.5 * len(self.house.topics))]
        self.partner = asker.houses.get((self.topic, self.channel.value))
        phone = self.channel == Channel.PHONE
        self.created_at = self.received_at + (int(random.random() * 900) if phone else 0)
        self.claimed = ""
        if file.triage and random.random() < 0.9:
            self.claimed = (
                "P1" if (draw := random.random()) < 0.05 else "P2" if draw < 0.3 else "P3" if draw < 0.75 else "P4"
            )
        self.urgent = bool(file.urgency) and random.random() < 0.1
        self.intake = _answers(file.intake.fields, random)
        self.informed = all(
            not each.required
            or each.kind in ("item", "product", "release")
            or each.key == "description"
            or each.key in self.intake
            for each in file.intake.fields
        )
        self.subject = self.writer.subject(random)
        self.state, self.state_at = State.NEW, self.created_at
        self.changed_at = self.listed_at = self.created_at
        mention = asker.serial if (draw := random.random()) < 0.2 else code(random) if draw < 0.3 else ""
        self.messages.append(
            Said(
                self.received_at, self.created_at, asker.person, False, None, self.writer.body(random, mean * 3 // 2, mention),
                self.channel,
            )
        )  # fmt: skip
        self.spoken = self.messages[0]
        by = self.house.agents[0] if phone else Clerk(asker.person, asker.user or 0)
        received = facts.Received(
            self.claimed or None, self.urgent, asker.zone, asker.country, asker.zone_source, asker.zone_assumed  # type: ignore[arg-type]
        )  # fmt: skip
        self._happened(self.received_at, received, by, self.created_at)
        if self.informed:
            self._happened(self.received_at, facts.InformationComplete(), by, self.created_at)
        given = {"channel": self.channel, "priority": self.claimed, "house": self.partner}
        source = {Channel.MAIL: "mail", Channel.API: "api"}.get(self.channel, "web")
        self.acts.append(Act(self.created_at, Verb.FILED, by, source, after=given))
        self._tell(self.created_at, asker.person, Word.RECEIVED)
        if random.random() < 0.25:
            self.tags = list(dict.fromkeys(_tag(random) for _ in range(2)))
        if self.partner is None and random.random() < 0.3:
            self.team = self.house.teams[int(random.random() * 2)]

    def take(self, at: int, clerk: Clerk) -> None:
        """Assigned by oneself."""
        self._assign(at, clerk.person, clerk)
        self._enter(after(self.state, Move.TAKE_UP), at)

    def prioritise(self, at: int, clerk: Clerk) -> None:
        """Priority given, mostly as claimed (M3)."""
        priority = (
            self.claimed
            if self.claimed and self.random.random() < 0.8
            else ("P2", "P3", "P4")[int(self.random.random() * 3)]
        )
        before = {"priority": self.priority, "claimed": self.claimed}
        self._happened(at, facts.PriorityAssigned(priority), clerk)
        self.priority = priority
        self._act(at, Verb.PRIORITISED, clerk, before=before, after={"priority": priority})

    def inform(self, at: int, clerk: Clerk) -> None:
        """An agent says that the information suffices (M8)."""
        self.informed = True
        self._happened(at, facts.InformationComplete(), clerk)
        self._act(at, Verb.INFORMATION_COMPLETE, clerk, after={"by": "agent"})

    def reply(self, at: int, clerk: Clerk, mean: int, *, qualified: bool = False, ask: bool = False) -> None:
        """Staff answers; with `ask` the ticket waits for the customer."""
        said = self._say(at, clerk.person, staff=True, mean=mean, channel=Channel.DESK)
        if qualified:
            said.qualified, said.next_steps, said.next_steps_on = True, self.writer.subject(self.random), at + 3 * DAY
        self._happened(at, facts.Responded(qualified=qualified), clerk)
        self._enter(after(self.state, Move.TAKE_UP), at)
        if ask:
            self._enter(after(self.state, Move.ASK), at)
            self._happened(at, facts.WaitingForCustomer(), clerk)
        self._act(at, Verb.REPLIED, clerk, after={"qualified": qualified, "asks": ask}, message=True)
        self._tell(at, self.asker.person, Word.REPLY, message=True)

    def note(self, at: int, clerk: Clerk, mean: int) -> None:
        """An internal note of the house that serves."""
        said = self._say(at, clerk.person, staff=True, mean=mean, channel=Channel.DESK, public=False)
        said.house = self.partner
        self._act(at, Verb.NOTED, clerk, after={"shared_with": []}, message=True)

    def customer_writes(self, at: int, mean: int) -> None:
        """The customer's word: ends waiting, opens what was resolved."""
        by = Clerk(self.asker.person, self.asker.user or 0)
        self._say(at, self.asker.person, staff=False, mean=mean, channel=Channel.PORTAL)
        if self.state == State.RESOLVED:
            self._happened(at, facts.Reopened(), by)
            self._act(at, Verb.REOPENED, by, before={"state": "resolved"}, after={"state": "open"})
            self._enter(after(self.state, Move.REOPEN), at)
            self.resolved_at, self.outcome, self.outcome_on = None, "", None
            self._tell(at, self.assignee, Word.REOPENED)
        elif self.state == State.WAITING:
            self._enter(after(self.state, Move.GO_ON), at)
            self._happened(at, facts.CustomerReplied(), by)
        self._act(at, Verb.CUSTOMER_WROTE, by, message=True)
        self._tell(at, self.assignee, Word.CUSTOMER_WROTE, message=True)

    def classify(self, at: int, clerk: Clerk, classification: Any) -> None:
        """What it turned out to be (M10, M19)."""
        self._happened(at, facts.Classified(classification), clerk)
        self._act(at, Verb.CLASSIFIED, clerk, before={"class": self.classification}, after={"class": classification})
        self.classification = classification

    def wait_for_third_party(self, at: int, clerk: Clerk) -> None:
        """The next step is somebody else's."""
        before = self.state
        self._enter(after(before, Move.WAIT_THIRD_PARTY), at)
        if before == State.WAITING:
            self._happened(at, facts.CustomerReplied(), clerk)
        self._act(at, Verb.STATE_CHANGED, clerk, before={"state": before}, after={"state": self.state})

    def resolve(self, at: int, clerk: Clerk, mean: int) -> None:
        """Resolved with an outcome and a message (M9)."""
        outcomes = self.house.file.outcomes
        outcome = outcomes[int(self.random.random() ** 3 * len(outcomes))]
        before = self.state
        said = self._say(at, clerk.person, staff=True, mean=mean, channel=Channel.DESK)
        said.qualified = True
        self.outcome, self.outcome_on = outcome.key, at + 30 * DAY if outcome.needs_date else None
        said.next_steps_on = self.outcome_on
        self.resolved_at = at
        self._enter(after(before, Move.RESOLVE), at)
        self._happened(at, facts.Resolved(), clerk)
        self._act(
            at,
            Verb.RESOLVED,
            clerk,
            before={"state": before},
            after={"state": "resolved", "outcome": outcome.key},
            message=False,
        )
        self._tell(at, self.asker.person, Word.RESOLVED, message=True)

    def close(self, at: int) -> None:
        """The vendor's days have passed without an answer."""
        self._enter(after(self.state, Move.CLOSE), at)
        self._act(at, Verb.CLOSED, None, before={"state": "resolved"}, after={"state": "closed"})

    def cancel(self, at: int) -> None:
        """Withdrawn by the customer."""
        before, by = self.state, Clerk(self.asker.person, self.asker.user or 0)
        self.cancel_reason = "withdrawn"
        self._enter(after(before, Move.CANCEL), at)
        self._happened(at, facts.Cancelled(), by)
        self._act(at, Verb.CANCELLED, by, before={"state": before}, after={"state": "cancelled", "reason": "withdrawn"})

    # -- the workers -----------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Fold what happened as of the end, and let the rungs that were reached do what the ladder says (M12, M13)."""
        self.folded = self._fold()
        crossed = [(state, crossing) for state in self.folded.clocks for crossing in state.crossings]
        if not crossed:
            return
        for state, crossing in sorted(crossed, key=lambda pair: pair[1].at):
            self._climb(state, crossing)
        self.acts.sort(key=lambda act: act.at)
        self.events.sort(key=lambda event: event[1])

    def _fold(self) -> Folded:
        listed = [Event(n, at, fact, n, recorded) for n, (at, recorded, fact, _) in enumerate(self.events, 1)]
        return fold(listed, self.house.rules, self.until)

    def _climb(self, state: ClockState, crossing: Crossing) -> None:
        noticed = min(crossing.at + 1, self.until)
        self.rungs.append((state, crossing, noticed))
        ended = state.ended_at is not None and state.ended_at <= noticed
        rung, holder = crossing.rung, self._holder(noticed)
        before = {"level": self.level, "assignee": holder}
        told = [] if ended else self._told_of(rung, holder)
        for what, _, word in [] if ended else (change.partition(":") for change in rung.change):
            if what == "raise_level":
                self.level = max(self.level, LEVELS.index(word))
            elif holder is None:
                holder = self.house.ladder[word][0].person
                self._reassign(noticed, holder)
        given = {
            "clock": state.kind, "cycle": state.cycle, "percent": crossing.percent, "crossed_at": _iso(crossing.at),
            "level": self.level, "assignee": holder, "told": told,
        }  # fmt: skip
        self.acts.append(Act(noticed, Verb.RUNG_FIRED, None, "worker", before=before, after=given, clock=True))
        self.listed_at = max(self.listed_at, noticed)

    def _told_of(self, rung: Any, holder: int | None) -> list[int]:
        told: dict[int, None] = {}
        for word in (holder is None and rung.tell_unassigned) or rung.tell:
            people = [holder] if word == "assignee" else [clerk.person for clerk in self.house.ladder.get(word, ())]
            told.update(dict.fromkeys(person for person in people if person is not None))
        return list(told)

    def _reassign(self, at: int, person: int) -> None:
        """Nobody had it when its time ran out: the first supervisor has it, until somebody takes it."""
        self.events.append((at, at, facts.Assigned(), None))
        self.assigned.append((at, person))
        self.assigned.sort()
        if self.assignee is None:
            self.assignee = person
            if self.state == State.NEW:
                self._enter(after(self.state, Move.TAKE_UP), at)

    def _holder(self, at: int) -> int | None:
        holder = None
        for since, person in self.assigned:
            if since <= at:
                holder = person
        return holder

    # -- notes -----------------------------------------------------------------------------------------------------

    def _happened(self, at: int, fact: Fact, by: Clerk | None, recorded_at: int | None = None) -> None:
        if self.partner is None:  # the clocks are the vendor's (O1)
            self.events.append((at, recorded_at or at, fact, by.person if by else None))

    def _act(
        self, at: int, verb: Verb, by: Clerk | None, *, before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None, message: bool = False,
    ) -> None:  # fmt: skip
        place = len(self.messages) - 1 if message else None
        self.acts.append(Act(at, verb, by, "web" if by else "worker", before or {}, after or {}, place))
        self.changed_at = self.listed_at = at

    def _assign(self, at: int, person: int, by: Clerk) -> None:
        self._happened(at, facts.Assigned(), by)
        self._act(at, Verb.ASSIGNED, by, before={"assignee": self.assignee}, after={"assignee": person})
        self.assignee = person
        self.assigned.append((at, person))

    def _enter(self, state: State, at: int) -> None:
        if state != self.state:
            self.state, self.state_at = state, at

    def _say(self, at: int, author: int, *, staff: bool, mean: int, channel: Channel, public: bool = True) -> Said:
        mention = code(self.random) if self.random.random() < 0.08 else ""
        said = Said(at, at, author, staff, None, self.writer.body(self.random, mean, mention), channel, public)
        if staff and self.partner is not None:
            said.house = self.partner
        self.messages.append(said)
        if public:
            self.spoken = said
        return said

    def _tell(self, at: int, person: int | None, word: Word, *, message: bool = False) -> None:
        if person is not None and at > self.until - 14 * DAY:
            self.told.append(Told(at, person, word, len(self.messages) - 1 if message else None))


def _tag(random: Random) -> str:
    tags = _TAGS.split()
    return tags[int(random.random() ** 2 * len(tags))]


def _answers(fields: Any, random: Random) -> dict[str, str]:
    return {
        each.key: code(random)
        for each in fields
        if each.kind in ("line", "paragraph") and each.key not in ("subject", "description") and random.random() < 0.7
    }


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
