"""What a query means for a reader: names become keys once, then it is a condition on tickets of each of his vendors."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import reduce
from operator import and_, or_
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from contracts.entitlement import REFUSING
from sla.models import Clock
from sla.policies import Book
from tickets.machine import ACTIVE
from tickets.models import Attachment, ChecklistItem, State, TicketTag, Watcher
from tickets.queries.queue import breached
from tickets.search.fulltext import MOST, RANKED, matching
from tickets.search.horizon import Horizon, horizons
from tickets.search.language import Query, Term, WrongQuery, wrong_value
from vendors.access import Member, colleagues_of
from vendors.models import InstalledItem, Organisation, Person, Team, Vendor

_ENDED = frozenset(State) - ACTIVE
_GROUPS: Mapping[str, Collection[str]] = {"active": ACTIVE, "ended": _ENDED, "any": State.values, "open": ACTIVE}
_STATES_OF_IS = ("open", "new", "waiting", "resolved", "closed", "cancelled")
_NOBODY = Q(pk__in=[])
_MOST_NAMES = 200  # so many customers, people or items may one name mean


@dataclass(frozen=True, slots=True)
class Meaning:
    """A query with its names looked up; a `Narrowing` of the queue. `zone`: in which its dates begin."""

    query: Query
    zone: ZoneInfo
    vendors: frozenset[int] | None = None
    people: Mapping[str, Collection[int]] = field(default_factory=dict)  # by "key:value"
    horizons: Mapping[tuple[int, str], Sequence[Horizon]] = field(default_factory=dict)  # by vendor and length
    found: Sequence[int] | None = None  # keys of tickets that hold the free words, the best first; None without such

    @property
    def ranked(self) -> Sequence[int] | None:
        """The tickets in the order in which they fit the free words, where ended ones are looked for too; None: by time."""
        return None if self.only_active else self.found

    @property
    def only_active(self) -> bool:
        """Ended tickets are found if a state says so, or by words, numbers and serials, which people look up."""
        if any(self.query.of("state")):
            return all(
                t.value in ACTIVE or t.value == "active" for t in self.query.of("state") if not t.negated
            ) and any(not t.negated for t in self.query.of("state"))
        if any(not t.negated and t.value in ("resolved", "closed", "cancelled") for t in self.query.of("is")):
            return False
        return not any(not t.negated for t in self.query.of("", "number", "serial")) or any(
            not t.negated and t.value in ("open", "new", "waiting") for t in self.query.of("is")
        )

    def condition(self, member: Member, now: datetime) -> Q:
        """What must hold of a ticket of the member's vendor at `now` (aware)."""
        if self.vendors is not None and member.vendor_id not in self.vendors:
            return _NOBODY
        found = Q(state__in=ACTIVE) if self.only_active else Q()
        if self.found is not None:
            found &= Q(pk__in=self.found)
        alternatives: dict[str, list[Q]] = {}
        for term in self.query.terms:
            if term.key in ("vendor", ""):
                continue
            meant = self._meant(term, member, now)
            if term.negated:
                found &= ~meant
            elif term.key in _ALTERNATIVES:
                alternatives.setdefault(term.key, []).append(meant)
            else:
                found &= meant
        return reduce(and_, (reduce(or_, choices) for choices in alternatives.values()), found)

    def _meant(self, term: Term, member: Member, now: datetime) -> Q:
        if term.key == "is":
            return _is(term.value, member, now)
        if term.key in ("has", "no"):
            has = _HAS[term.value](member)
            return has if term.key == "has" else ~has
        if term.key == "due":
            return self._due(term, member, now)
        if term.key == "waiting":
            since = now - term.length
            return Q(state=State.WAITING) & (Q(state_at__lt=since) if term.sign == ">" else Q(state_at__gte=since))
        if term.key in ("created", "updated"):
            column = {"created": "created_at", "updated": "changed_at"}[term.key]
            begins = datetime.combine(term.day, time(), self.zone)
            return Q(**{f"{column}__{'gte' if term.sign == '>' else 'lt'}": begins})
        if f"{term.key}:{term.value}" in self.people:
            keys = self.people[f"{term.key}:{term.value}"]
            if term.key == "watcher":
                return _hangs(Watcher.objects.filter(person__in=keys))
            return Q(**{f"{_COLUMNS[term.key]}__in": keys})
        return _TERMS[term.key](term, member)

    def _due(self, term: Term, member: Member, now: datetime) -> Q:
        near = self.horizons.get((member.vendor_id, term.value), ())
        clocks = Clock.objects.filter(
            vendor_id=OuterRef("vendor_id"), timeline_id=OuterRef("timeline_id"), status=Clock.Status.RUNNING
        )
        within = reduce(
            or_,
            (Q(calendar=h.calendar, calendar_number=h.number, zone=h.zone, due_at__lte=h.until) for h in near),
            _NOBODY,
        )
        latest = max((h.until for h in near), default=now)
        meant = Q(Exists(clocks.filter(within | Q(due_at__lte=now))), due_at__lte=latest)
        return meant if term.sign == "<" else Q(due_at__isnull=False) & ~meant


