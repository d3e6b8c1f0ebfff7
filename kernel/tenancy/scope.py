"""The scope: which vendors, and for customers and partners which organisations, the running code may touch."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction


class NoScope(RuntimeError):
    """Tenant rows were asked for outside any scope."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be seen: the vendors in `open` whole (their own staff, the workers); of other vendors only the rows of one's
    own house, as pairs of vendor and organisation in `limited`; `user` is the login, who always finds his memberships.
    """

    open: frozenset[int] = frozenset()
    limited: frozenset[tuple[int, int]] = frozenset()
    user: int | None = None

    @classmethod
    def of(cls, vendor: int, organisation: int | None = None) -> "Scope":
        """The scope of one vendor, limited to one organisation if given."""
        return cls(frozenset({vendor})) if organisation is None else cls(limited=frozenset({(vendor, organisation)}))

    @property
    def vendors(self) -> frozenset[int]:
        """All vendors of which something may be seen."""
        return self.open | {vendor for vendor, _ in self.limited}

    @property
    def organisations(self) -> frozenset[int]:
        """The organisations to which the limited vendors are limited."""
        return frozenset(organisation for _, organisation in self.limited)

    @property
    def vendor(self) -> int:
        """The one vendor of this scope; a write names exactly one. Raises NoScope if there are several or none."""
        if len(self.vendors) != 1:
            raise NoScope(f"This needs a scope of exactly one vendor; it has {len(self.vendors)}.")
        return next(iter(self.vendors))

    def only(self, vendor: int) -> "Scope":
        """This scope narrowed to one vendor."""
        return Scope(self.open & {vendor}, frozenset(pair for pair in self.limited if pair[0] == vendor), self.user)


_current: ContextVar[Scope | None] = ContextVar("scope", default=None)
_memory: ContextVar[dict[Any, Any] | None] = ContextVar("memory", default=None)
_SET = (
    "SELECT set_config('app.vendors', %s, true), set_config('app.open', %s, true),"
    " set_config('app.organisations', %s, true), set_config('app.user', %s, true)"
)


def current() -> Scope:
    """The scope that is open. Raises NoScope outside any."""
    scope = _current.get()
    if scope is None:
        raise NoScope("Tenant rows need a scope: enter one with kernel.tenancy.scope.enter().")
    return scope


def memory() -> dict[Any, Any]:
    """What was read once and holds for as long as the outermost scope that is open; nothing is kept outside any."""
    held = _memory.get()
    return {} if held is None else held


@contextmanager
def enter(scope: Scope, *, savepoint: bool = True) -> Iterator[Scope]:
    """Open `scope` for the ORM and for the database, in a transaction that the block encloses.

    What runs after commit is outside: it must enter a scope of its own. Without a `savepoint` an error inside a scope that is
    open already takes back the enclosing block too: for steps whose errors nobody catches in between.
    """
    outer = _current.get()
    nested = connection.in_atomic_block
    with transaction.atomic(savepoint=savepoint):
        if scope != outer:
            _tell_database(scope)
        token = _current.set(scope)
        kept = _memory.set({}) if outer is None else None
        try:
            yield scope
        finally:
            _current.reset(token)
            if kept is not None:
                _memory.reset(kept)
        # A SET LOCAL lasts to the end of the transaction, so inside one the scope before must be handed back.
        if nested and scope != outer and not connection.needs_rollback:
            _tell_database(outer or Scope())


def _tell_database(scope: Scope) -> None:
    user = "" if scope.user is None else str(scope.user)
    with connection.cursor() as cursor:
        cursor.execute(_SET, [_keys(scope.vendors), _keys(scope.open), _keys(scope.organisations), user])


def _keys(keys: frozenset[int]) -> str:
    return ",".join(str(key) for key in sorted(keys))
