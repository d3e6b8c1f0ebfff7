"""Colleagues: who is seen, invited, changed and removed, by whom, and what ends with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from interfaces.common.tokens import issue
from kernel.audit.models import AuditEntry
from kernel.outbox import services as outbox
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import Scope, enter
from tests.desk.conftest import questions
from tests.portal.joining import NEW, accepts, invited, link_of, links_in
from tests.world import House, World
from tickets.access import visible_tickets
from tickets.models import Ticket, Watcher
from vendors.access import member_of
from vendors.joining import colleagues, domains, invitations, links
from vendors.models import Invitation, OrganisationDomain, Person, Role, Site, User
from vendors.refusal import Refused

Signed = Callable[..., Client]
FORM = {"email": NEW, "name": "Ny Person", "role": "customer_user", "site": "", "language": "sv"}


@pytest.fixture
def admin(house: House, customer: Signed) -> Client:
    """Its customer's admin."""
    return customer(house, "customer_admin")


def at(house: House, name: str, key: int | None = None) -> str:
    """The address of a page about a house's customer's people."""
    return reverse(f"portal:{name}", args=[house.slug, *([] if key is None else [key])])


def rows(house: House, model: Any) -> list[Any]:
    """All of them."""
    with enter(house.scope()):
        return list(model.objects.order_by("pk"))


def again(house: House, who: str) -> Person:
    """A person as he is now."""
    with enter(house.scope()):
        found: Person = Person.objects.get(pk=house.people[who].pk)
        return found


# --- who sees it ------------------------------------------------------------------------------------------------------


def test_an_admin_sees_his_organisations_people_and_invitations_alone(house: House, admin: Client) -> None:
    invited(house)
    page = admin.get("/portal/people/").content.decode()
    for name in ("Karin Kund", "Nils Granne", "Anna Admin", NEW):
        assert name in page
    for foreign in ("Sam Stranger", "Paula Partner", house.people["agent"].name):
        assert foreign not in page
    assert "/portal/people/" in admin.get("/portal/").content.decode()


@pytest.mark.parametrize("who", ["customer", "partner", "agent", "admin"])
def test_for_everybody_else_there_is_no_such_page(house: House, client_of: Signed, who: str) -> None:
    client, row = client_of(house.user(who)), invited(house)
    key = house.people["neighbour"].pk
    for address in ("/portal/people/", at(house, "invite"), at(house, "colleague", key), at(house, "claim")):
        assert client.get(address).status_code == 404, address
    for address in (
        at(house, "invite"),
        at(house, "claim"),
        at(house, "colleague_remove", key),
        at(house, "invitation_resend", row.pk),
        at(house, "invitation_withdraw", row.pk),
    ):
        assert client.post(address, FORM).status_code == 404, address
    assert again(house, "neighbour").active
    assert len(rows(house, Invitation)) == 1


def test_what_is_another_organisations_or_vendors_is_absent(world: World, house: House, admin: Client) -> None:
    with enter(house.scope()):
        stranger_admin = Person.objects.create(
            name="Sara Admin", email="sara@stranger.test", role=Role.CUSTOMER_ADMIN, organisation=house.other_customer
        )
        theirs = OrganisationDomain.objects.create(organisation=house.other_customer, domain="stranger.test")
    house.people["stranger_admin"] = stranger_admin
    foreign = invited(house, "x@stranger.test", who="stranger_admin")
    elsewhere = invited(world.optocraft)
    people = [
        house.people["stranger"].pk,
        house.people["agent"].pk,
        world.optocraft.people["customer"].pk,
        10**15,
        2**70,
    ]
    for key in people:
        assert admin.get(at(house, "colleague", key)).status_code == 404
        assert admin.post(at(house, "colleague", key), {"role": "customer_admin"}).status_code == 404
        assert admin.post(at(house, "colleague_remove", key)).status_code == 404
    for key in (foreign.pk, elsewhere.pk, 10**15, 2**70):
        assert admin.post(at(house, "invitation_resend", key)).status_code == 404
        assert admin.post(at(house, "invitation_withdraw", key)).status_code == 404
    assert admin.post(at(house, "domain_forget", theirs.pk)).status_code == 404
    assert admin.get(at(world.optocraft, "invite")).status_code == 404
    assert again(house, "stranger").active
    with enter(house.scope()):
        assert OrganisationDomain.objects.filter(pk=theirs.pk).exists()
    by = house.member("customer_admin")
    for deed in (invitations.withdraw, invitations.resend):  # and by the service alone
        with pytest.raises(Refused, match="meanwhile"):
            deed(by=by, invitation_id=foreign.pk)
    with enter(house.scope()):
        site = Site.objects.create(organisation=house.other_customer, name="Theirs", country="GB")
        assert not domains.domains_of(by).exists()
    with pytest.raises(Refused, match="one of the sites"):
        invited(house, site_id=site.pk)
    with enter(Scope.of(house.id, house.customer.pk)):  # and in the database alone
        assert not Invitation.objects.filter(pk=foreign.pk).exists()
        assert not OrganisationDomain.objects.exists()


