"""Coming in by an invitation or by a verified mail domain, and what nobody learns on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from kernel import clock
from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests import databases
from tests.portal.joining import NEW, PASSWORD, accepts, answered, invited, link_of, links_in, plain, signs_up
from tests.world import PASSWORD as KNOWN_PASSWORD
from tests.world import House, World, read_world
from tickets import nudge
from vendors.joining import colleagues, domains, invitations, links, signing_up
from vendors.joining.addresses import NotAnAddress, is_public, mailbox, normal, normal_domain
from vendors.joining.invitations import NoInvitation
from vendors.models import Invitation, OrganisationDomain, Person, Role, SignUp, User
from vendors.refusal import Refused

Signed = Callable[..., Client]
DOMAIN = "nordic-tool.test"


@pytest.fixture
def house(world: World) -> House:
    """Mastercam's."""
    return world.mastercam


@pytest.fixture
def verified(house: House) -> House:
    """The house, with a mail domain of its customer verified by the staff."""
    verify(house)
    return house


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


# --- the link of an invitation ----------------------------------------------------------------------------------------


def test_who_is_new_sets_name_and_password_and_is_signed_in_with_a_session_of_his_own(
    house: House, client: Client
) -> None:
    row = invited(house, role="customer_admin", site_id=house.site.pk, language="sv")
    page = client.get(link_of(row)).content.decode()
    assert "Anna Admin" in page
    client.post("/choose/language/", {"language": "en"})
    before = client.session.session_key
    assert client.get(link_of(row)).status_code == 200  # looking changes nothing
    answer = accepts(client, link_of(row), name="Nya Namnet", role="vendor_admin", email="else@where.test")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.session.session_key != before
    assert client.get("/portal/people/").status_code == 200
    person = person_of(house)
    assert person is not None
    assert person.user is not None
    assert (person.name, person.role, person.site_id) == ("Nya Namnet", "customer_admin", house.site.pk)
    assert (person.organisation_id, person.time_zone) == (house.customer.pk, "Europe/Stockholm")
    assert (person.user.language, person.user.time_zone) == ("sv", "Europe/Stockholm")
    assert EmailAddress.objects.filter(user=person.user, email=NEW, verified=True, primary=True).exists()
    assert Client().login(email=NEW, password=PASSWORD)
    with enter(house.scope()):
        assert AuditEntry.objects.filter(verb="person.joined", object_id=person.pk).count() == 1


@pytest.mark.parametrize(
    "words",
    [
        {"password2": "something-else-1"},
        {"password1": "password", "password2": "password"},
        {"password1": NEW, "password2": NEW},
        {"password1": "", "password2": ""},
        {"name": ""},
        {"name": "Win at http://evil.test"},
    ],
)
def test_a_weak_password_or_no_name_is_said_and_the_link_stays_good(
    house: House, client: Client, words: dict[str, str]
) -> None:
    row = invited(house)
    assert accepts(client, link_of(row), **words).status_code == 422
    assert not User.objects.filter(email=NEW).exists()
    assert accepts(client, link_of(row)).status_code == 302


