"""The test database, the standing cast, and clients signed in as its people."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.test import Client
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from kernel.tenancy.scope import enter
from tests import databases
from tests.world import World, read_world
from tickets import nudge
from tickets.volume.database import connected
from vendors.access import memberships, scope_of
from vendors.models import User

# How long an example takes says more about what else runs here than about our code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, unless `-m deep` or SUPPORTDESK_DEEP asks for it."""
    if "deep" in (config.option.markexpr or "") or os.environ.get("SUPPORTDESK_DEEP"):
        return
    for item in items:
        if item.get_closest_marker("deep"):
            item.add_marker(pytest.mark.skip(reason="takes long: bin/test --deep runs it"))


@pytest.fixture(scope="session")
def test_template(django_db_blocker: DjangoDbBlocker) -> str:
    """The name of the template database with the cast in it."""
    with django_db_blocker.unblock():
        return databases.make_template()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    test_template: str,
    worker_id: str,
    testrun_uid: str,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """A copy of the template for this worker, used as the app's role: what a test sees, row-level security lets through."""
    name = f"test_{testrun_uid[:12]}_{worker_id}"
    with django_db_blocker.unblock():
        databases.copy(test_template, name)
        with connected(name, databases.app()):
            yield
        databases.drop(name)


@pytest.fixture(scope="session")
def bare_database(
    django_db_setup: None, test_template: str, worker_id: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """The name of a database like the others, but without row-level security."""
    name = f"{test_template}_bare_{worker_id}"
    with django_db_blocker.unblock():
        databases.copy(test_template, name)
        databases.lay_bare(name)
        yield name
        databases.drop(name)


@pytest.fixture(params=["both walls", "the application alone"])
def each_wall(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test runs twice, the second time without the database's wall: what the application's gates let through shows."""
    if request.param == "both walls":
        yield
        return
    with django_db_blocker.unblock(), connected(request.getfixturevalue("bare_database"), databases.app()):
        yield


@pytest.fixture(autouse=True)
def _own_cache(settings: Any) -> None:
    """Rate limits count in the cache: no test uses up what another is allowed, and being quick is no fault in tests."""
    caches["default"].key_prefix = uuid4().hex
    settings.API_REQUESTS_PER_MINUTE = 1_000_000


@pytest.fixture
def world(db: None) -> World:
    """The standing cast: three vendors from the catalog with their people."""
    return read_world()


@pytest.fixture
def shared(test_template: str, worker_id: str, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The cast in a database of this test's own, in which everything is committed, by every thread; no worker is nudged."""
    name = f"{test_template}_shared_{worker_id}"
    with django_db_blocker.unblock():
        databases.copy(test_template, name)
        with connected(name, databases.app()), nudge.held():
            yield read_world()
        databases.drop(name)


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """A client signed in as somebody."""

    def signed_in(user: User, **defaults: Any) -> Client:
        client = Client(**defaults)
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def as_person() -> Iterator[Callable[[User], None]]:
    """Enter the scope of a login for the rest of the test."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def enter_as(user: User) -> None:
            stack.enter_context(enter(scope_of(memberships(user.pk), user.pk)))

        yield enter_as
