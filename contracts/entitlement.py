"""Who is served with what, by whom, and why (M1, M2, M17, O1, O11-O13, I1-I8): facts in, a verdict out.

Pure: no database, no clock, no Django. What decides stands in the vendor's file: `requesters`, `topics`, `levels`, `releases`,
`exclusions`, `contracts`, `entitlement`. An unknown fact is supposed to be each of the things that it could be. If that changes
the answer, the answer is to ask for it: an unknown fact never refuses.

The one presumption: what caused a request comes out in the work, so until it is known a request is served, and `ask` names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar, get_args

from contracts.facts import NAMES, NONE_FOUND, Facts, Held, Reason, Word
from contracts.judging import Case, Node, Open, Tree, judge
from vendors.catalog.schema import PolicyFile
from vendors.catalog.schema.offer import Cause

_Value = TypeVar("_Value")
REFUSING = frozenset({"elsewhere", "not_owed"})
GRANTED = "granted"  # what a supervisor makes of a refusal on a ticket (M17)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comes of the facts. `served_by` of "not_owed" is who can make an offer. `chargeable` None: not settled by these facts.
    `model` is a key of the vendor's compensation models. `ask` are unknown facts that would decide something, `unused` known
    ones that no rule of this vendor looks at here.
    """

    word: Word
    served_by: str | None
    chargeable: bool | None
    model: str | None
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]
    ask: tuple[str, ...]
    unused: tuple[str, ...]


class UnknownTopic(ValueError):
    """The topic is not one of the vendor's file."""


def verdict(policy: PolicyFile, facts: Facts) -> Verdict:
    """The verdict on a request under a vendor's file. Raises UnknownTopic."""
    if facts.topic is not None and facts.topic not in {topic.key for topic in policy.topics}:
        raise UnknownTopic(f"topic: {facts.topic!r} is not a topic of {policy.vendor.slug}")
    used: set[str] = set()
    presumed: set[str] = set()
    tree = _explore(policy, facts, {}, used, presumed)
    leaves = list(tree.leaves())
    asked = list(tree.questions())
    ask = {name for question in asked for name in question.names}
    if presumed and _cause_decides(policy, facts, tree):
        ask.add("cause")
    reasons = tuple(
        replace(reason, value=_value(facts, reason.fact))
        for reason in leaves[0].reasons
        if all(reason in leaf.reasons for leaf in leaves) and _known(facts, reason.fact)
    )
    words = {leaf.word for leaf in leaves}
    return Verdict(
        word=leaves[0].word if len(words) == 1 else "ask",
        served_by=_common(leaf.served_by for leaf in leaves),
        chargeable=_common(leaf.chargeable for leaf in leaves),
        model=_common(leaf.model for leaf in leaves),
        reasons=reasons,
        rules=_once([*(rule for why in reasons for rule in why.rules), *(rule for one in asked for rule in one.rules)]),
        ask=tuple(name for name in NAMES if name in ask),
        unused=tuple(name for name in NAMES if name not in used and _known(facts, name)),
    )


def _explore(
    policy: PolicyFile, facts: Facts, supposed: Mapping[str, object], used: set[str], presumed: set[str]
) -> Tree:
    """The decision tree that is left by what is known; a question whose answers lead to the same is left out."""
    case = Case(policy, facts, supposed, used, presumed)
    try:
        return judge(case)
    except Open as missing:
        question = missing.question
    branches = tuple(
        _explore(policy, facts, {**supposed, question.key: option}, used, presumed) for option in question.options
    )
    same = all(branch.decides() == branches[0].decides() for branch in branches)
    return Node(question, branches, asks=not same)


def _cause_decides(policy: PolicyFile, facts: Facts, presumed: Tree) -> bool:
    """Whether a cause that was found would change what came of presuming none."""
    found = (_explore(policy, replace(facts, cause=cause), {}, set(), set()) for cause in get_args(Cause))
    return any(tree.decides() != presumed.decides() for tree in found)


def _known(facts: Facts, name: str) -> bool:
    return bool(getattr(facts, name)) if name == "own_address" else getattr(facts, name) is not None


def _value(facts: Facts, name: str) -> str:
    value = getattr(facts, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_span(one) if isinstance(one, Held) else str(one) for one in value) or NONE_FOUND
    return str(value)


def _span(held: Held) -> str:
    return f"{held.kind} {held.starts or ''}–{held.ends or ''}"


def _common(values: Iterable[_Value]) -> _Value | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
