"""One case, judged under a vendor's file. Whatever is unknown is asked of the case, which answers with what is supposed of it, or
raises `Open` with the question: `contracts.entitlement` then tries each answer.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from contracts.facts import NONE_FOUND, Facts, Held, Reason, Word
from vendors.catalog.schema import PolicyFile
from vendors.catalog.schema.offer import Charge, Exclusion, Level, RequesterRule, Topic

# Houses that give support themselves. Sales makes an offer, which is no support: what goes there is not owed (M17).
SUPPORTING = frozenset({"distributor", "support_partner", "channel_partner"})


@dataclass(frozen=True, slots=True)
class Question:
    """Something unknown that is about to decide: the facts to ask for, and the answers that differ."""

    key: str
    names: tuple[str, ...]
    options: tuple[object, ...]
    rules: tuple[str, ...] = ()


class Open(Exception):
    """The case can't be judged before this is answered."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.key)
        self.question = question


@dataclass(frozen=True, slots=True)
class Leaf:
    """The outcome under what is known and supposed."""

    word: Word
    served_by: str | None
    chargeable: bool | None
    model: str | None
    reasons: tuple[Reason, ...]

    def decides(self) -> Hashable:
        """All but the reasons."""
        return (self.word, self.served_by, self.chargeable, self.model)

    def leaves(self) -> Iterator[Leaf]:
        """Itself."""
        yield self

    def questions(self) -> Iterator[Question]:
        """None."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Node:
    """A question and what comes of each answer; `asks` if they differ."""

    question: Question
    branches: tuple[Tree, ...]
    asks: bool

    def decides(self) -> Hashable:
        """The outcomes by answer, without questions whose answers change nothing."""
        if not self.asks:
            return self.branches[0].decides()
        return (self.question.key, *(branch.decides() for branch in self.branches))

    def leaves(self) -> Iterator[Leaf]:
        """All outcomes that are possible."""
        for branch in self.branches:
            yield from branch.leaves()

    def questions(self) -> Iterator[Question]:
        """The questions that decide, the first first."""
        if self.asks:
            yield self.question
        for branch in self.branches if self.asks else self.branches[:1]:
            yield from branch.questions()


Tree = Leaf | Node


class Case:
    """The facts of one request; `used` collects which were looked at, `presumed` those that were taken as not there."""

    def __init__(
        self, policy: PolicyFile, facts: Facts, supposed: Mapping[str, object], used: set[str], presumed: set[str]
    ) -> None:
        self.policy, self.facts, self.supposed, self.used, self.presumed = policy, facts, supposed, used, presumed

    def requester(self) -> str:
        """Who asks (M1)."""
        kinds = tuple({_signature(rule): rule.requester for rule in reversed(self.policy.requesters)}.values())
        rules = _once(rule for row in self.policy.requesters for rule in row.rules)
        return str(self._known("requester") or self._suppose("requester", ("requester",), kinds, rules))

    def topic(self) -> Topic:
        """What it is about (I4, I5, I8, M17)."""
        policy = self.policy
        return policy.topic(str(self._known("topic") or self._suppose("topic", ("topic",), _kinds(policy))))

    def holds_contract(self, kind: str) -> bool:
        """Whether a contract of this kind is active for the site on the day (M1, I3)."""
        self.used.add("site_contracts")
        held = self.facts.site_contracts
        rules = next((row.rules for row in self.policy.contracts if row.key == kind), ())
        if held is None:
            return bool(self._suppose(f"contract {kind}", ("site_contracts",), (True, False), rules))
        return any(self._active(one, rules) for one in held if one.kind == kind)

    def release_supported(self) -> bool:
        """Whether the release is among those that are served on the day (M2)."""
        rule, facts = self.policy.releases, self.facts
        earlier = facts.earlier_releases
        count = rule.count or 0
        named = (("current_release", facts.current_release), ("previous_release", facts.previous_release))[:count]
        newest = [value for _name, value in named] + list(earlier or ())[: max(count - 2, 0)]
        missing = [name for name, value in named if value is None]
        missing += ["earlier_releases"] if count > 2 and earlier is None else []
        self.used.update(name for name, _value in named)
        self.used.update({"earlier_releases"} if count > 2 else ())
        release = self._known("release")
        if release is not None and _plain(release) in {_plain(one) for one in newest if one}:
            return True
        if release is not None and not missing:
            return False
        names = (*(("release",) if release is None else ()), *missing)
        return bool(self._suppose("release", names, (True, False), rule.rules))

    def in_warranty(self, rules: tuple[str, ...]) -> bool:
        """Whether the item's warranty holds on the day (O12)."""
        void, until = self._known("warranty_void"), self._known("warranty_until")
        on = self._known("on") if until is not None else None
        if void is True or (until is not None and on is not None and until < on):  # type: ignore[operator]  # two dates
            return False
        missing = [name for name, value in (("warranty_until", until), ("warranty_void", void)) if value is None]
        missing += ["on"] if until is not None and on is None else []
        if not missing:
            return True
        return bool(self._suppose("warranty", tuple(missing), (True, False), rules))

    def cause(self) -> str:
        """What caused it, "none" while nothing is known (M17, O11)."""
        cause = self._known("cause")
        if cause is None:
            self.presumed.add("cause")
        return str(cause or NONE_FOUND)

    def sold_by_vendor(self, rules: tuple[str, ...]) -> bool:
        """Whether the vendor sold the item itself (O1, I4)."""
        seller = self._known("seller") or self._suppose("seller", ("seller",), ("vendor", "distributor"), rules)
        return seller == "vendor"

    def handed_on(self, rules: tuple[str, ...]) -> bool:
        """Whether the house that served first handed it on to the vendor (O1, I6)."""
        known = self._known("handed_on")
        return bool(self._suppose("handed_on", ("handed_on",), (True, False), rules) if known is None else known)

    def _active(self, held: Held, rules: tuple[str, ...]) -> bool:
        if held.starts is None and held.ends is None:
            return True
        on = self._known("on")
        if on is None:
            return bool(self._suppose(f"day in {held.kind} {held.starts} {held.ends}", ("on",), (True, False), rules))
        return (held.starts is None or held.starts <= on) and (held.ends is None or on <= held.ends)  # type: ignore[operator]

    def _known(self, name: str) -> object:
        self.used.add(name)
        return getattr(self.facts, name)

    def _suppose(
        self, key: str, names: tuple[str, ...], options: tuple[object, ...], rules: tuple[str, ...] = ()
    ) -> object:
        if key in self.supposed:
            return self.supposed[key]
        raise Open(Question(key, names, options, rules))


