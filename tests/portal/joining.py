"""What the tests of colleagues and of sign-up do over and over."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client

from kernel.outbox import services as outbox
from kernel.tenancy.scope import enter
from tests.world import House
from vendors.joining import domains, invitations, links, signing_up
from vendors.models import Invitation, OrganisationDomain, Person, Role

NEW = "ny.person@nordic-tool.test"
DOMAIN = "nordic-tool.test"
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


def verify(house: House, domain: str = DOMAIN, organisation: int | None = None) -> OrganisationDomain:
    """A domain verified by the house's staff."""
    with enter(house.scope()):
        key = organisation or house.customer.pk
        return domains.verify(by=house.member("admin"), organisation_id=key, domain=domain)


def person_of(house: House, email: str = NEW) -> Person | None:
    """Who an address is at a house."""
    with enter(house.scope()):
        return Person.objects.select_related("user").filter(user__email=email).first()


def ended(client: Client, link: str) -> bool:
    """Whether a link answers the page of all that can't be used, to a look and to a try."""
    forged = f"/accounts/invitation/{10**6}/{'x' * 43}/"
    answers = (client.get(link), accepts(client, link))
    return all((answer.status_code, plain(answer)) == (404, plain(client.get(forged))) for answer in answers)


def together(*jobs: Callable[[], Any]) -> list[Any]:
    """What the jobs answer, done by as many threads at the same time."""
    begin = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            begin.wait()
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(60) for future in [pool.submit(run, job) for job in jobs]]
