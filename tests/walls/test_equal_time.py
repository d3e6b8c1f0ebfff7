"""Nobody learns from an answer or from its time whether an address is known here."""

from __future__ import annotations

import re
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.test import Client

from tests.world import World
from vendors.models import User

TRIES, ALIKE = 15, (0.7, 1.4)
Ask = Callable[[str], Any]


def signs_in(email: str) -> Any:
    """With a wrong password."""
    return Client().post("/accounts/login/", {"login": email, "password": "wrong-but-long-enough"})


def forgot(email: str) -> Any:
    """His password."""
    return Client().post("/accounts/password/reset/", {"email": email})


def joins(email: str) -> Any:
    """As if he had no login yet."""
    return Client().post("/accounts/join/", {"email": email})


@pytest.fixture
def kinds(world: World) -> dict[str, str]:
    """An address of each kind that there is."""
    house = world.mastercam
    User.objects.filter(pk=house.user("neighbour").pk).update(is_active=False)
    without = house.user("stranger")
    without.set_unusable_password()
    without.save()
    return {
        "unknown": "nobody@nowhere.test",
        "known": house.user("customer").email,
        "staff": house.user("agent").email,
        "disabled": house.user("neighbour").email,
        "without password": without.email,
    }


@pytest.mark.parametrize("ask", [signs_in, forgot, joins])
def test_every_address_is_answered_alike_and_in_the_same_time(kinds: dict[str, str], ask: Ask) -> None:
    answers = {kind: _said(ask(email), email) for kind, email in kinds.items()}
    for kind, said in answers.items():
        assert said == answers["unknown"], kind
    different = {kind: ratio for kind in kinds if kind != "unknown" if not _alike(ratio := _ratio(kinds, kind, ask))}
    if different:  # a machine with much to do is slow now and then: what is told apart is told apart again
        different = {kind: ratio for kind in different if not _alike(ratio := _ratio(kinds, kind, ask))}
    assert different == {}


def _alike(ratio: float) -> bool:
    return ALIKE[0] < ratio < ALIKE[1]


def _ratio(kinds: dict[str, str], kind: str, ask: Ask) -> float:
    """How long an address of this kind takes, in parts of an unknown one's: medians, measured in turn."""
    times: dict[str, list[float]] = {"unknown": [], kind: []}
    for _turn in range(TRIES):
        for name, taken in times.items():
            caches["default"].key_prefix = uuid4().hex  # or the limits on attempts would answer
            began = perf_counter()
            ask(kinds[name])
            taken.append(perf_counter() - began)
    return median(times[kind]) / median(times["unknown"])


def _said(answer: Any, email: str) -> tuple[Any, ...]:
    """Status, headers and words, without the address that was typed and what is random each time."""
    words = re.sub(r'(csrf[^>]*(?:value|content)=")[^"]*', r"\1", answer.content.decode().replace(email, "@"))
    headers = {name: value for name, value in answer.items() if name not in {"Content-Length", "Expires"}}
    return answer.status_code, headers, sorted(answer.cookies), words
