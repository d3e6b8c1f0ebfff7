"""Rows for COPY in text format: what a life has left, table by table."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sla.engine.events import Fact, data_of, kind_of
from sla.engine.state import ClockState
from sla.timelines import due_next
from tickets.volume.cast import House
from tickets.volume.lives import Life

NULL = "\\N"
COLUMNS = {
    "sla_timeline": "id vendor_id houses wake_at folded_at due_at due_kind due_promised trouble",
    "sla_clockevent": "id vendor_id timeline_id kind at recorded_at inputs person_id reason",
    "sla_clock": "id vendor_id timeline_id kind cycle status started_at due_at ended_at paused_at breached_at base target"
    " elapsed promised priority calendar zone policy_number calendar_number",
    "sla_crossing": "id vendor_id timeline_id kind cycle percent crossed_at noticed_at superseded_at",
    "tickets_ticket": "id vendor_id timeline_id houses number subject language channel state customer_id site_id requester_id"
    " authorised_user_id item_id product_id release_id topic intake information_complete claimed_priority priority urgent"
    " urgent_reason classification outcome outcome_date cancel_reason assignee_id level team_id serving_house_id past_houses"
    " country time_zone zone_source zone_assumed entitlement follows_id merged_into_id created_at received_at resolved_at"
    " changed_at last_message_at last_message_by_staff last_author_id state_at due_at breached listed_at",
    "tickets_message": "id vendor_id ticket_id author_id house_id visibility shared_with shared_with_vendor by_staff body"
    " language channel qualified next_steps next_steps_on at recorded_at mail_id mail_in_reply_to mail_references"
    " retracted_at merged_from_id",
    "tickets_tickettag": "id vendor_id ticket_id house_id name at",
    "tickets_notification": "id vendor_id person_id ticket_id kind facts at read_at",
    "audit_auditentry": "id vendor_id at verb actor_id user_id source address subject_type subject_id object_type object_id"
    " before after houses",
    "audit_unsealed": "id vendor_id",
}
_EPOCH = date(1970, 1, 1)
_SECONDS = [f" {n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}+00" for n in range(86_400)]
_READ_AFTER, _READ_SINCE = 5 * 3600, 2 * 86_400


class Sheets:
    """Rows of a chunk of tickets by table. Keys of what hangs on tickets count on from `first`."""

    def __init__(self, first: int, mail_domain: str) -> None:
        self.rows: dict[str, list[str]] = {table: [] for table in COLUMNS}
        self._next = dict.fromkeys(COLUMNS, first)
        self._domain = mail_domain

    def text(self, table: str) -> bytes:
        """The rows of a table as COPY reads them."""
        return "".join(self.rows[table]).encode()

    def add(self, life: Life, key: int, number: str) -> None:
        """Everything of a ticket whose key, and whose timeline's, is `key`."""
        house = life.house
        folded = life.folded
        clocks: tuple[ClockState, ...] = folded.clocks if folded else ()
        due = due_next(clocks)
        houses = _array(sorted({life.asker.customer, *([life.partner] if life.partner else [])}))
        wake = folded.wake_at if folded and life.events else None
        self._put(
            "sla_timeline", key, house.vendor_id, houses, _at(wake), _at(_folded_at(life, clocks)),
            _at(due.due_at if due else None), due.kind if due else "", _yes(due.promised if due else True), "",
        )  # fmt: skip
        self._ticket(life, key, number, houses, due, clocks)
        for at, recorded_at, fact, person in life.events:
            kind, inputs = _fact(fact)
            self._new(
                "sla_clockevent", house.vendor_id, key, kind, _at(at), _at(recorded_at), inputs, _null(person), ""
            )
        for clock in clocks:
            self._clock(house, key, clock)
        for clock, crossing, noticed in life.rungs:
            self._new(
                "sla_crossing",
                house.vendor_id,
                key,
                clock.kind,
                clock.cycle,
                crossing.percent,
                _at(crossing.at),
                _at(noticed),
                NULL,
            )
        messages = [self._message(life, key, place) for place in range(len(life.messages))]
        for tag in life.tags:
            self._new("tickets_tickettag", house.vendor_id, key, NULL, tag, _at(life.created_at))
        self._audit(life, key, houses, messages)
        self._notifications(life, key, messages)

    def _ticket(
        self, life: Life, key: int, number: str, houses: str, due: ClockState | None, clocks: Iterable[ClockState]
    ) -> None:
        asker, spoken = life.asker, life.spoken
        breached = any(c.promised and c.breached and c.status in ("running", "paused", "lifted") for c in clocks)
        self._put(
            "tickets_ticket", key, life.house.vendor_id, key, houses, number, life.subject, life.language, life.channel.value,
            life.state.value, asker.customer, asker.site, asker.person, asker.person, asker.item, asker.product, asker.release,
            life.topic, _json(life.intake), _yes(life.informed), life.claimed, life.priority, _yes(life.urgent), "",
            life.classification, life.outcome, _day(life.outcome_on), life.cancel_reason, _null(life.assignee), life.level,
            _null(life.team), _null(life.partner), "{}", asker.country, asker.zone, asker.zone_source, _yes(asker.zone_assumed),
            "", NULL, NULL, _at(life.created_at), _at(life.received_at), _at(life.resolved_at), _at(life.changed_at),
            _at(spoken.at), _yes(spoken.by_staff), _null(spoken.author), _at(life.state_at), _at(due.due_at if due else None),
            _yes(breached), _at(life.listed_at),
        )  # fmt: skip

    def _clock(self, house: House, key: int, clock: ClockState) -> None:
        self._new(
            "sla_clock", house.vendor_id, key, clock.kind, clock.cycle, clock.status, _at(clock.started_at), _at(clock.due_at),
            _at(clock.ended_at), _at(clock.stopped_at), _at(clock.breached_at), clock.base, clock.target, clock.elapsed_seconds,
            _yes(clock.promised), clock.priority or "", clock.calendar, clock.zone, clock.policy_version, clock.calendar_version,
        )  # fmt: skip

    def _message(self, life: Life, key: int, place: int) -> int:
        said, vendor_id, own = life.messages[place], life.house.vendor_id, self._next["tickets_message"]
        mail_id = f"<message-{vendor_id}-{own}@{self._domain}>" if said.public and place else ""
        self._new(
            "tickets_message", vendor_id, key, _null(said.author), _null(said.house), "public" if said.public else "internal",
            "{}", "f", _yes(said.by_staff), said.body, life.language, said.channel, _yes(said.qualified), said.next_steps,
            _day(said.next_steps_on), _at(said.at), _at(said.recorded_at), mail_id, "", "", NULL, NULL,
        )  # fmt: skip
        return own

    def _audit(self, life: Life, key: int, houses: str, messages: list[int]) -> None:
        for act in life.acts:
            thing, thing_key = ("clock", NULL) if act.clock else ("ticket", str(key))
            if act.message is not None:
                thing, thing_key = "message", str(messages[act.message])
            clerk = act.clerk
            self._put("audit_unsealed", self._next["audit_auditentry"], life.house.vendor_id)
            self._new(
                "audit_auditentry", life.house.vendor_id, _at(act.at), act.verb, clerk.person if clerk else NULL,
                clerk.user or NULL if clerk else NULL, act.source, NULL, "ticket", key, thing, thing_key, _json(act.before),
                _json(act.after), houses,
            )  # fmt: skip

    def _notifications(self, life: Life, key: int, messages: list[int]) -> None:
        for told in life.told:
            about = {} if told.message is None else {"message": messages[told.message]}
            read = told.at + _READ_AFTER if told.at < life.until - _READ_SINCE else None
            self._new(
                "tickets_notification",
                life.house.vendor_id,
                told.person,
                key,
                told.word,
                _json(about),
                _at(told.at),
                _at(read),
            )

    def _new(self, table: str, *values: Any) -> None:
        self._put(table, self._next[table], *values)
        self._next[table] += 1

    def _put(self, table: str, *values: Any) -> None:
        self.rows[table].append("\t".join(map(str, values)) + "\n")