def meaning_of(
    query: Query, text: str, members: Sequence[Member], books: Mapping[int, Book], now: datetime, zone: ZoneInfo
) -> Meaning:
    """The query for these memberships, at most one query for each kind of name in it. Raises WrongQuery for a name that nobody
    and nothing of theirs bears; `text` is what the places of the terms are in.
    """
    vendors = _vendors(query, text, members)
    _check_priorities(query, text, books)
    people = {}
    for term in query.terms:
        if term.key in _NAMES and term.value.lower() not in ("me", "nobody"):
            people[f"{term.key}:{term.value}"] = _NAMES[term.key](term, text, members)
    rules = {member.vendor_id: books[member.vendor_id].rules for member in members if member.vendor_id in books}
    found = {
        (vendor, term.value): near
        for term in query.of("due")
        for vendor, near in horizons(rules, term.length, now).items()
    }
    return Meaning(query, zone, vendors, people, found, _by_words(query))


def _by_words(query: Query) -> Sequence[int] | None:
    words = [term.value for term in query.words if not term.negated]
    without = [term.value for term in query.words if term.negated]
    if not words and not without:
        return None
    alone = len(query.words) == len(query.terms)
    return matching(words, without, most=RANKED if alone else MOST)


def _vendors(query: Query, text: str, members: Sequence[Member]) -> frozenset[int] | None:
    terms = list(query.of("vendor"))
    if not terms:
        return None
    slugs = dict(Vendor.objects.filter(pk__in={m.vendor_id for m in members}).values_list("slug", "pk"))
    for term in terms:
        if term.value.lower() not in slugs:
            raise wrong_value(text, term, sorted(slugs))
    wanted = {slugs[t.value.lower()] for t in terms if not t.negated} or set(slugs.values())
    return frozenset(wanted - {slugs[t.value.lower()] for t in terms if t.negated})


def _check_priorities(query: Query, text: str, books: Mapping[int, Book]) -> None:
    known = {priority.key.lower() for book in books.values() for priority in book.file.priorities}
    for term in query.of("prio"):
        if term.value.lower() not in known:
            raise wrong_value(text, term, sorted(known))


def _staff(term: Term, text: str, members: Sequence[Member]) -> Collection[int]:
    """People of the reader's own houses whose name or address holds the words."""
    return _named(term, text, colleagues_of(members), ("name", "email"))


def _customers(term: Term, text: str, members: Sequence[Member]) -> Collection[int]:
    return _named(term, text, Organisation.objects.all(), ("name",))


def _items(term: Term, text: str, members: Sequence[Member]) -> Collection[int]:
    return _named(term, text, InstalledItem.objects.all(), ("number",))


def _teams(term: Term, text: str, members: Sequence[Member]) -> Collection[int]:
    return _named(term, text, Team.objects.all(), ("name",))


def _named(
    term: Term, text: str, rows: QuerySet[Person] | QuerySet[Organisation] | QuerySet[InstalledItem] | QuerySet[Team],
    columns: Iterable[str],
) -> Collection[int]:  # fmt: skip
    """What bears the name, else what has it in its name; raises WrongQuery if nothing does."""
    columns = tuple(columns)
    exact = list(rows.filter(**{columns[0]: term.value}).values_list("pk", flat=True)[:_MOST_NAMES])
    if exact:
        return exact
    parts = reduce(or_, (Q(**{f"{column}__icontains": term.value}) for column in columns))
    found = list(rows.filter(parts).values_list("pk", flat=True)[:_MOST_NAMES])
    if not found:
        names = rows.filter(**{f"{columns[0]}__istartswith": term.value[:1]}).values_list(columns[0], flat=True)[:2000]
        raise _unknown_name(text, term, [str(name) for name in names])
    return found


