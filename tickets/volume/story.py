"""How the life of a ticket goes: who does what when, in the support time of whoever asks."""

from collections.abc import Callable
from functools import partial
from math import log
from random import Random

from sla.engine.calendar import OpenTime
from sla.engine.policy import ClockKind
from tickets.machine import ACTIVE
from tickets.models import State
from tickets.volume.cast import Clerk
from tickets.volume.lives import DAY, Life

LONG = 30  # messages of one ticket in LONG_EVERY
LONG_EVERY = 500
_HOUR = 3600
Step = tuple[int, Callable[[int], None]]


def play(life: Life, *, place: int, messages: int, words: int, going_on: bool) -> None:
    """Let a ticket live to its end or, `going_on`, as far as it has come. `messages`: how many a ticket has in the mean;
    `words`: how many a message has; `place` is the ticket's number among all.
    """
    life.file(words)
    steps = _conversation(life, _more(life.random, place, messages) + going_on, words, going_on)
    for at, act in steps if going_on else _in_time(life, steps):
        if at <= life.until and life.state in (*ACTIVE, State.RESOLVED):
            act(at)
    if life.resolved_at and life.state == State.RESOLVED:
        closing = life.resolved_at + life.house.file.lifecycle.close_after_days * DAY + int(life.random.random() * 300)
        if closing <= life.until:
            life.close(closing)
    life.settle()


def _more(random: Random, place: int, messages: int) -> int:
    """How many messages besides the first and that of the resolution: mostly few, sometimes many."""
    if place % LONG_EVERY == 7:
        return LONG - 2
    mean = max(0.01, messages - 2 - LONG / LONG_EVERY)
    return int(log(1 - random.random()) / log(mean / (1 + mean)))


def _conversation(life: Life, more: int, words: int, going_on: bool) -> list[Step]:
    random, house, begin = life.random, life.house, life.created_at
    open_time = _open_time(life)
    clerks = house.partners[life.partner] if life.partner is not None else house.agents
    clerk = clerks[int(random.random() ** 1.3 * len(clerks))]
    if not going_on and random.random() < 0.04:
        return [(open_time.add(begin, 60 + int(random.expovariate(1 / (6 * _HOUR)))), life.cancel)]
    answer = open_time.add(begin, _used(life, "response", 16 * _HOUR, -1.0))
    take = begin + int((answer - begin) * (0.2 + 0.6 * random.random()))
    steps: list[Step] = [(take, partial(life.take, clerk=clerk)), *_triage(life, take, clerk)]
    if going_on:
        end = max(answer, begin + int((life.until - begin) * (0.4 + 0.6 * random.random())))
    else:  # what is resolved with the first answer was simple
        end = open_time.add(answer, _used(life, "resolution", 16 * _HOUR, -0.7)) if more else answer
    steps += _messages(life, clerk, answer, end, more, words, going_on)
    return steps + (_left(life, clerk, end, words) if going_on else _end(life, clerk, open_time, end, words))


def _triage(life: Life, take: int, clerk: Clerk) -> list[Step]:
    steps: list[Step] = []
    if life.house.file.triage:
        steps.append((take + 20, partial(life.prioritise, clerk=clerk)))
    if not life.informed and life.random.random() < 0.7:
        steps.append((take + 40, partial(life.inform, clerk=clerk)))
    return steps


def _messages(life: Life, clerk: Clerk, answer: int, end: int, more: int, words: int, going_on: bool) -> list[Step]:
    """Staff and customer in turn, evenly between the first answer and the end; now and then a note."""
    steps: list[Step] = []
    random, staff = life.random, True
    qualified = bool(life.house.file.acknowledgement)
    for number in range(more):
        at = answer + (end - answer) * number // (more + 1) + 60 * (number > 0)
        if number and random.random() < 0.15:
            steps.append((at, partial(life.note, clerk=clerk, mean=words)))
            continue
        if staff:
            asks = number + 1 < more and random.random() < 0.5
            first = number == 0 and qualified
            steps.append((at, partial(life.reply, clerk=clerk, mean=words, qualified=first, ask=asks)))
        else:
            steps.append((at, partial(life.customer_writes, mean=words)))
        staff = not staff
    if life.house.file.classifications and random.random() < (0.2 if going_on else 0.05):
        found = "bug" if random.random() < 0.6 else "defect"
        steps.append((end - 30, partial(life.classify, clerk=clerk, classification=found)))
    return steps


def _end(life: Life, clerk: Clerk, open_time: OpenTime, end: int, words: int) -> list[Step]:
    steps: list[Step] = [(end, partial(life.resolve, clerk=clerk, mean=words))]
    if life.random.random() < 0.03:  # not yet, as it turns out
        again = open_time.add(end, 2 * _HOUR)
        steps.append((again, partial(life.customer_writes, mean=words)))
        steps.append((open_time.add(again, 6 * _HOUR), partial(life.resolve, clerk=clerk, mean=words)))
    return steps


def _left(life: Life, clerk: Clerk, end: int, words: int) -> list[Step]:
    """Where a ticket that goes on stands: waiting for the customer, for somebody else, or with us."""
    draw = life.random.random()
    if draw < 0.42:
        return [(end, partial(life.reply, clerk=clerk, mean=words, ask=True))]
    if draw < 0.52:
        return [(end, partial(life.wait_for_third_party, clerk=clerk))]
    return []


def _in_time(life: Life, steps: list[Step]) -> list[Step]:
    """What would end too late went faster."""
    begin, last = life.created_at, steps[-1][0]
    if last <= life.until:
        return steps
    left = max(1, life.until - begin)
    return [(begin + (at - begin) * left // (last - begin), act) for at, act in steps]


def _used(life: Life, kind: ClockKind, otherwise: int, typical: float) -> int:
    """Open seconds that somebody takes: of the clock's target mostly a part, now and then more."""
    policy = life.house.rules.policies[0]
    clock = policy.clock(kind)
    target = clock.target_for(life.claimed or policy.default_priority, life.urgent) if clock else None
    seconds = target.seconds(8 * _HOUR) if target else otherwise
    return max(120, int(seconds * min(6.0, life.random.lognormvariate(typical, 0.6))))


def _open_time(life: Life) -> OpenTime:
    rules, asker = life.house.rules, life.asker
    key = rules.policies[0].choice(asker.country).calendar
    return rules.open_time(rules.calendar_at(key, life.received_at), asker.zone)