def test_used_withdrawn_expired_forged_and_somebody_elses_links_answer_the_same(
    world: World, house: House, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, withdrawn, expired = (invited(house, f"{name}@{DOMAIN}") for name in ("used", "withdrawn", "expired"))
    accepts(Client(), link_of(used))
    with enter(house.scope()):
        invitations.withdraw(by=house.member("customer_admin"), invitation_id=withdrawn.pk)
        Invitation.objects.filter(pk=expired.pk).update(expires_at=clock.now())
    good = invited(house)
    wrong_vendor = link_of(good).replace(f"/{house.id}/", f"/{world.optocraft.id}/")
    forged = [f"/accounts/invitation/{house.id}/{secret}/" for secret in (good.seed, good.digest, "%00", "ä" * 500)]
    beyond = f"/accounts/invitation/{'9' * 40}/x/"
    for link in (link_of(used), link_of(withdrawn), link_of(expired), wrong_vendor, *forged, beyond):
        assert ended(client, link), link
    assert not ended(client, link_of(good))


def test_signed_in_with_another_address_nothing_is_revealed_and_nothing_happens(
    world: World, house: House, client_of: Signed
) -> None:
    row, stranger = invited(house), client_of(house.user("stranger"))
    assert ended(stranger, link_of(row))
    page = stranger.get(link_of(row)).content.decode()
    for secret in (NEW, "Anna Admin", "Nordic Tool", "Ny Person"):
        assert secret not in page
    with pytest.raises(NoInvitation):  # by the service alone, too
        invitations.accept(user=world.optocraft.user("customer"), vendor_id=house.id, secret=links.secret_of(row.seed))
    assert not User.objects.filter(email=NEW).exists()
    assert Client().get(link_of(row)).status_code == 200


def test_who_has_a_login_signs_in_and_joins_with_one_click(world: World, house: House, client: Client) -> None:
    user = world.optocraft.user("customer")
    row = invited(house, user.email)
    page = client.get(link_of(row)).content.decode()
    assert "password1" not in page
    assert accepts(client, link_of(row)).status_code == 200  # a password can't be set from here
    assert client.login(email=user.email, password=KNOWN_PASSWORD)
    assert client.get(link_of(row)).status_code == 200
    assert person_of(house, user.email) is None
    assert client.post(link_of(row))["Location"] == "/"
    person = person_of(house, user.email)
    assert person is not None
    assert person.user_id == user.pk
    assert client.get("/portal/").status_code == 200
    assert ended(client, link_of(row))


def test_who_is_somebody_else_at_the_vendor_cannot_join_as_well(house: House, client_of: Signed) -> None:
    for who in ("stranger", "partner", "agent"):
        row = invited(house, house.people[who].email)
        assert ended(client_of(house.user(who)), link_of(row)), who
        with enter(house.scope()):
            assert Person.objects.get(pk=house.people[who].pk).organisation_id == house.people[who].organisation_id


def test_who_was_removed_comes_back_as_the_same_person_or_joins_another_organisation(
    house: House, client_of: Signed, client: Client
) -> None:
    person = house.people["neighbour"]
    with enter(house.scope()):
        colleagues.remove(by=house.member("customer_admin"), person_id=person.pk)
    row = invited(house, person.email)
    assert client_of(house.user("neighbour")).post(link_of(row)).status_code == 302
    with enter(house.scope()):
        assert Person.objects.get(pk=person.pk).active
        colleagues.remove(by=house.member("customer_admin"), person_id=person.pk)
        house.people["other"] = Person.objects.create(
            name="Sara", email="sara@stranger.test", role=Role.CUSTOMER_ADMIN, organisation=house.other_customer
        )
    row = invited(house, person.email, who="other")
    assert client_of(house.user("neighbour")).post(link_of(row)).status_code == 302
    now = person_of(house, person.email)
    assert now is not None
    assert (now.organisation_id, now.active) == (house.other_customer.pk, True)
    assert now.pk != person.pk


@pytest.fixture
def shared(test_template: str, worker_id: str, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """A database of its own, in which every thread commits for real."""
    name = f"{test_template}_joining_{worker_id}"
    with django_db_blocker.unblock():
        databases.copy(test_template, name)
        with databases.connected(name, databases.app()), nudge.held():
            yield read_world()
        databases.drop(name)


def _together(*jobs: Callable[[], Any]) -> list[Any]:
    begin = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            begin.wait()
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(60) for future in [pool.submit(run, job) for job in jobs]]


def test_of_many_who_use_one_link_at_the_same_time_one_wins(shared: World) -> None:
    row = invited(shared.mastercam)
    done = _together(*[lambda: accepts(Client(), link_of(row)).status_code] * 6)
    assert sorted(done) == [302, 404, 404, 404, 404, 404]
    assert User.objects.filter(email=NEW).count() == 1
    with enter(shared.mastercam.scope()):
        assert Person.objects.filter(user__email=NEW).count() == 1


def test_two_admins_who_remove_each_other_leave_one(shared: World) -> None:
    house = shared.mastercam
    with enter(house.scope()):
        Person.objects.filter(pk=house.people["neighbour"].pk).update(role=Role.CUSTOMER_ADMIN)
        house.people["neighbour"] = Person.objects.select_related("user").get(pk=house.people["neighbour"].pk)

    def removes(who: str, whom: str) -> Callable[[], str]:
        def job() -> str:
            try:
                with enter(house.scope()):
                    colleagues.remove(by=house.member(who), person_id=house.people[whom].pk)
            except Refused:
                return "refused"
            return "removed"

        return job

    done = _together(removes("neighbour", "customer_admin"), removes("customer_admin", "neighbour"))
    assert sorted(done) == ["refused", "removed"]


# --- asking to sign up ------------------------------------------------------------------------------------------------


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
    same = [a.status_code for a in _together(*[tries(f"{run}+{n}@{DOMAIN}", place) for n, place in enumerate(places)])]
    assert same.count(302) == 3
    assert set(same) == {302, 429}
    one = _together(*[tries(f"{run}{n}@{DOMAIN}", f"fd01:{run[:4]}:{run[4:8]}::{n}") for n in range(20)])
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


# --- mail domains -----------------------------------------------------------------------------------------------------


def test_an_admin_claims_a_domain_and_its_postmaster_confirms_it_once(
    house: House, customer: Signed, client: Client
) -> None:
    admin = customer(house, "customer_admin")
    answer = admin.post(f"/portal/people/{house.slug}/domains/new/", {"domain": "@Nordic-Tool.test.", "asked": "admin"})
    assert answer.status_code == 302
    [letter] = answered(house)
    assert letter.to == [f"admin@{DOMAIN}"]
    [link] = [path for path in links_in(letter) if "/domain/" in path]
    assert links.secret_of("x") not in link
    assert client.get(link).status_code == 200
    signs_up(client, NEW)
    assert answered(house) == []  # only looked at, not yet confirmed
    assert client.post(link).status_code == 200
    assert client.post(link).status_code == 404
    signs_up(client, NEW)
    assert len(answered(house)) == 1
    assert "Verified" in admin.get("/portal/people/").content.decode()
    with enter(house.scope()):
        assert [row.verb for row in AuditEntry.objects.filter(subject_type="domain").order_by("pk")] == [
            "domain.claimed",
            "domain.verified",
        ]


def test_a_domain_is_one_organisations_at_a_vendor_and_who_claims_it_too_learns_nothing(
    world: World, house: House, customer: Signed
) -> None:
    verify(house, "shared.test", organisation=house.other_customer.pk)
    admin = customer(house, "customer_admin")
    for domain in ("shared.test", "free.test"):
        answer = admin.post(f"/portal/people/{house.slug}/domains/new/", {"domain": domain, "asked": "postmaster"})
        assert (answer.status_code, answer["Location"]) == (302, "/portal/people/")
    taken, free = answered(house)
    statuses = []
    for letter in (taken, free):
        [link] = [path for path in links_in(letter) if "/domain/" in path]
        statuses.append(Client().post(link).status_code)
    assert sorted(statuses) == [200, 404]
    with pytest.raises(Refused):
        verify(house, "shared.test")
    verify(world.optocraft, "shared.test")  # another vendor's customers are others


@pytest.mark.parametrize(
    "domain", ["gmail.com", "GMX.de", "mail.fastmail.com", "co", "127.0.0.1", "a b.de", "", "-x.de"]
)
def test_public_providers_and_what_is_no_domain_are_refused(house: House, customer: Signed, domain: str) -> None:
    admin = customer(house, "customer_admin")
    form = {"domain": domain, "asked": "postmaster"}
    assert admin.post(f"/portal/people/{house.slug}/domains/new/", form).status_code == 422
    forged = {"domain": "fine.test", "asked": "me"}
    assert admin.post(f"/portal/people/{house.slug}/domains/new/", forged).status_code == 422
    with pytest.raises(Refused):
        verify(house, domain)


def test_staff_verify_domains_of_their_customers_and_nobody_else_does(
    world: World, house: House, client_of: Signed
) -> None:
    form = {"organisation": "nordic tool ab", "domain": DOMAIN}
    new = f"/desk/staff/{house.slug}/domains/new/"
    for user in (
        house.user("agent"),
        house.user("partner"),
        house.user("customer_admin"),
        world.optocraft.user("admin"),
    ):
        assert client_of(user).post(new, form).status_code == 404
        assert client_of(user).get("/desk/staff/domains/").status_code == (
            404 if user != world.optocraft.user("admin") else 200
        )
    admin = client_of(house.user("admin"))
    assert admin.post(new, form | {"organisation": "Nobody"}).status_code == 422
    assert admin.post(new, form).status_code == 302
    assert DOMAIN in admin.get("/desk/staff/domains/").content.decode()
    with enter(house.scope()):
        row = OrganisationDomain.objects.get()
    assert row.organisation_id == house.customer.pk
    foreign = client_of(world.optocraft.user("admin"))
    assert DOMAIN not in foreign.get("/desk/staff/domains/").content.decode()
    assert foreign.post(f"/desk/staff/{world.optocraft.slug}/domains/{row.pk}/remove/").status_code == 404
    assert admin.post(f"/desk/staff/{house.slug}/domains/{row.pk}/remove/").status_code == 302


def test_addresses_have_one_form() -> None:
    assert normal(" Åsa@Example.COM. ".replace("Å", "A")) == "asa@example.com"
    assert normal("x@BÜCHER.example") == "x@xn--bcher-kva.example"
    assert normal_domain("ＢÜcher.Example.") == "xn--bcher-kva.example"
    assert mailbox("a+b+c@d.test") == "a@d.test"
    assert mailbox("+b@d.test") == "+b@d.test"
    assert is_public("gmail.com")
    assert not is_public("notgmail.com")
    wrong = ["a", "a@", "@b.de", "a@b", "a@@b.de", "a@b..de", "a@.de", "a@b.de,c@d.de", "a@1.2.3.4"]
    for address in (*wrong, "a b@c.de", f"{'a' * 250}@b.de"):
        with pytest.raises(NotAnAddress):
            normal(address)


def test_what_ended_long_ago_is_forgotten(house: House) -> None:
    row = invited(house)
    with enter(house.scope()):
        assert invitations.clear_old(house.id) == 0
        Invitation.objects.filter(pk=row.pk).update(expires_at=clock.now() - timedelta(days=31))
        assert invitations.clear_old(house.id) == 1
