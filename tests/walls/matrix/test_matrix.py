"""Every route, every method, everybody, every object: what the law says comes of it, and nothing else (see the package)."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.walls.matrix.asking import Asker
from tests.walls.matrix.canaries import EXEMPT, Canaries, tenant_models, texts
from tests.walls.matrix.cast import NOBODY
from tests.walls.matrix.cells import cells_of, resolved
from tests.walls.matrix.deliveries import INVITED_READ, delivered
from tests.walls.matrix.estate import make_estate
from tests.walls.matrix.judging import Judge, Log
from tests.walls.matrix.routes import ROUTES

NAMES = sorted({route.name for route in ROUTES})
_FEWEST = 10_000


@pytest.fixture(scope="module")
def judge(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Judge]:
    """The estate with its people signed in, for all cells of this worker."""
    log = Log()
    logging.getLogger().addHandler(log)
    with django_db_blocker.unblock(), transaction.atomic():
        estate = make_estate()
        canaries = Canaries(estate)
        canaries.plant()
        asker = Asker(estate)
        asker.sign_in()
        yield Judge(asker, canaries, log)
        transaction.set_rollback(True)
    logging.getLogger().removeHandler(log)


@pytest.fixture(scope="session")
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether all cells are asked, or a tenth of them."""
    deep = "deep" in (request.config.option.markexpr or "").replace("not deep", "")
    return deep or bool(os.environ.get("SUPPORTDESK_DEEP")) or os.environ.get("CI") == "true"


def test_every_route_is_classified() -> None:
    there, known = set(resolved()), set(NAMES)
    assert there - known == set(), (
        "New routes: say in tests/walls/matrix/routes.py whose door, which kind, which methods"
    )
    assert known - there == set(), "Routes that are gone: take their lines out of tests/walls/matrix/routes.py"


def test_the_matrix_is_as_large_as_it_claims(judge: Judge) -> None:
    number = Counter(cell.must for name in NAMES for cell in cells_of(name, judge.asker.estate))
    print(f"\n{number.total()} cells: " + ", ".join(f"{n} {must.value}" for must, n in number.most_common()))
    assert number.total() >= _FEWEST


@pytest.mark.parametrize("name", NAMES)
def test_what_the_law_says_comes_of_every_cell(judge: Judge, whole: bool, name: str) -> None:
    faults = judge.faults(name, whole=whole)
    assert not faults, f"{len(faults)} cells:\n" + "\n".join(faults[:40])


def test_every_text_of_every_tenant_has_a_canary_or_says_why_not(judge: Judge) -> None:
    there = {f"{model._meta.db_table}.{column.name}" for model in tenant_models() for column in texts(model)}
    missing = sorted(there - judge.canaries.planted)
    assert not missing, (
        "Make a row of it in estate.py and a rule in canaries.py, or say in EXEMPT why it holds no words"
    )


def test_no_exemption_outlives_its_field() -> None:
    there = {
        f"{model._meta.db_table}.{column.name}" for model in tenant_models() for column in model._meta.concrete_fields
    }
    there |= {name.partition(".")[2] for name in there}
    assert set(EXEMPT) - there == set()


def test_letters_tell_nobody_what_is_not_his(judge: Judge) -> None:
    """All mail that the estate has caused, written and sent."""
    faults, number = [], 0
    for who, letter in delivered(judge.asker.estate):
        number += 1
        said = letter.message().as_bytes(), str(letter.body).encode(), letter.subject.encode()
        foreign = [row for reader in who for row in judge.canaries.foreign(reader, *said)]
        foreign = [row for row in foreign if NOBODY not in who or not row.startswith(INVITED_READ)]
        faults += [f"{letter.subject} to {', '.join(who)}: {row}" for row in foreign]
    assert number > 20
    assert not faults
