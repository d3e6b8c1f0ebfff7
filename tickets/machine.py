"""The states of a ticket as one explicit machine: which act leads from where to where."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from django.utils.translation import gettext as _

from tickets.models import State
from tickets.vocabulary import Refused


class Move(StrEnum):
    """What changes the state."""

    TAKE_UP = "take_up"  # assigned or answered for the first time
    ASK = "ask"  # a question was asked: wait for the customer
    WAIT_THIRD_PARTY = "wait_third_party"
    GO_ON = "go_on"  # the customer answered, or the wait is over
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"
    CANCEL = "cancel"
    MERGE = "merge"  # goes on in another ticket


ACTIVE = frozenset({State.NEW, State.OPEN, State.WAITING, State.THIRD_PARTY})
MOVES: Mapping[Move, Mapping[State, State]] = MappingProxyType(
    {
        Move.TAKE_UP: {state: State.OPEN if state == State.NEW else state for state in ACTIVE},
        Move.ASK: dict.fromkeys(ACTIVE, State.WAITING),
        Move.WAIT_THIRD_PARTY: dict.fromkeys(ACTIVE, State.THIRD_PARTY),
        Move.GO_ON: {
            State.WAITING: State.OPEN,
            State.THIRD_PARTY: State.OPEN,
            State.NEW: State.NEW,
            State.OPEN: State.OPEN,
        },
        Move.RESOLVE: dict.fromkeys(ACTIVE, State.RESOLVED),
        Move.REOPEN: {State.RESOLVED: State.OPEN},
        Move.CLOSE: {State.RESOLVED: State.CLOSED},
        Move.CANCEL: dict.fromkeys(ACTIVE, State.CANCELLED),
        Move.MERGE: dict.fromkeys(ACTIVE | {State.RESOLVED}, State.CANCELLED),
    }
)


def allowed(state: str, move: Move) -> bool:
    """Whether the move can be made from a state."""
    return State(state) in MOVES[move]


def after(state: str, move: Move) -> State:
    """The state to which a move leads. Raises Refused where it leads nowhere."""
    try:
        return MOVES[move][State(state)]
    except KeyError:
        raise Refused(
            _("This can't be done while the ticket is “%(state)s”.") % {"state": State(state).label}
        ) from None