def judge(case: Case) -> Leaf:
    """The outcome of a case. Raises Open."""
    rule, reasons = None, []
    if case.policy.requesters:
        asker = case.requester()
        rule = next((row for row in case.policy.requesters if row.requester == asker), None)
        if rule is None or rule.served_by != "vendor":
            return _not_asked_here(case, rule)
        if rule.needs_contract is None:
            reasons.append(Reason(rule.rules, "requester", "", "may_ask"))
    refusals = list(_refusals(case, rule))
    sent_on = next((house for house, _why in refusals if house in SUPPORTING), None)
    if refusals:
        house = sent_on or next((house for house, _why in refusals if house), None)
        whys = [why for by, why in refusals if not sent_on or by == sent_on]
        return _leaf(case, "elsewhere" if sent_on else "not_owed", house, whys)
    if rule and rule.needs_contract:
        reasons.append(Reason(rule.rules, "site_contracts", "", "contract_active"))
    if case.policy.releases.supported == "newest":
        reasons.append(Reason(case.policy.releases.rules, "release", "", "release_supported"))
    house, why = _house(case)
    reasons += why
    word: Word = "entitled" if house == "vendor" else "elsewhere" if house in SUPPORTING else "not_owed"
    return _leaf(case, word, house, reasons)


def _leaf(case: Case, word: Word, house: str | None, reasons: list[Reason]) -> Leaf:
    charge = _charge(case, house) if house else None
    if charge is None or house is None:
        return Leaf(word, house, None, None, tuple(reasons))
    row, fact = charge
    why = Reason(
        row.rules, fact or (reasons[-1].fact if reasons else "topic"), "", f"entitlement.charges.{row.key}.text"
    )
    return Leaf(word, house, row.chargeable, _model(case, row), (*reasons, why))


