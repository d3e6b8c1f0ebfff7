"""What the tests of colleagues and of sign-up do over and over."""

from __future__ import annotations

import re
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from kernel.outbox import services as outbox
from kernel.tenancy.scope import enter
from tests.world import House
from vendors.joining import invitations, links, signing_up
from vendors.models import Invitation, Role

NEW = "ny.person@nordic-tool.test"
PASSWORD = "tjugotre-blanka-fräsar"


def invited(house: House, email: str = NEW, who: str = "customer_admin", **words: Any) -> Invitation:
    """An invitation by an admin of the house's customer."""
    given = {"name": "Ny Person", "role": Role.CUSTOMER_USER.value, "site_id": None, "language": "en"} | words
    with enter(house.scope()):
        return invitations.invite(by=house.member(who), email=email, **given)


def link_of(row: Invitation) -> str:
    """The path of its link."""
    return f"/accounts/invitation/{row.vendor_id}/{links.secret_of(row.seed)}/"


def accepts(client: Client, link: str, **words: Any) -> Any:
    """Make a login at a link."""
    return client.post(link, {"name": "Ny Person", "password1": PASSWORD, "password2": PASSWORD} | words)


def signs_up(client: Client, email: str) -> Any:
    """Ask to sign up."""
    return client.post("/accounts/join/", {"email": email})


def answered(*houses: House) -> list[EmailMessage]:
    """The mail that came of it, after the workers."""
    signing_up.answer_waiting()
    mail.outbox.clear()
    for house in houses:
        outbox.deliver(house.id)
    return list(mail.outbox)


def links_in(letter: EmailMessage) -> list[str]:
    """The paths of the links in a letter's text."""
    return re.findall(r"https?://[^/\s]+(/\S+)", str(letter.body))


def plain(answer: Any) -> str:
    """A page without its CSRF tokens and its own address, which differ from one to the next."""
    text = re.sub(r'(csrf-token" content=|csrfmiddlewaretoken" value=)"[^"]*"', "", answer.content.decode())
    return text.replace(answer.wsgi_request.get_full_path(), "").replace(answer.wsgi_request.path, "")
