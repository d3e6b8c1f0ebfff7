"""What becomes of two tickets' promises when one is merged into the other: pure, from their events.

The history is told as if it had been one ticket all along, and the earliest promise stays. Several tellings are tried, the truest
first, and the first one is taken in which nothing is due later than it was on either ticket and nothing met is undone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from sla.engine import events as facts
from sla.engine.events import Event, Fact
from sla.engine.fold import effective, fold
from sla.engine.policy import Rules
from sla.engine.state import ClockState, Folded

_NEXT = 2**62  # keys and orders after every stored event's
_PRIORITIES = (facts.PriorityAssigned, facts.PriorityChanged)
_PAUSES = (facts.WaitingForCustomer, facts.CustomerReplied)
# What can only meet a promise or bring it forward.
_CARRIED = (facts.Assigned, facts.Responded, facts.PublicMessage, facts.InformationComplete, facts.DeclaredUrgent)

_TOUCHED = (*_CARRIED, *_PAUSES, *_PRIORITIES)
# What a telling leaves out rather than let something be late that was in time on its own ticket.
_ANSWERS: tuple[type[Fact], ...] = (facts.Responded, facts.PublicMessage)
_LEFT_OUT: tuple[tuple[type[Fact], ...], ...] = (
    (),
    _ANSWERS,
    (facts.InformationComplete,),
    (*_ANSWERS, facts.InformationComplete),
)
# Whether the other ticket's pauses are told, whether the target's own are, and whether a wait ends with the merge.
_WAITS = (
    (False, True, False),
    (True, True, False),
    (False, True, True),
    (True, True, True),
    (False, False, False),
    (True, False, True),
)


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be recorded on the target: facts with their instants (epoch seconds), and events to void. `priority` is what the
    vendor then has given the ticket, empty if nothing; `waits` whether a question that was asked there still pauses its clocks.
    """

    add: Sequence[tuple[Fact, int]]
    void: Sequence[int]
    priority: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True)
class _Side:
    """One ticket's present reception."""

    received: Event
    reception: facts.Received
    events: Sequence[Event]
    folded: Folded
    counts: str  # the priority that counts
    since: int  # when the reception before was cancelled

    @property
    def given(self) -> list[Event]:
        return [event for event in self.events if isinstance(event.fact, _PRIORITIES)]


def telling(target: Sequence[Event], source: Sequence[Event], rules: Rules, ranks: Sequence[str], now: int) -> Telling:
    """How the target's history goes on with the source's. `ranks` are the priorities, the strictest first. Raises LookupError
    where one of them was never received by the vendor.
    """
    into, other = _side(target, rules, now), _side(source, rules, now)
    tellings = list(_tellings(into, other, ranks, now))
    best, least = tellings[-1], 2**31
    for one in tellings:
        after = fold(_told(target, one, now), rules, now)
        if not _no_later(after, into.folded, other.folded):
            continue
        late = _newly_late(after, into.folded, other.folded)
        if late < least:
            best, least = one, late
        if not late:
            break
    told = _side(_told(target, best, now), rules, now)
    priority = str(getattr(told.given[-1].fact, "priority", "")) if told.given else ""
    return replace(best, priority=priority, waits=_waiting(told.events))


def _side(events: Sequence[Event], rules: Rules, now: int) -> _Side:
    standing = effective(events)
    began = max((n for n, event in enumerate(standing) if _begins(standing, n)), default=None)
    if began is None:
        raise LookupError("never received")
    received, folded = standing[began], fold(events, rules, now)
    reception = received.fact if isinstance(received.fact, facts.Received) else facts.Received()
    since = max((event.at for event in standing[:began] if isinstance(event.fact, facts.Cancelled)), default=0)
    return _Side(received, reception, standing[began + 1 :], folded, folded.priority or "", since)


def _begins(standing: Sequence[Event], n: int) -> bool:
    """A first reception, or one after a cancellation; another one changes nothing."""
    if not isinstance(standing[n].fact, facts.Received):
        return False
    for event in reversed(standing[:n]):
        if isinstance(event.fact, facts.Cancelled):
            return True
        if isinstance(event.fact, facts.Received):
            return False
    return True