def _unknown_name(text: str, term: Term, names: Sequence[str]) -> WrongQuery:
    lower = {name.lower(): name for name in names}
    return wrong_value(text, term, lower)


def _is(word: str, member: Member, now: datetime) -> Q:
    if word in _STATES_OF_IS:
        return Q(state__in=_GROUPS.get(word, [word]))
    if word in ("bug", "defect"):
        return Q(classification=word)
    if word == "breached":
        return breached(now)
    if word == "mine":
        return Q(assignee=member.person_id) if member.person_id else _NOBODY
    if word == "watched":
        return _hangs(Watcher.objects.filter(person=member.person_id)) if member.person_id else _NOBODY
    return _IS[word]


def _hangs(rows: QuerySet[TicketTag] | QuerySet[Watcher] | QuerySet[ChecklistItem] | QuerySet[Attachment]) -> Q:
    return Q(Exists(rows.filter(vendor_id=OuterRef("vendor_id"), ticket_id=OuterRef("pk"))))


def _level(term: Term, member: Member) -> Q:
    sign = {":": "exact", "<": "lt", ">": "gt"}[term.sign]
    return Q(**{f"level__{sign}": int(term.value)})


def _assignee(term: Term, member: Member) -> Q:
    if term.value.lower() == "nobody":
        return Q(assignee=None)
    return Q(assignee=member.person_id) if member.person_id else _NOBODY


def _watcher(term: Term, member: Member) -> Q:
    if term.value.lower() == "nobody":
        return ~_hangs(Watcher.objects.all())
    return _hangs(Watcher.objects.filter(person=member.person_id)) if member.person_id else _NOBODY


def _prio(term: Term, member: Member) -> Q:
    return Q(priority__iexact=term.value) | Q(priority="", claimed_priority__iexact=term.value)


_ALTERNATIVES = frozenset(
    {"state", "prio", "assignee", "customer", "serial", "team", "lang", "site", "product", "release", "topic", "number"}
)
_COLUMNS = {"assignee": "assignee", "customer": "customer", "serial": "item", "team": "team"}
_NAMES: Mapping[str, Callable[[Term, str, Sequence[Member]], Collection[int]]] = {
    "assignee": _staff,
    "watcher": _staff,
    "customer": _customers,
    "serial": _items,
    "team": _teams,
}
_IS: Mapping[str, Q] = {
    "unassigned": Q(assignee=None),
    "urgent": Q(urgent=True),
    "assumed": Q(zone_assumed=True),
    "unentitled": Q(entitlement__in=sorted(REFUSING)),
    "escalated": Q(level__gt=0),
    "paused": Q(state__in=[State.WAITING, State.THIRD_PARTY], due_at=None),
}
_HAS: Mapping[str, Callable[[Member], Q]] = {
    "assignee": lambda member: Q(assignee__isnull=False),
    "team": lambda member: Q(team__isnull=False),
    "priority": lambda member: ~Q(priority=""),
    "item": lambda member: Q(item__isnull=False),
    "topic": lambda member: ~Q(topic=""),
    "clock": lambda member: Q(due_at__isnull=False),
    "tag": lambda member: _hangs(TicketTag.objects.filter(house=member.house)),
    "checklist": lambda member: _hangs(ChecklistItem.objects.filter(house=member.house)),
    "watcher": lambda member: _hangs(Watcher.objects.all()),
    "attachment": lambda member: _hangs(Attachment.objects.filter(state=Attachment.State.READY)),
}
_TERMS: Mapping[str, Callable[[Term, Member], Q]] = {
    "prio": _prio,
    "assignee": _assignee,
    "watcher": _watcher,
    "level": _level,
    "state": lambda term, member: Q(
        state__in=_GROUPS.get(term.value, [term.value]) if term.value != "open" else ["open"]
    ),
    "tag": lambda term, member: _hangs(TicketTag.objects.filter(house=member.house, name=term.value.lower())),
    "lang": lambda term, member: Q(language__iexact=term.value),
    "site": lambda term, member: Q(site__name__icontains=term.value),
    "product": lambda term, member: Q(product__key__iexact=term.value) | Q(product__name__icontains=term.value),
    "release": lambda term, member: Q(release__name__iexact=term.value),
    "topic": lambda term, member: Q(topic__iexact=term.value),
    "number": lambda term, member: Q(number__icontains=term.value),
}
