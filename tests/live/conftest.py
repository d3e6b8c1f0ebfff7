"""An installation with real processes for one test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.live.installation import Installation, installed


@pytest.fixture
def live(
    test_template: str,
    testrun_uid: str,
    worker_id: str,
    request: pytest.FixtureRequest,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Installation]:
    name = f"test_{testrun_uid[:12]}_{worker_id}_{abs(hash(request.node.name)) % 10**6}"
    with django_db_blocker.unblock(), installed(test_template, name) as made:
        yield made