def _not_asked_here(case: Case, rule: RequesterRule | None) -> Leaf:
    if rule is None:
        rules = _once(one for row in case.policy.requesters for one in row.rules)
        return Leaf("not_owed", None, None, None, (Reason(rules, "requester", "", "nobody_served"),))
    text = f"requesters.{rule.requester}.otherwise" if rule.otherwise else "served_elsewhere"
    return _leaf(case, "elsewhere", rule.served_by, [Reason(rule.rules, "requester", "", text)])


def _refusals(case: Case, rule: RequesterRule | None) -> Iterator[tuple[str | None, Reason]]:
    """What the vendor does not owe here (M17, M2, I3, I8, O11), and who is asked instead."""
    needed = {rule.needs_contract} - {None} if rule else set()
    told = set()
    for row in case.policy.exclusions:
        if _excluded(case, row, needed, rule):
            fact, text = _told(case, row, rule)
            told.add(fact)
            rules = _once([*row.rules, *(case.topic().rules if fact == "topic" else ())])
            house = row.refer_to or (case.topic().refer_to if row.topics else None)
            yield house, Reason(rules, fact, "", text, _instead(case, row))
    if "site_contracts" not in told:
        if rule and rule.needs_contract and not case.holds_contract(rule.needs_contract):
            text = f"requesters.{rule.requester}.otherwise" if rule.otherwise else "contract_missing"
            yield None, Reason(rule.rules, "site_contracts", "", text, _contract_help(case, rule.needs_contract))
        elif any(topic.needs_contract for topic in case.policy.topics):
            topic = case.topic()
            if topic.needs_contract and not case.holds_contract(topic.needs_contract):
                how = _contract_help(case, topic.needs_contract)
                yield None, Reason(topic.rules, "site_contracts", "", "contract_missing", how)
    if "topic" not in told and any(topic.refer_to for topic in case.policy.topics):
        topic = case.topic()
        if topic.refer_to and not topic.owed:
            text = f"topics.{topic.key}.says" if topic.says else "served_elsewhere"
            yield topic.refer_to, Reason(topic.rules, "topic", "", text)
    if "release" not in told and case.policy.releases.supported == "newest" and not case.release_supported():
        yield None, Reason(case.policy.releases.rules, "release", "", "releases.says")


def _excluded(case: Case, row: Exclusion, needed: Iterable[str | None], rule: RequesterRule | None) -> bool:
    """Whether all that the exclusion names holds."""
    if row.missing_contract and not row.topics and rule is not None and row.missing_contract not in set(needed):
        return False  # partners need none (M1)
    named = bool(row.topics or row.missing_contract or row.causes) or row.unsupported_release
    return (
        named
        and (not row.topics or case.topic().key in row.topics)
        and (not row.missing_contract or not case.holds_contract(row.missing_contract))
        and (not row.unsupported_release or not case.release_supported())
        and (not row.causes or case.cause() in row.causes)
    )


def _told(case: Case, row: Exclusion, rule: RequesterRule | None) -> tuple[str, str]:
    """The fact on which an exclusion rests, and the key of its words."""
    text = f"exclusions.{row.key}.text"
    if row.missing_contract:
        friendly = rule and rule.otherwise and not row.topics
        return "site_contracts", f"requesters.{rule.requester}.otherwise" if rule and friendly else text
    if row.unsupported_release:
        return "release", text
    if row.causes:
        return "cause", text
    topic = case.topic()
    return "topic", f"topics.{topic.key}.says" if topic.says else text


def _instead(case: Case, row: Exclusion) -> str:
    """The key of what can be done about an exclusion: its own words, or how one gets the contract."""
    if row.instead:
        return f"exclusions.{row.key}.instead"
    return _contract_help(case, row.missing_contract)


def _contract_help(case: Case, kind: str | None) -> str:
    known = next((row for row in case.policy.contracts if row.key == kind), None)
    return f"contracts.{known.key}.how_to_get" if known and known.how_to_get else ""


