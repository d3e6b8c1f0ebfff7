"""No request that changes something is done without the token of its page, whatever else is right about it."""

from __future__ import annotations

import re

import pytest
from django.middleware.csrf import _get_new_csrf_string

from tests.walls.matrix.estate import Estate
from tests.walls.requests import state
from tests.walls.requests.walk import REFUSED, Sent, Walker, accepted, patterns

# Routes that take something, but nothing that a form of theirs sends: why.
NOTHING_SENT = {
    "accounts/signup/": "leads to asking for an account, whatever is sent",
    "accounts/password/set/": "leads to changing the password: everybody has one",
    "accounts/login/code/confirm/": "signing in by a code is not offered",
    "accounts/^confirm-email/(?P<key>[-:\\w]+)/$": "addresses are verified by what invites, never by this",
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "its key comes by mail: tests/walls/test_sign_in.py",
    "api/v1/": "answers for addresses that are not there",
    "dashboards/list/export/": "whoever exports asks for it in an address",
}
# Where these begin, a second factor or a provider has to be there already, which this estate has not: their forms are not filled
# in here, only their token is left out.
NOT_REACHED = ("accounts/2fa/", "accounts/organisation/", "desk/staff/<slug:vendor>/providers/")
# Refused as they stand: nobody has such a key, and there is no such organisation.
NOT_ACCEPTED = frozenset({"accounts/organisation/", "accounts/2fa/webauthn/login/"})
# What does not look at Django's token by the middleware, and what looks at it instead.
EXEMPT = {"api/v1/": "the token of a program proves itself; for a session ReaderAuthentication asks for Django's token"}


def test_each_route_that_takes_something_is_sent_something(estate: Estate, gathered: list[Sent]) -> None:
    sent = {one.route for one in gathered}
    silent = [
        route
        for route, _view in patterns()
        if route not in sent
        and route not in NOTHING_SENT
        and not route.startswith(NOT_REACHED)
        and _takes(estate, route)
    ]
    assert silent == []


def _takes(estate: Estate, route: str) -> list[str]:
    """Methods that a route takes from somebody: what is not refused as such."""
    taken = []
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        with state.taken_back():
            statuses = {
                Walker(estate.cast.logins[who]).client.generic(method, f"/{_address(route)}").status_code
                for who in ("supervisor", "customer_admin", "operator")
            }
        if 405 not in statuses:
            taken.append(method)
    return taken


def _address(route: str) -> str:
    """An address of a route, of whatever there may be."""
    return re.sub(
        r"<(?:(\w+):)?(\w+)>",
        lambda found: "1" if found[1] == "int" else _FILLED.get(found[2], _FILLED.get(found[1], "x")),
        route,
    )


_FILLED = {
    "vendor": "mastercam",
    "number": "MC-2026-000001",
    "uuid": "00000000-0000-0000-0000-000000000001",
    "slug": "x",
}


def test_what_is_exempt_is_written_down() -> None:
    exempt = [route for route, view in patterns() if getattr(view, "csrf_exempt", False)]
    assert [route for route in exempt if not route.startswith(tuple(EXEMPT))] == []
    assert len(exempt) >= 30


def test_everything_that_is_offered_is_accepted_as_it_stands(gathered: list[Sent]) -> None:
    refused = [one for one in gathered if one.kind.startswith(REFUSED)]
    assert [str(one) for one in refused if one.route not in NOT_ACCEPTED] == []
    assert len(gathered) > 150


@pytest.mark.parametrize(
    "method", ["POST", *(pytest.param(method, marks=pytest.mark.deep) for method in ("PUT", "PATCH", "DELETE"))]
)
def test_no_route_takes_anything_without_a_token(estate: Estate, method: str) -> None:
    walker = Walker(estate.cast.logins["supervisor"], enforce_csrf_checks=True)
    taken = []
    for route, _view in patterns():
        if "(?P" not in route:
            status = walker.client.generic(method, f"/{_address(route)}").status_code
            if status not in (403, 405) and route != "api/v1/":  # which answers for what is not there
                taken.append(f"{method} {route}: {status}")
    assert taken == []


@pytest.mark.parametrize(
    "token", ["without", *(pytest.param(how, marks=pytest.mark.deep) for how in ("with a wrong one", "from elsewhere"))]
)
def test_without_its_token_nothing_is_done(estate: Estate, gathered: list[Sent], token: str) -> None:
    before = state.rows()
    done = []
    for sent in gathered:
        walker = Walker(estate.cast.logins[sent.who], enforce_csrf_checks=True)
        headers = {}
        if token != "without":
            good = _get_new_csrf_string()
            walker.client.cookies["csrftoken"] = good
            headers = {"X-CSRFToken": _get_new_csrf_string()}
        if token == "from elsewhere":
            headers = {"X-CSRFToken": good, "Origin": "https://elsewhere.test"}
        with state.taken_back():
            answer = walker.sends(sent, **headers)
            if answer.status_code != 403 or state.difference(before, state.rows()):
                done.append(f"{sent}: {answer.status_code}")
    assert done == []


def test_with_the_token_of_his_session_it_is_done(estate: Estate, gathered: list[Sent]) -> None:
    """What shows that the others were refused for the token alone."""
    refused = []
    for sent in gathered[::12]:
        walker = Walker(estate.cast.logins[sent.who], enforce_csrf_checks=True)
        token = walker.client.cookies["csrftoken"] = _get_new_csrf_string()
        with state.taken_back():
            answer = walker.sends(sent, **{"X-CSRFToken": token})
        if not accepted(answer) and not sent.kind.startswith(REFUSED):
            refused.append(f"{sent}: {answer.status_code}")
    assert refused == []
