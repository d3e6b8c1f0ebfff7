"""Every page of the customers' door and of the account is in the sweep, answers, and speaks one language alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from interfaces.common.middleware import LANGUAGE_KEY
from tests.common.test_translations import leftovers
from tests.pages import LANGUAGES, NO_PAGES, PAGES, Page, proved, routes, scenery
from tests.world import World
from vendors.models import User


def test_every_route_has_its_place_in_the_sweep() -> None:
    there, swept = set(routes()), {page.route for page in PAGES}
    assert there - swept - set(NO_PAGES) == set(), "give these a place in tests/pages.py"
    assert (swept | set(NO_PAGES)) - there <= {"styleguide"}, "these are gone"  # that one is for who builds pages
    assert swept & set(NO_PAGES) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_answers_in_one_language(world: World, client_of: Callable[[User], Client], language: str) -> None:
    seen, left, readers = scenery(), dict[str, set[str]](), dict[str, Client]()
    for page in PAGES:
        client = readers.setdefault(page.who, _reader(page, client_of, language))
        answer = client.get(seen.address(page))
        assert answer.status_code == 200, f"{page}: {answer.status_code} {answer.get('Location', '')}"
        html = answer.content.decode()
        assert f'lang="{language}"' in html, page
        if language != "en" and (found := leftovers(html, language)):
            left[str(page)] = found
    assert left == {}


def _reader(page: Page, client_of: Callable[[User], Client], language: str) -> Client:
    client = client_of(User.objects.get(email=page.who)) if page.who else Client()
    if page.who:
        session = client.session
        session[LANGUAGE_KEY] = language
        proved(session, User.objects.get(email=page.who))
        session.save()
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    return client
