"""An estate in a database of its own, whose every test is taken back; its rows can all be read, to see what changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.db import transaction
from pytest_django import DjangoDbBlocker

from kernel.clock import moved_to
from tests import databases
from tests.walls.matrix.estate import Estate, make_estate
from tests.walls.requests import state
from tests.walls.requests.scene import furnish
from tests.walls.requests.walk import Gathered, Sent, Visit, gather
from tickets import nudge
from tickets.volume.database import connected

AGE = timedelta(hours=2)  # all of it was filed so long ago: something may have been said by telephone since


HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share one estate and one way through its pages, so one worker of a parallel run has them all."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("requests"))


@pytest.fixture(scope="package")
def laid_open(
    test_template: str, testrun_uid: str, worker_id: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Estate]:
    """The estate, committed."""
    name = f"test_{testrun_uid[:12]}_{worker_id}_requests"
    with django_db_blocker.unblock():
        databases.copy(test_template, name)
        state.lay_open(name)
        with connected(name, databases.app()), nudge.held():
            with moved_to(datetime.now(UTC) - AGE):
                made = furnish(make_estate())
            state.leave_room(name)
            yield made
        databases.drop(name)


@pytest.fixture
def estate(laid_open: Estate, django_db_blocker: DjangoDbBlocker) -> Iterator[Estate]:
    """The estate; what happens to it is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield laid_open
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def found(laid_open: Estate, django_db_blocker: DjangoDbBlocker) -> Gathered:
    """What there is to be found on all pages."""
    caches["default"].key_prefix = uuid4().hex  # how often one may ask is counted there
    with django_db_blocker.unblock(), state.taken_back():
        return gather(laid_open)


@pytest.fixture
def gathered(found: Gathered) -> list[Sent]:
    """Every request that the pages offer."""
    return found.requests


@pytest.fixture
def visits(found: Gathered) -> list[Visit]:
    """Every kind of page, for each who sees it."""
    return found.visits
