"""Who of several people gets a piece of work: who can do it, has room, and is next in turn or has least. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """How one of those who can is chosen; the values go into the audit."""

    IN_TURN = "in_turn"
    LEAST = "least"


@dataclass(frozen=True, slots=True)
class Wants:
    """What a piece of work asks for: its language, the keys of its product and topic, and how far up it has been taken."""

    language: str
    about: frozenset[str] = frozenset()
    level: int = 0


@dataclass(slots=True)
class Hand:
    """Somebody who can take work. No skills means all; `load` is what he has, `limit` how much he gets by himself."""

    person_id: int
    languages: frozenset[str]
    skills: frozenset[str] = frozenset()
    level: int = 0
    load: int = 0
    limit: int | None = None

    def can(self, work: Wants) -> bool:
        """Whether he speaks the language, knows the product or the topic, and stands high enough."""
        knows = not self.skills or not work.about or bool(self.skills & work.about)
        return work.language in self.languages and knows and work.level <= self.level

    @property
    def has_room(self) -> bool:
        """Whether he has less than his limit."""
        return self.limit is None or self.load < self.limit


class Sharing:
    """Shares work out, piece by piece; `last` is the key of whoever got the last one, and is kept up to date."""

    def __init__(self, hands: Iterable[Hand], rule: Rule, last: int | None = None) -> None:
        self.hands: Sequence[Hand] = sorted(hands, key=lambda hand: hand.person_id)
        self.rule, self.last = rule, last

    def give(self, work: Wants) -> int | None:
        """The key of whoever gets the work, or None if nobody can. Among equals it goes in turn."""
        fit = [hand for hand in self._in_turn() if hand.has_room and hand.can(work)]
        if not fit:
            return None
        chosen = min(fit, key=lambda hand: hand.load) if self.rule is Rule.LEAST else fit[0]
        chosen.load += 1
        self.last = chosen.person_id
        return chosen.person_id

    def _in_turn(self) -> list[Hand]:
        last = self.last or 0
        return [h for h in self.hands if h.person_id > last] + [h for h in self.hands if h.person_id <= last]