def _tellings(into: _Side, other: _Side, ranks: Sequence[str], now: int) -> Iterator[Telling]:
    first, later = sorted((into, other), key=lambda side: side.received.at)
    ruling = min((into, other), key=lambda side: _rank(ranks, side.counts))
    given = _priorities(into, other, ruling, later)
    claims = _claims(into, other, first, ranks)
    bases = ((into, other), (other, into))
    ways = product(bases, (True, False), _LEFT_OUT, _WAITS, (False, True), claims)
    for (base, extra), moved, left_out, waits, restated, claim in ways:
        theirs, ours, ends = waits
        if theirs and not ends and _waiting(extra.events) and not _waiting(into.events):
            continue  # nobody asked anything on the target
        began = first if moved else base
        reception = replace(into.reception, priority=claim, urgent=began.reception.urgent)
        wanted: list[tuple[Fact, int]] = [(reception, began.received.at), *given]
        if restated:  # as the base went, and from now on the stricter one
            wanted[1:] = _of(base, _PRIORITIES)
            if base.counts != ruling.counts:
                wanted.append((facts.PriorityChanged(ruling.counts), now))
        wanted += _of(base, (*_CARRIED, *_PAUSES) if ours else _CARRIED)
        wanted += [
            one for one in _of(extra, (*_CARRIED, *_PAUSES) if theirs else _CARRIED) if type(one[0]) not in left_out
        ]
        if (into.reception.urgent or other.reception.urgent) and not reception.urgent:
            wanted.append((facts.DeclaredUrgent(), later.received.at))
        if ends:
            wanted.append((facts.CustomerReplied(), now))
        # What a reception before had, a hand-off ended for good.
        yield _differing(into, [(fact, max(at, into.since)) for fact, at in wanted])


def _differing(into: _Side, wanted: Sequence[tuple[Fact, int]]) -> Telling:
    """What is to be added and voided so that the target's history is as wanted, as far as a merge touches it."""
    here = [into.received, *(event for event in into.events if isinstance(event.fact, _TOUCHED))]
    held = {(event.fact, event.at) for event in here}
    void = [event.id for event in here if (event.fact, event.at) not in wanted]
    return Telling([one for one in dict.fromkeys(wanted) if one not in held], void)


def _of(side: _Side, kinds: tuple[type[Fact], ...]) -> list[tuple[Fact, int]]:
    return [(event.fact, event.at) for event in side.events if isinstance(event.fact, kinds)]


def _claims(into: _Side, other: _Side, first: _Side, ranks: Sequence[str]) -> list[str | None]:
    """The priorities with which the one request can have come in: as the first did, else as any counted, the laxest first."""
    seen = {side.counts for side in (into, other)} | {side.reception.priority or "" for side in (into, other)}
    seen |= {str(getattr(event.fact, "priority", "")) for side in (into, other) for event in side.given}
    strict = sorted(seen - {""}, key=lambda key: -_rank(ranks, key))
    return list(dict.fromkeys([first.reception.priority, *strict]))


def _priorities(into: _Side, other: _Side, ruling: _Side, later: _Side) -> list[tuple[Fact, int]]:
    """The events that let the stricter priority count; what was only claimed counts since it was."""
    if ruling.given:
        return _of(ruling, _PRIORITIES)
    if ruling is later and into.counts != other.counts:
        return [(facts.PriorityAssigned(ruling.counts), later.received.at)]
    return []


def _waiting(events: Iterable[Event]) -> bool:
    asked = [event for event in events if isinstance(event.fact, _PAUSES)]
    return bool(asked) and isinstance(asked[-1].fact, facts.WaitingForCustomer)


def _rank(ranks: Sequence[str], key: str) -> int:
    return ranks.index(key) if key in ranks else len(ranks)


def _told(target: Sequence[Event], one: Telling, now: int) -> list[Event]:
    added = [Event(_NEXT + n, at, fact, _NEXT + n, now) for n, (fact, at) in enumerate(one.add)]
    start = _NEXT + len(added)
    voids = [Event(start + n, now, facts.Voided(key), start + n, now) for n, key in enumerate(one.void)]
    return [*target, *added, *voids]


def _no_later(after: Folded, *before: Folded) -> bool:
    """Whether what was promised on either ticket is due no later now, and does not stand still."""
    for clock in after.clocks:
        dues = [c.due_at for folded in before for c in folded.clocks if c.kind == clock.kind and _runs(c)]
        earliest = min((due for due in dues if due is not None), default=None)
        if earliest is None or clock.status == "lifted":
            continue
        if clock.status == "paused" or (_runs(clock) and (clock.due_at or 0) > earliest):
            return False
    return True


def _newly_late(after: Folded, *before: Folded) -> int:
    """How many more clocks are late than were on either ticket."""
    kinds = {clock.kind for clock in after.clocks}
    return sum(max(0, _late(after, kind) - max(_late(folded, kind) for folded in before)) for kind in kinds)


def _late(folded: Folded, kind: str) -> int:
    return sum(clock.breached_at is not None for clock in folded.clocks if clock.kind == kind and clock.promised)


def _runs(clock: ClockState) -> bool:
    return clock.status == "running" and clock.due_at is not None and clock.promised
