"""Switches the application's wall off, for a test alone: its gates let everybody through, it takes everybody for somebody else,
and it filters by no vendor. What the database is told of the reader stays true.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.expressions import Col
from django.db.models.lookups import Exact, In
from django.db.models.sql.compiler import SQLCompiler

from interfaces.common import middleware
from interfaces.common.reader import Reader
from kernel.tenancy.models import TenantManager, TenantModel
from tests.world import House
from tickets import access as tickets
from vendors import access as vendors
from vendors.access import Member, memberships, scope_of
from vendors.models import Role

Claim = Callable[[House, Member], Member]


def staff(house: House, _: Member) -> Member:
    """Somebody is taken for an administrator of the vendor."""
    return replace(house.member("admin"), role=Role.VENDOR_ADMIN)


def other_customer(house: House, who: Member) -> Member:
    """Somebody is taken for an administrator of a customer that is not his."""
    stranger = house.member("customer_admin" if who.vendor_id != house.id else "stranger")
    return replace(stranger, role=Role.CUSTOMER_ADMIN)


CLAIMS: dict[str, Claim] = {"staff": staff, "another customer": other_customer}


@contextmanager
def gates_open(patch: pytest.MonkeyPatch, claim: Claim, houses: tuple[House, ...]) -> Iterator[None]:
    """Inside, only the database holds."""
    with patch.context() as opened:
        for module in (tickets, vendors):
            for gate in _gates(module):
                opened.setattr(gate, "__code__", _opened(gate).__code__)
        opened.setattr(TenantManager, "get_queryset", models.Manager.get_queryset)
        opened.setattr(SQLCompiler, "compile", _without_vendors(SQLCompiler.compile))
        # The database hears who it is, the application believes the claim.
        opened.setattr(Reader, "full_scope", property(lambda self: scope_of(memberships(self.user.pk), self.user.pk)))

        def claimed(user_id: int) -> tuple[Member, ...]:
            held = memberships(user_id)
            return tuple(claim(house, held[0]) for house in houses) if held else ()

        opened.setattr(middleware, "memberships", claimed)
        yield


def _gates(module: types.ModuleType) -> Iterator[Any]:
    """The functions of a gate that say which rows somebody may see or what he may do."""
    for gate in vars(module).values():
        if isinstance(gate, types.FunctionType) and gate.__module__ == module.__name__:
            answer = typing.get_type_hints(gate)["return"]
            if answer in {Q, bool} or typing.get_origin(answer) is QuerySet:
                yield gate


def _opened(gate: Any) -> Any:
    """The same function, through which everything goes. Its names are those of the gate's module."""
    hints = typing.get_type_hints(gate)
    names = ", ".join(gate.__code__.co_varnames[: gate.__code__.co_argcount])
    answer = hints["return"]
    if answer is bool:
        body = "True"
    elif answer is Q:
        body = "Q()"
    else:
        body = f"{typing.get_args(answer)[0].__name__}.objects.all()"
    made: dict[str, Any] = {}
    exec(f"def opened({names}): return {body}", gate.__globals__, made)  # nosec B102  # of our own words
    return made["opened"]


def _without_vendors(compile_: Any) -> Any:
    """Conditions that name vendors are left out of every question."""

    def compiled(self: Any, node: Any) -> Any:
        lhs = getattr(node, "lhs", None)
        if not (isinstance(node, Exact | In) and isinstance(lhs, Col) and lhs.target.column == "vendor_id"):
            return compile_(self, node)
        return ("TRUE", []) if issubclass(lhs.target.model, TenantModel) else compile_(self, node)

    return compiled
