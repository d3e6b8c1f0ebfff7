"""How clocks stand at this very moment, for chips: from the stored clocks by one measurement each, or from a fold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sla.engine.policy import ClockKind, Rules
from sla.engine.state import ClockState, Status
from sla.models import Clock
from sla.timelines import epoch, instant

_COLUMNS = (
    "timeline_id",
    "kind",
    "cycle",
    "status",
    "due_at",
    "ended_at",
    "paused_at",
    "breached_at",
    "base",
    "target",
    "elapsed",
    "promised",
    "priority",
    "calendar",
    "zone",
    "policy_number",
    "calendar_number",
    "vendor_id",
)
Look = Literal["running", "soon", "breached", "paused", "lifted", "met", "late", "ended"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A clock at one instant. `at` (aware): the due time while it runs, since when it is breached, paused or lifted, or when
    it ended; `left`: open seconds left, where there are any; `reached`: percent of the highest rung that is reached.
    """

    kind: ClockKind
    cycle: int
    look: Look
    at: datetime | None
    left: int | None
    reached: int
    promised: bool


def standings(timeline_ids: Iterable[int], rules: Mapping[int, Rules], now: datetime) -> dict[int, list[Standing]]:
    """The stored clocks of timelines as they stand at `now` (aware), by timeline, in one query. `rules` by vendor.

    What has run out since the last fold is shown as run out; what happened since is in no stored clock, see
    `folded_standings`.
    """
    held: dict[int, list[Standing]] = {}
    for row in Clock.objects.filter(timeline_id__in=list(timeline_ids)).values_list(*_COLUMNS).order_by("id"):
        found = dict(zip(_COLUMNS, row, strict=True))
        held.setdefault(found["timeline_id"], []).append(_stored(found, rules[found["vendor_id"]], epoch(now)))
    return held


def folded_standings(clocks: Iterable[ClockState], rules: Rules) -> list[Standing]:
    """The same of clocks that were folded just now."""
    return [
        _standing(
            kind=state.kind,
            cycle=state.cycle,
            status=state.status,
            promised=state.promised,
            due=state.due_at,
            ended=state.ended_at,
            stopped=state.stopped_at,
            breached=state.breached_at,
            used=state.elapsed_seconds,
            base=state.base,
            target=state.target,
            percents=_percents(rules, state.policy_version, state.kind, state.priority),
        )
        for state in clocks
    ]


def most_urgent(clocks: Iterable[Standing]) -> Standing | None:
    """The clock to look at first: a broken promise, else the running one that is due next, else one that stands still,
    else what ended last.
    """
    return min(clocks, key=_urgency, default=None)


def _urgency(clock: Standing) -> tuple[int, bool, float]:
    at = clock.at.timestamp() if clock.at else 0.0
    if clock.look in ("running", "soon", "breached"):
        return 0, not (clock.look == "breached" and clock.promised), at
    if clock.look in ("paused", "lifted"):
        return 1, clock.kind == "update", clock.left or 0
    return 2, clock.kind == "update", -at


def _stored(row: Mapping[str, object], rules: Rules, now: int) -> Standing:
    status: Status = row["status"]  # type: ignore[assignment]  # the column holds the engine's words
    kind: ClockKind = row["kind"]  # type: ignore[assignment]
    base, target, used = int(str(row["base"])), int(str(row["target"])), int(str(row["elapsed"]))
    due, breached = _epoch(row["due_at"]), _epoch(row["breached_at"])
    if status == "running" and due is not None:
        if breached is None and due <= now:
            breached = due
        if breached is None:
            open_time = rules.open_time(
                rules.calendar(str(row["calendar"]), int(str(row["calendar_number"]))), str(row["zone"])
            )
            used = base + target - open_time.measure(now, due)
        else:
            used = max(used, base + target)
    return _standing(
        kind=kind,
        cycle=int(str(row["cycle"])),
        status=status,
        promised=bool(row["promised"]),
        due=due,
        ended=_epoch(row["ended_at"]),
        stopped=_epoch(row["paused_at"]),
        breached=breached,
        used=used,
        base=base,
        target=target,
        percents=_percents(rules, int(str(row["policy_number"])), kind, str(row["priority"]) or None),
    )


def _standing(
    *,
    kind: ClockKind,
    cycle: int,
    status: Status,
    promised: bool,
    due: int | None,
    ended: int | None,
    stopped: int | None,
    breached: int | None,
    used: int,
    base: int,
    target: int,
    percents: list[int],
) -> Standing:
    reached = max((p for p in percents if used >= base - (-target * p // 100)), default=0)
    left = max(base + target - used, 0)
    if status == "cancelled":
        look, at, rest = "ended", ended, None
    elif status == "ended":
        look, at, rest = ("late" if breached is not None else "met"), ended, None
    elif breached is not None:
        look, at, rest = "breached", breached, None
    elif status in ("paused", "lifted"):
        look, at, rest = status, stopped, left
    else:
        look, at, rest = ("soon" if reached else "running"), due, left
    return Standing(kind, cycle, look, instant(at), rest, reached, promised)  # type: ignore[arg-type]  # words above


def _percents(rules: Rules, version: int, kind: ClockKind, priority: str | None) -> list[int]:
    clock = rules.policy(version).clock(kind)
    rungs = clock.rungs if clock else ()
    return [rung.percent for rung in rungs if rung.priorities is None or priority in rung.priorities]


def _epoch(moment: object) -> int | None:
    return epoch(moment) if isinstance(moment, datetime) else None
