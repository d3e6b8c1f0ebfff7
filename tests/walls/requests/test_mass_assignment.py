"""What no form declares has no effect: with members of the model beside what it says, a request does the same or is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.walls.matrix.estate import Estate
from tests.walls.requests import state
from tests.walls.requests.test_foreign_ids import names
from tests.walls.requests.walk import REFUSED, Sent, Walker


def beside(estate: Estate, sent: Sent) -> dict[str, Any]:
    """Members that rows have and that no request declares here."""
    abroad, agent = estate.cast.abroad, estate.cast.person("supervisor")
    late = "2031-05-05T05:05:05Z"
    every = {
        "vendor": abroad.slug, "vendor_id": abroad.id, "role": "vendor_admin", "author": agent.pk, "author_id": agent.pk,
        "by": agent.pk, "due": late, "due_at": late, "wake_at": late, "created": late, "created_at": late, "changed_at": late,
        "received_at": late, "id": 424242, "pk": 424242, "is_staff": "1", "is_operator": "1", "is_active": "0", "active": "0",
        "houses": estate.cast.here.other_customer.pk, "state": "closed", "user": agent.user_id, "user_id": agent.user_id,
        "email": "other@elsewhere.test", "password": "another-long-word", "organisation": estate.cast.here.other_customer.pk,
        "organisation_id": estate.cast.here.other_customer.pk, "customer": estate.cast.here.other_customer.pk,
        "customer_id": estate.cast.here.other_customer.pk, "serving_house": estate.cast.here.partner.pk,
        "number": "MC-2020-000001",
        "entitlement": "granted", "visibility": "public", "by_staff": "1", "priority": "P1", "assignee_id": agent.pk,
        "shared": "1", "published_at": late, "sent_at": late, "verified_at": late, "key": 424242, "slug": "zq-slug",
    }  # fmt: skip
    return {name: value for name, value in every.items() if name not in names(sent)}


def done(estate: Estate, sent: Sent, before: state.Rows) -> tuple[int, list[str]]:
    with state.taken_back():
        answer = Walker(estate.cast.logins[sent.who]).sends(sent)
        return answer.status_code, state.likeness(state.difference(before, state.rows()))


def effects(estate: Estate, chosen: list[Sent]) -> list[str]:
    """Requests that did something else for what was beside."""
    before = state.rows()
    found = []
    for sent in chosen:
        more = beside(estate, sent)
        if sent.json is not None:
            status, change = done(estate, replace(sent, json=sent.json | more), before)
            if status < 400 or change:
                found.append(f"{sent}: {status} {change}"[:500])
        elif sent.body is None:
            plain, full = done(estate, sent, before), done(estate, sent.saying(**more), before)
            if plain != full:
                found.append(f"{sent}: {plain[0]}, {full[0]}, {set(plain[1]) ^ set(full[1])}"[:900])
    return found


def test_what_is_not_declared_has_no_effect(estate: Estate, gathered: list[Sent]) -> None:
    assert effects(estate, gathered[::12]) == []


@pytest.mark.deep
def test_what_is_not_declared_has_no_effect_anywhere(estate: Estate, gathered: list[Sent]) -> None:
    assert effects(estate, [one for one in gathered if not one.kind.startswith(REFUSED)]) == []