def test_an_admin_of_a_partner_does_not_manage_its_agents(house: House, client_of: Signed) -> None:
    with enter(house.scope()):
        user = User.objects.create_user("ina@partner.test", name="Ina Intern")
        Person.objects.create(user=user, name="Ina Intern", role=Role.CUSTOMER_ADMIN, organisation=house.partner)
    client, agent = client_of(user), house.people["partner"].pk
    assert "Paula Partner" not in client.get("/portal/people/").content.decode()
    assert client.get(at(house, "colleague", agent)).status_code == 404
    assert client.post(at(house, "colleague_remove", agent)).status_code == 404
    assert again(house, "partner").active


def test_the_page_costs_the_same_for_many(house: House, admin: Client) -> None:
    admin.get("/portal/people/")
    with CaptureQueriesContext(connection) as few:
        admin.get("/portal/people/")
    for n in range(6):
        invited(house, f"n{n}@nordic-tool.test")
        with enter(house.scope()):
            Person.objects.create(name=f"N {n}", role=Role.CUSTOMER_USER, organisation=house.customer, site=house.site)
    with CaptureQueriesContext(connection) as many:
        admin.get("/portal/people/")
    assert len(questions(many)) == len(questions(few))
    assert len(questions(many)) <= 16


# --- inviting ---------------------------------------------------------------------------------------------------------


def test_an_invitation_goes_out_in_the_invited_ones_language_with_who_invites_to_what(
    house: House, admin: Client
) -> None:
    assert admin.post(at(house, "invite"), FORM).status_code == 302
    outbox.deliver(house.id)
    [letter] = mail.outbox
    assert letter.to == [f"Ny Person <{NEW}>"]
    assert "bjuder in dig" in letter.subject
    for word in ("Anna Admin", "Nordic Tool AB", house.vendor.name):
        assert word in letter.body
    [row] = rows(house, Invitation)
    assert link_of(row) in links_in(letter)


