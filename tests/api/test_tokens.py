"""Tokens: made, shown once, revoked."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from interfaces.api.pages import MOST
from interfaces.common.tokens import issue
from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests.world import House, World
from vendors.models import AccessToken

pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]


def me(secret: str) -> int:
    return Client(headers={"authorization": f"Bearer {secret}"}).get("/api/v1/me/").status_code


def test_a_token_is_made_shown_once_and_revoked(house: House, client_of: Clients) -> None:
    client = client_of(house.user("customer"))
    page = client.post("/me/tokens/", {"name": "Nightly export"})
    found = re.search(r"sd_[\w-]{43}", page.content.decode())
    assert found is not None
    assert "no-store" in page["Cache-Control"]
    secret = found[0]
    assert me(secret) == 200
    listed = client.get("/me/tokens/").content.decode()
    assert "Nightly export" in listed
    assert secret not in listed
    token = AccessToken.objects.get(name="Nightly export")
    assert secret not in token.digest
    assert client.post(f"/me/tokens/{token.pk}/revoke/").status_code == 302
    assert me(secret) == 401
    assert client.post(f"/me/tokens/{token.pk}/revoke/").status_code == 404
    with enter(house.scope()):
        told = AuditEntry.objects.filter(object_type="token", object_id=token.pk).order_by("pk")
        assert list(told.values_list("verb", "subject_id")) == [
            (verb, house.people["customer"].pk) for verb in ("token.issued", "token.revoked")
        ]


def test_nobody_revokes_anothers_token(house: House, client_of: Clients) -> None:
    secret = issue(house.user("agent"), "mine")
    token = AccessToken.objects.get(user=house.user("agent"))
    assert client_of(house.user("customer")).post(f"/me/tokens/{token.pk}/revoke/").status_code == 404
    assert me(secret) == 200


def test_a_name_is_needed_and_tokens_are_few(house: House, client_of: Clients) -> None:
    client = client_of(house.user("customer"))
    assert client.post("/me/tokens/", {"name": " "}).status_code == 422
    for n in range(MOST):
        issue(house.user("customer"), str(n))
    assert client.post("/me/tokens/", {"name": "one more"}).status_code == 422
    assert Client().get("/me/tokens/").status_code == 302


def test_the_command_makes_a_token(world: World, house: House) -> None:
    out = StringIO()
    call_command("make_token", house.user("agent").email.upper(), "script", stdout=out)
    assert me(out.getvalue().strip()) == 200
    with pytest.raises(CommandError, match="no active login"):
        call_command("make_token", "nobody@nowhere.test", "x")
    with pytest.raises(CommandError, match="name"):
        call_command("make_token", house.user("agent").email, " ")
