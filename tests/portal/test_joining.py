"""Signing up by a verified mail domain, and what nobody learns on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kernel.tenancy.scope import enter
from tests.portal.joining import (
    DOMAIN,
    NEW,
    accepts,
    answered,
    ended,
    invited,
    link_of,
    links_in,
    person_of,
    plain,
    signs_up,
    together,
    verify,
)
from tests.world import House, World
from vendors.joining import colleagues, domains, signing_up
from vendors.models import Invitation, OrganisationDomain, Person, SignUp, User

Signed = Callable[..., Client]


def test_the_page_answers_every_address_alike_with_the_same_work(world: World, verified: House) -> None:
    """Known, unknown, invited, of a verified domain, removed, another tenant's: one answer, one row, the same questions."""
    invited(verified, f"invited@{DOMAIN}")
    emails = [
        verified.people["customer"].email,
        verified.people["agent"].email,
        world.optocraft.people["customer"].email,
        world.operator.email,
        f"new@{DOMAIN}",
        f"invited@{DOMAIN}",
        "nobody@nowhere.test",
        "somebody@gmail.com",
    ]
    said, asked = set(), set()
    signs_up(Client(), "first@warm.test")
    for email in emails:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = signs_up(Client(), email)
        said.add((answer.status_code, answer["Location"], answer.content, tuple(sorted(answer.cookies))))
        asked.add(tuple(query["sql"].partition(" VALUES")[0] for query in queries.captured_queries))
    assert said == {(302, "/accounts/join/sent/", b"", ())}
    assert len(asked) == 1
    assert SignUp.objects.count() == len(emails) + 1
    assert plain(Client().get("/accounts/join/sent/")) == plain(Client().get("/accounts/join/sent/"))
    assert Client().get("/accounts/signup/")["Location"] == "/accounts/join/"


def test_an_address_of_the_domain_gets_a_link_and_becomes_a_colleague_without_any_rights(
    verified: House, client: Client
) -> None:
    signs_up(client, " NEW.Person@Nordic-Tool.Test. ")
    [letter] = answered(verified)
    assert letter.to == ["new.person@nordic-tool.test"]
    [link] = [path for path in links_in(letter) if "invitation" in path]
    assert accepts(client, link, name="Själv Anmäld").status_code == 302
    person = person_of(verified, "new.person@nordic-tool.test")
    assert person is not None
    assert (person.role, person.organisation_id) == ("customer_user", verified.customer.pk)
    assert client.get("/portal/").status_code == 200
    assert client.get("/portal/people/").status_code == 404
    assert ended(Client(), link)
    assert not SignUp.objects.exists()


@pytest.mark.parametrize(
    "email",
    [
        "a@sub.nordic-tool.test",
        "a@nordic-tool.test.evil.test",
        "a@xnordic-tool.test",
        "a@nordic-tool.tes",
        "a@gmail.com",
    ],
)
def test_another_domain_gets_no_mail_a_subdomain_neither(world: World, verified: House, email: str) -> None:
    signs_up(Client(), email)
    assert answered(*world.houses) == []
    assert not SignUp.objects.exists()


def test_who_has_a_login_is_told_by_mail_that_he_has_one(world: World, verified: House) -> None:
    user = verified.user("customer")
    User.objects.filter(pk=user.pk).update(language="sv")
    verify(verified, "mastercam.test")
    signs_up(Client(), user.email.upper())
    [letter] = answered(*world.houses)
    assert letter.to == [f"{user.name} <{user.email}>"]
    assert "redan en inloggning" in letter.body  # in his language
    assert "/accounts/password/reset/" in links_in(letter)
    with enter(verified.scope()):
        assert not Invitation.objects.exists()


def test_a_login_from_elsewhere_joins_by_the_domain_with_one_click(
    world: World, house: House, client_of: Signed
) -> None:
    verify(house, "optocraft.test")
    user = world.optocraft.user("customer")
    signs_up(Client(), user.email)
    [letter] = answered(*world.houses)
    [link] = [path for path in links_in(letter) if "invitation" in path]
    assert client_of(user).post(link).status_code == 302
    assert person_of(house, user.email) is not None


def test_an_invited_one_who_asks_gets_his_invitation_again_not_a_smaller_one(verified: House, client: Client) -> None:
    row = invited(verified, role="customer_admin")
    answered(verified)
    signs_up(client, NEW)
    [letter] = answered(verified)
    assert link_of(row) in links_in(letter)
    accepts(client, link_of(row))
    person = person_of(verified)
    assert person is not None
    assert person.role == "customer_admin"


@pytest.mark.parametrize("again", ["nils@nordic-tool.test", "nils+2@nordic-tool.test"])
def test_whom_an_admin_removed_does_not_come_back_by_the_domain(world: World, verified: House, again: str) -> None:
    person = verified.people["neighbour"]
    with enter(verified.scope()):
        Person.objects.filter(pk=person.pk).update(email="nils@nordic-tool.test")
        User.objects.filter(pk=verified.user("neighbour").pk).update(email="nils@nordic-tool.test")
        colleagues.remove(by=verified.member("customer_admin"), person_id=person.pk)
    signs_up(Client(), again)
    assert answered(*world.houses) == []


def test_a_domain_that_is_taken_away_takes_its_links_along(verified: House, client: Client) -> None:
    signs_up(client, NEW)
    [letter] = answered(verified)
    [link] = [path for path in links_in(letter) if "invitation" in path]
    with enter(verified.scope()):
        domains.remove(by=verified.member("customer_admin"), domain_id=OrganisationDomain.objects.get().pk)
    assert ended(client, link)


def test_asking_is_limited_by_mailbox_and_by_remote_address_also_at_the_same_time(shared: World) -> None:
    def tries(email: str, address: str) -> Callable[[], Any]:
        return lambda: signs_up(Client(REMOTE_ADDR=address), email)

    # Threads count under one prefix for all runs: so nobody has asked under these names before.
    run = uuid4().hex
    places = [f"fd00:{run[:4]}:{run[4:8]}:{n}::1" for n in range(12)]
    same = [a.status_code for a in together(*[tries(f"{run}+{n}@{DOMAIN}", place) for n, place in enumerate(places)])]
    assert same.count(302) == 3
    assert set(same) == {302, 429}
    one = together(*[tries(f"{run}{n}@{DOMAIN}", f"fd01:{run[:4]}:{run[4:8]}::{n}") for n in range(20)])
    assert [answer.status_code for answer in one].count(302) == 10
    assert SignUp.objects.count() == 13
    assert all("Too many tries" in answer.content.decode() for answer in one if answer.status_code != 302)


@pytest.mark.parametrize(
    "email",
    ["", "nobody", "a@b", "@nordic-tool.test", "a@nordic-tool.test\r\nBcc: b@c.de", "a\0@b.de", "x" * 300 + "@b.de"],
)
def test_what_is_no_address_is_said_at_its_field(db: None, email: str) -> None:
    answer = signs_up(Client(), email)
    assert answer.status_code == 422
    assert not SignUp.objects.exists()


def test_one_that_fails_keeps_nobody_else_waiting(verified: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for email in ("breaks@nowhere.test", NEW):
        signing_up.ask(email=email, language="en")
    real = signing_up._answer

    def answer(row: SignUp) -> None:
        if row.email.startswith("breaks"):
            raise RuntimeError("broken")
        real(row)

    monkeypatch.setattr(signing_up, "_answer", answer)
    assert [letter.to for letter in answered(verified)] == [[NEW]]
    assert not SignUp.objects.exists()
