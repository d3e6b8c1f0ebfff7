"""What would be if: a ticket's clocks as they would stand had something more happened just now."""

from collections.abc import Sequence

from sla.engine.events import Event, Fact
from sla.engine.fold import fold
from sla.engine.policy import Rules
from sla.engine.state import Folded

_NEXT = 2**62  # a key and an order after every stored event's


def what_if(events: Sequence[Event], rules: Rules, now: int, facts: Sequence[Fact]) -> Folded:
    """The clocks at `now` (epoch seconds) if `facts` happened at this instant, after everything else: the same fold that a
    worker would make of them. Nothing is stored.
    """
    supposed = [Event(_NEXT + place, now, fact, _NEXT + place) for place, fact in enumerate(facts)]
    return fold([*events, *supposed], rules, now)
