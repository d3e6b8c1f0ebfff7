"""The application works as a role that the policies bind, or not at all."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django import DjangoDbBlocker

from kernel.tenancy.role import require_app_role
from tests import databases
from tickets.volume.database import connected


def test_it_refuses_to_start_as_the_owner_of_the_tables_and_starts_as_itself(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    name = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        with (
            connected(name, databases.owner()),
            pytest.raises(ImproperlyConfigured, match="the application's own role"),
        ):
            require_app_role()
        with connected(name, databases.app()):
            require_app_role()
