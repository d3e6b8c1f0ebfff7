"""The scope: which vendors, and for customers and partners which organisations, the running code may touch."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

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


@contextmanager
def enter(scope: Scope) -> Iterator[Scope]:
    """Open `scope` for the ORM and for the database, in a transaction that the block encloses.

    What runs after commit is outside: it must enter a scope of its own.
    """
    outer = _current.get()
    nested = connection.in_atomic_block
    with transaction.atomic():
        if scope != outer:
            _tell_database(scope)
        token = _current.set(scope)
        try:
            yield scope
        finally:
            _current.reset(token)
        # A SET LOCAL lasts to the end of the transaction, so inside one the scope before must be handed back.
        if nested and scope != outer and not connection.needs_rollback:
            _tell_database(outer or Scope())


def _tell_database(scope: Scope) -> None:
    user = "" if scope.user is None else str(scope.user)
    with connection.cursor() as cursor:
        cursor.execute(_SET, [_keys(scope.vendors), _keys(scope.open), _keys(scope.organisations), user])


def _keys(keys: frozenset[int]) -> str:
    return ",".join(str(key) for key in sorted(keys))