def _folded_at(life: Life, clocks: Iterable[ClockState]) -> int | None:
    """When a worker looked last: now, while a clock goes on; else when the last thing happened."""
    if not life.events:
        return None
    if any(clock.status in ("running", "paused") for clock in clocks):
        return life.until
    return max(life.events[-1][1], *(noticed for _, _, noticed in life.rungs), 0)


def _at(seconds: int | None) -> str:
    if seconds is None:
        return NULL
    day, second = divmod(seconds, 86_400)
    return _day_text(day) + _SECONDS[second]


def _day(seconds: int | None) -> str:
    return NULL if seconds is None else _day_text(seconds // 86_400)


@lru_cache(maxsize=8192)
def _day_text(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()


def _fact(fact: Fact) -> tuple[str, str]:
    held = _facts.get(fact)
    if held is None:
        held = _facts[fact] = (kind_of(fact), _json(data_of(fact)))
    return held


_facts: dict[Fact, tuple[str, str]] = {}


def _json(value: Any) -> str:
    return json.dumps(value).replace("\\", "\\\\") if value else "{}"


def _array(keys: Iterable[int]) -> str:
    return "{" + ",".join(map(str, keys)) + "}"


def _yes(value: bool) -> str:
    return "t" if value else "f"


def _null(value: int | None) -> int | str:
    return NULL if value is None else value
