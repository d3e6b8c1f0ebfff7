"""Do priorities, clocks, targets and ladder of a policy file hold together?"""

from __future__ import annotations

from collections.abc import Iterator

from vendors.catalog.schema.errors import Found, KeyPath
from vendors.catalog.schema.file import PolicyFile
from vendors.catalog.schema.service import Clock


def promises(file: PolicyFile) -> Found:
    known = {priority.key for priority in file.priorities}
    for place, key in _priority_references(file):
        if key not in known:
            listed = ", ".join(sorted(known)) or "none"
            yield place, f"{key!r} is not a priority of this file ({listed}); define it or correct the name"
    if file.priorities and file.triage is None:
        yield ("triage",), "is missing; say which priority counts until one is assigned"
    clocks = {clock.key for clock in file.clocks}
    for index, clock in enumerate(file.clocks):
        path: KeyPath = ("clocks", index)
        if bool(clock.targets) == (clock.share is not None):
            yield path, "needs either [[clocks.targets]] or a share of another clock, and not both"
        if clock.share is not None and clock.share.of not in clocks:
            yield (*path, "share", "of"), f"there is no {clock.share.of!r} clock in this file"
        yield from _shape(path, clock)
        if clock.targets:
            yield from _coverage(path, file, index)
        if clock.ends == "qualified_response" and file.acknowledgement is None:
            yield (*path, "ends"), "needs [acknowledgement], which says what makes a response a qualified one"
    for index, rung in enumerate(file.ladder):
        for row, name in enumerate(rung.clocks):
            if name not in clocks:
                yield ("ladder", index, "clocks", row), f"there is no {name!r} clock in this file"
    yield from _rung_order(file)


def _priority_references(file: PolicyFile) -> Iterator[tuple[KeyPath, str]]:
    if file.triage is not None:
        yield ("triage", "without_claim"), file.triage.without_claim
    for index, clock in enumerate(file.clocks):
        for row, target in enumerate(clock.targets):
            if target.priority is not None:
                yield ("clocks", index, "targets", row, "priority"), target.priority
    for index, rung in enumerate(file.ladder):
        for row, key in enumerate(rung.priorities):
            yield ("ladder", index, "priorities", row), key
    for index, step in enumerate(file.customer_escalation.steps if file.customer_escalation else ()):
        for row, key in enumerate(step.priorities):
            yield ("customer_escalation", "steps", index, "priorities", row), key
    for index, topic in enumerate(file.topics):
        if topic.suggests_priority is not None:
            yield ("topics", index, "suggests_priority"), topic.suggests_priority


def _coverage(path: KeyPath, file: PolicyFile, index: int) -> Found:
    """Each priority has exactly one target, and there is one target at most for what is urgent."""
    targets = file.clocks[index].targets
    taken: set[tuple[str | None, bool]] = set()
    for row, target in enumerate(targets):
        here: KeyPath = (*path, "targets", row)
        if target.urgent and target.priority is not None:
            yield (*here, "priority"), "does not go with urgent; an urgent target holds whatever the priority"
        if target.urgent and file.urgency is None:
            yield (*here, "urgent"), "needs [urgency], which lets a requester declare it"
        if (target.priority, target.urgent) in taken:
            yield here, "says the same case again; keep one target for each"
        taken.add((target.priority, target.urgent))
        if file.clocks[index].counting == "day_end" and not target.within.needs_standard_day:
            yield (*here, "within"), "must be in work days or weeks, since this clock counts to the end of a day"
    missing = [row.key for row in file.priorities if (row.key, False) not in taken]
    if (None, False) not in taken and (missing or not file.priorities):
        yield (*path, "targets"), f"has none for {', '.join(missing) or 'a request that is not urgent'}; add one"


_SHAPES = {
    "response": (("received",), ("qualified_response", "response_after_assignment", "response")),
    "resolution": (("received", "priority", "information", "priority_and_information"), ("resolved",)),
    "update": (("first_response",), ("resolved",)),
}


def _shape(path: KeyPath, clock: Clock) -> Found:
    """What each kind of clock can do (domain: Time)."""
    starts, ends = _SHAPES[clock.key]
    if clock.starts not in starts:
        yield (*path, "starts"), f"a {clock.key} clock starts with {' or '.join(starts)}"
    if clock.ends not in ends:
        yield (*path, "ends"), f"a {clock.key} clock ends with {' or '.join(ends)}"
    if clock.key == "response" and (clock.pauses or clock.lifted_by):
        yield path, "a response clock never pauses and is never lifted; remove `pauses` and `lifted_by`"
    if clock.key != "update" and (clock.share or clock.restarts):
        yield path, "`share` and `restarts` belong to the update clock"


def _rung_order(file: PolicyFile) -> Found:
    last = 0
    seen: set[tuple[str, int]] = set()
    for index, rung in enumerate(file.ladder):
        path: KeyPath = ("ladder", index, "percent")
        if rung.percent < last:
            yield path, f"{rung.percent} comes after {last}; order the rungs from low to high"
        last = rung.percent
        for clock in rung.clocks:
            if (clock, rung.percent) in seen:
                yield path, f"the {clock} clock has a rung at {rung.percent} already; join the two"
            seen.add((clock, rung.percent))