def test_neither_table_nor_outbox_holds_the_secret(house: House) -> None:
    row = invited(house)
    secret = links.secret_of(row.seed)
    with enter(house.scope()), connection.cursor() as cursor:
        for table in ("vendors_invitation", "outbox_outboxmessage", "audit_auditentry"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{secret}%"])
            assert cursor.fetchone() == (0,), table
        cursor.execute("SELECT count(*) FROM audit_auditentry a WHERE a::text LIKE %s", [f"%{NEW}%"])
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("role", ["agent", "supervisor", "vendor_admin", "partner_agent", "", "x"])
def test_nobody_gives_a_role_that_he_does_not_hold(house: House, admin: Client, role: str) -> None:
    assert admin.post(at(house, "invite"), FORM | {"role": role}).status_code == 422
    key = house.people["neighbour"].pk
    assert admin.post(at(house, "colleague", key), {"role": role, "site": ""}).status_code == 422
    with pytest.raises(Refused):
        invited(house, role=role)
    with enter(house.scope()), pytest.raises(Refused):
        colleagues.change(by=house.member("customer_admin"), person_id=key, role=role, site_id=None)
    with pytest.raises(Refused):
        invited(house, who="customer")
    assert again(house, "neighbour").role == "customer_user"
    assert not rows(house, Invitation)


def test_fields_that_no_form_declares_are_not_taken(world: World, house: House, admin: Client) -> None:
    forged = {
        "vendor": world.optocraft.id,
        "organisation": house.other_customer.pk,
        "accepted_at": "2026-01-01",
        "user": 1,
    }
    admin.post(at(house, "invite"), FORM | forged)
    [row] = rows(house, Invitation)
    assert (row.vendor_id, row.organisation_id, row.accepted_at) == (house.id, house.customer.pk, None)


def test_a_site_of_somebody_else_is_refused(house: House, admin: Client) -> None:
    with enter(house.scope()):
        foreign = Site.objects.create(organisation=house.other_customer, name="London", country="GB")
    for site in (str(foreign.pk), "x", "9" * 30):
        answer = admin.post(at(house, "invite"), FORM | {"site": site})
        assert answer.status_code == 422
        assert NEW in answer.content.decode()  # nothing typed is lost


def test_the_inviter_is_told_the_same_of_every_address(world: World, house: House, admin: Client) -> None:
    said = set()
    known = ("stranger", "partner", "agent")
    for email in (NEW, *(house.people[who].email for who in known), world.optocraft.people["customer"].email):
        answer = admin.post(at(house, "invite"), FORM | {"email": email}, follow=True)
        page = answer.content.decode()
        assert answer.redirect_chain == [("/portal/people/", 302)]
        said.add(page[page.index('class="flash ') : page.index("flash-close")].replace(email, ""))
    assert len(said) == 1


def test_a_colleague_who_is_here_is_not_invited_and_bad_addresses_are_refused(house: House, admin: Client) -> None:
    for email in (
        house.people["customer"].email.upper(),
        "nobody",
        "a@b",
        "a@[127.0.0.1]",
        "a b@c.de",
        "x@y.test\nBcc: z@z.de",
    ):
        assert admin.post(at(house, "invite"), FORM | {"email": email}).status_code == 422, email
    assert admin.post(at(house, "invite"), FORM | {"name": "See http://evil.test"}).status_code == 422
    assert not rows(house, Invitation)


def test_sent_again_the_old_link_ends_and_withdrawn_the_new_one_too(
    house: House, admin: Client, client: Client
) -> None:
    old = invited(house)
    assert admin.post(at(house, "invitation_resend", old.pk)).status_code == 302
    new = rows(house, Invitation)[-1]
    assert client.get(link_of(old)).status_code == 404
    assert client.get(link_of(new)).status_code == 200
    assert admin.post(at(house, "invitation_withdraw", new.pk)).status_code == 302
    assert client.get(link_of(new)).status_code == 404
    assert admin.post(at(house, "invitation_withdraw", new.pk)).status_code == 404
    mail.outbox.clear()
    outbox.deliver(house.id)
    assert not mail.outbox  # what has ended is not sent any more
    assert NEW not in admin.get("/portal/people/").content.decode()


def test_who_has_no_login_yet_is_invited_with_what_is_known_and_keeps_his_requests(
    house: House, admin: Client, client: Client
) -> None:
    with enter(house.scope()):
        caller = Person.objects.create(
            name="Ring Upp", email=NEW, role=Role.CUSTOMER_USER, organisation=house.customer, site=house.site
        )
    page = admin.get(f"{at(house, 'invite')}?person={caller.pk}").content.decode()
    assert f'value="{NEW}"' in page
    assert 'value="Ring Upp"' in page
    admin.post(at(house, "invite"), FORM)
    accepts(client, link_of(rows(house, Invitation)[-1]))
    with enter(house.scope()):
        user = Person.objects.get(pk=caller.pk).user
    assert user is not None
    assert user.email == NEW


# --- changing and removing --------------------------------------------------------------------------------------------


def test_role_and_site_change_with_the_next_request_and_are_in_the_audit(
    house: House, admin: Client, client_of: Signed
) -> None:
    key = house.people["neighbour"].pk
    neighbour = client_of(house.user("neighbour"))
    assert neighbour.get("/portal/people/").status_code == 404
    assert admin.post(at(house, "colleague", key), {"role": "customer_admin", "site": ""}).status_code == 302
    assert neighbour.get("/portal/people/").status_code == 200
    admin.post(at(house, "colleague", key), {"role": "customer_user", "site": str(house.site.pk)})
    assert neighbour.get("/portal/people/").status_code == 404
    with enter(house.scope()):
        told = AuditEntry.objects.filter(verb="person.changed", object_id=key).order_by("pk")
        assert [(row.before["role"], row.after["role"]) for row in told] == [
            ("customer_user", "customer_admin"),
            ("customer_admin", "customer_user"),
        ]
        assert {row.actor_id for row in told} == {house.people["customer_admin"].pk}


def test_the_last_admin_stays_one_until_there_is_another(house: House, admin: Client) -> None:
    me, other = house.people["customer_admin"].pk, house.people["neighbour"].pk
    assert admin.post(at(house, "colleague", me), {"role": "customer_user", "site": ""}).status_code == 422
    assert admin.post(at(house, "colleague_remove", me)).status_code == 422
    assert again(house, "customer_admin").active
    admin.post(at(house, "colleague", other), {"role": "customer_admin", "site": ""})
    assert admin.post(at(house, "colleague_remove", me)).status_code == 302
    assert admin.get("/portal/people/").status_code == 404
    assert not again(house, "customer_admin").active


def test_whoever_is_removed_is_nobody_from_the_next_request_on(
    house: House, admin: Client, client_of: Signed, filed: Callable[..., Ticket]
) -> None:
    ticket, watched = filed(house, "neighbour"), filed(house, "customer")
    neighbour, person = client_of(house.user("neighbour")), house.people["neighbour"]
    token = {"authorization": f"Bearer {issue(house.user('neighbour'), 'script')}"}
    with enter(house.scope()):
        Watcher.objects.create(ticket=watched, person=person, at=ticket.received_at)
    pages = [f"/portal/{house.slug}/{t.number}/" for t in (ticket, watched)]
    assert [neighbour.get(page).status_code for page in pages] == [200, 200]
    assert Client().get("/api/v1/tickets/", headers=token).status_code == 200

    assert admin.post(at(house, "colleague_remove", person.pk)).status_code == 302
    for page in (*pages, "/portal/", "/portal/new/"):
        assert neighbour.get(page).status_code == 404, page
    assert neighbour.post(f"{pages[0]}write/", {"body": "Still here?"}).status_code == 404
    assert Client().get("/api/v1/tickets/", headers=token).status_code == 401
    with enter(house.scope()):
        assert not Watcher.objects.filter(person=person).exists()
        assert Ticket.objects.get(pk=ticket.pk).requester_id == person.pk
        assert visible_tickets([member_of(house.people["customer_admin"])]).filter(pk=ticket.pk).exists()
        assert AuditEntry.objects.filter(verb="person.removed", object_id=person.pk).count() == 1
        assert not OutboxMessage.objects.filter(topic="joining").exists()
    admin.get("/portal/people/")  # says once that he is removed
    assert "Nils Granne" not in admin.get("/portal/people/").content.decode()


def test_a_login_that_is_somebody_elsewhere_keeps_that_and_its_tokens(
    world: World, house: House, admin: Client, client_of: Signed
) -> None:
    user = house.user("neighbour")
    with enter(world.optocraft.scope()):
        Person.objects.create(user=user, name="Nils", role=Role.CUSTOMER_USER, organisation=world.optocraft.customer)
    token = {"authorization": f"Bearer {issue(user, 'script')}"}
    admin.post(at(house, "colleague_remove", house.people["neighbour"].pk))
    assert Client().get("/api/v1/tickets/", headers=token).status_code == 200
    assert client_of(user).get("/portal/").status_code == 200


def test_what_a_removed_or_lowered_admin_invited_to_ends(house: House, admin: Client, client: Client) -> None:
    key = house.people["neighbour"].pk
    admin.post(at(house, "colleague", key), {"role": "customer_admin", "site": ""})
    with enter(house.scope()):
        house.people["neighbour"] = Person.objects.select_related("user").get(pk=key)
    backdoor = invited(house, who="neighbour", role="customer_admin")
    assert client.get(link_of(backdoor)).status_code == 200
    admin.post(at(house, "colleague", key), {"role": "customer_user", "site": ""})
    assert client.get(link_of(backdoor)).status_code == 404
    admin.post(at(house, "colleague_remove", key))
    assert accepts(client, link_of(backdoor)).status_code == 404
    assert not User.objects.filter(email=NEW).exists()


def test_an_admin_of_two_vendors_manages_each_by_itself(world: World, client_of: Signed) -> None:
    here, there = world.mastercam, world.optocraft
    with enter(there.scope()):
        Person.objects.filter(pk=there.people["customer_admin"].pk).update(user=None)
        Person.objects.filter(pk=there.people["customer_admin"].pk).update(user=here.user("customer_admin"))
    client = client_of(here.user("customer_admin"))
    page = client.get("/portal/people/").content.decode()
    assert at(here, "invite") in page
    assert at(there, "invite") in page
    client.post(at(there, "invite"), FORM)
    assert not rows(here, Invitation)
    assert len(rows(there, Invitation)) == 1
    assert client.post(at(here, "colleague_remove", there.people["neighbour"].pk)).status_code == 404
