"""What is done with a login is told to its owner by mail and written into the audit of his vendors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from interfaces.common.tokens import issue
from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests.second_factor import adds_passkey, sets_up_app, sign_in, signed_in, with_app, with_codes
from tests.world import PASSWORD, House, World
from tickets import login_mails
from vendors import letters
from vendors.models import LoginLetter, User


def told() -> list[str]:
    """The subjects of what the worker sends now, with whom it goes to."""
    mail.outbox.clear()
    letters.deliver_waiting(login_mails.deliver)
    assert not LoginLetter.objects.exists()
    return [f"{letter.subject} → {letter.to[0]}" for letter in mail.outbox]


def verbs(house: House) -> list[str]:
    with enter(house.scope()):
        return list(AuditEntry.objects.filter(verb__startswith="login.").order_by("pk").values_list("verb", flat=True))


@pytest.fixture
def committing(django_capture_on_commit_callbacks: Any) -> Callable[[], Any]:
    """What waits for a commit happens at the end of its block: a test's transaction has none."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_each_change_of_the_ways_in_is_told_and_written_down(world: World, committing: Any) -> None:
    house, user = world.mastercam, world.mastercam.user("customer")
    User.objects.filter(pk=user.pk).update(language="de")
    client = sign_in(user.email, secure=True)
    with committing():
        sets_up_app(client)
    assert told() == [f"Für Ihre Anmeldung wurde eine Authenticator-App eingerichtet → {user.name} <{user.email}>"]
    adds_passkey(client)
    assert "Passkey hinzugefügt" in told()[0]
    with committing():
        client.post("/accounts/2fa/recovery-codes/generate/", secure=True)
    assert "neue Wiederherstellungscodes" in told()[0]
    key = Authenticator.objects.get(type="webauthn").pk
    client.post(f"/accounts/2fa/webauthn/keys/{key}/remove/", secure=True)
    assert "Passkey Ihrer Anmeldung wurde entfernt" in told()[0]
    new = {"oldpassword": PASSWORD, "password1": "another-long-password-7", "password2": "another-long-password-7"}
    client.post("/accounts/password/change/", new, secure=True)
    assert "Passwort wurde geändert" in told()[0]
    assert verbs(house) == [
        "login.factor_added",
        "login.factor_added",  # the recovery codes that come with it
        "login.factor_added",
        "login.factor_removed",
        "login.factor_added",
        "login.factor_removed",
        "login.password_changed",
    ]
    with enter(house.scope()):
        entry = AuditEntry.objects.filter(verb="login.factor_added").first()
        assert entry is not None
        assert (entry.subject_id, entry.user_id, entry.after) == (
            house.people["customer"].pk,
            user.pk,
            {"type": "totp"},
        )
    assert verbs(world.optocraft) == []


def test_a_recovery_code_that_was_used_is_told(world: World) -> None:
    user = world.mastercam.user("customer")
    with_app(user)
    codes = with_codes(user)
    client = sign_in(user.email)
    client.post("/accounts/2fa/authenticate/", {"code": codes[3]})
    assert "A recovery code of your login was used" in told()[0]
    assert verbs(world.mastercam)[-1] == "login.recovery_code_used"


def test_the_operator_lets_somebody_in_again_who_lost_everything(world: World) -> None:
    user = world.mastercam.user("agent")
    client = sign_in(user.email)
    sets_up_app(client)
    token = {"Authorization": f"Bearer {issue(user, 'test')}"}
    told()
    call_command("reset_second_factor", user.email.upper())
    assert not Authenticator.objects.filter(user=user).exists()
    assert not signed_in(client)
    assert Client().get("/api/v1/tickets/", headers=token).status_code == 401
    assert signed_in(sign_in(user.email)), "the password is as it was"
    [subject] = told()
    assert "by those who run this site" in subject
    with enter(world.mastercam.scope()):
        entry = AuditEntry.objects.get(verb="login.factors_reset")
        assert (entry.source, entry.actor_id, entry.subject_id) == ("command", None, world.mastercam.people["agent"].pk)
    for mail_address in (user.email, "nobody@nowhere.test"):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", mail_address)


def test_a_forgotten_password_is_set_anew_by_the_link_alone(world: World) -> None:
    user = world.mastercam.user("customer")
    User.objects.filter(pk=world.mastercam.user("neighbour").pk).update(is_active=False)
    for address in ("nobody@nowhere.test", world.mastercam.user("neighbour").email):
        Client().post("/accounts/password/reset/", {"email": address})
    assert told() == [], "nobody is told that he is nobody"
    Client().post("/accounts/password/reset/", {"email": user.email.upper()})
    assert "A new password" in told()[0]
    place = str(mail.outbox[0].body).partition("/accounts/password/reset/key/")[2].split()[0]
    client = Client()
    page = client.get(f"/accounts/password/reset/key/{place}", follow=True)
    new = {"password1": "another-long-password-7", "password2": "another-long-password-7"}
    client.post(page.redirect_chain[-1][0], new)
    assert signed_in(sign_in(user.email, new["password1"]))
    assert "Your password was changed" in told()[0]
    again = Client().get(f"/accounts/password/reset/key/{place}", follow=True)
    assert not again.redirect_chain, "it works once"


def test_a_letter_that_did_not_go_is_tried_again_and_given_up_in_the_end(world: World) -> None:
    letters.put(letters.Letter.PASSWORD, user=world.mastercam.user("customer"))

    def refuses(_letter: LoginLetter) -> None:
        raise OSError("no mail server")

    for attempt in range(1, letters.ATTEMPTS):
        assert letters.deliver_waiting(refuses) == 1
        assert letters.deliver_waiting(refuses) == 0, "later"
        assert LoginLetter.objects.get().attempts == attempt
        LoginLetter.objects.update(not_before="2020-01-01T00:00Z")
    letters.deliver_waiting(refuses)
    assert not LoginLetter.objects.exists()