def _house(case: Case) -> tuple[str, list[Reason]]:
    """Who serves what is owed: the level of the topic says it (O1, I4-I6)."""
    policy = case.policy
    reasons: list[Reason] = []
    if len(policy.levels) == 1:
        level = policy.levels[0]
    elif len({_serving(level) for level in policy.levels}) == 1 or policy.routing.first_contact == "vendor":
        # The levels differ by topics that are not owed, which were sorted out before.
        level = policy.level(case.topic().level)
    else:
        topic = case.topic()
        level = policy.level(topic.level)
        reasons = [Reason(topic.rules, "topic", "", f"levels.{level.key}.description")]
    house: str = level.served_by
    fact = ""
    if house != "vendor" and case.facts.own_address and policy.routing.own_address_serves:
        case.used.add("own_address")
        return "vendor", [*reasons, Reason(policy.routing.rules, "own_address", "", "came_to_vendor")]
    if house != "vendor":
        house, fact = _first_contact(case, level)
    if fact:
        text = {"seller": "vendor_sold", "handed_on": "handed_on"}[fact] if house == "vendor" else "routing.says"
        reasons.append(Reason(level.rules, fact, "", text))
    return house, reasons


def _first_contact(case: Case, level: Level) -> tuple[str, str]:
    """The house and the fact that makes it so: sold by the vendor itself, or handed on to it."""
    if level.after_hand_on and case.facts.handed_on:
        case.used.add("handed_on")
        return level.after_hand_on, "handed_on"
    if level.if_sold_by_vendor and case.sold_by_vendor(level.rules):
        return level.if_sold_by_vendor, "seller"
    if level.after_hand_on and case.handed_on(level.rules):
        return level.after_hand_on, "handed_on"
    return level.served_by, "seller" if level.if_sold_by_vendor else ""


def _charge(case: Case, house: str) -> tuple[Charge, str] | None:
    """The first row on cost that holds, and the fact on which it rests (O13, I7, I8)."""
    for row in case.policy.entitlement.charges if case.policy.entitlement else ():
        if row.served_by != house or (row.topics and case.topic().key not in row.topics):
            continue
        if row.causes and case.cause() not in row.causes:
            continue
        if row.contract and not case.holds_contract(row.contract):
            continue
        if row.warranty and case.in_warranty(row.rules) != (row.warranty == "valid"):
            continue
        void = case.facts.warranty_void is True or case.facts.warranty_until is None
        warranty = "warranty_void" if void else "warranty_until"
        facts = (
            "cause" if row.causes else "",
            "site_contracts" if row.contract else "",
            warranty if row.warranty else "",
        )
        return row, next((fact for fact in facts if fact), "topic" if row.topics else "")
    return None


def _model(case: Case, row: Charge) -> str | None:
    """The compensation model: that of an active contract, else what the row names (O13)."""
    if not row.chargeable:
        return None
    drawn = next((m.key for m in case.policy.compensation if m.contract and case.holds_contract(m.contract)), None)
    return drawn or row.model


def _serving(level: Level) -> tuple[object, ...]:
    return (level.served_by, level.if_sold_by_vendor, level.after_hand_on)


def _signature(rule: RequesterRule) -> tuple[object, ...]:
    return (rule.served_by, rule.needs_contract)


def _kinds(policy: PolicyFile) -> tuple[str, ...]:
    """A topic of each kind, told apart once for each policy that a process holds."""
    held = _told_apart.get(id(policy))
    if held is None or held[0] is not policy:
        if len(_told_apart) > _MOST_POLICIES:
            _told_apart.clear()
        kinds = {_weight(policy, topic): topic.key for topic in reversed(policy.topics)}
        held = _told_apart[id(policy)] = (policy, tuple(kinds.values()))
    return held[1]


_told_apart: dict[int, tuple[PolicyFile, tuple[str, ...]]] = {}  # holds the policy, so that its id is nobody else's
_MOST_POLICIES = 100


def _weight(policy: PolicyFile, topic: Topic) -> tuple[object, ...]:
    """What of a topic can decide; of topics alike in this one need be tried."""
    excluded = tuple(row.key for row in policy.exclusions if topic.key in row.topics)
    charges = policy.entitlement.charges if policy.entitlement else ()
    charged = tuple(row.key for row in charges if topic.key in row.topics)
    return (topic.level, topic.owed, topic.refer_to, topic.needs_contract, excluded, charged)


def _plain(release: object) -> str:
    return " ".join(str(release).casefold().split())


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
