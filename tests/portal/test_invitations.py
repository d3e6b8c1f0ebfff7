"""Coming in by an invitation, and what nobody learns on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from kernel import clock
from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests.portal.joining import (
    DOMAIN,
    NEW,
    PASSWORD,
    accepts,
    ended,
    invited,
    link_of,
    person_of,
    together,
)
from tests.world import PASSWORD as KNOWN_PASSWORD
from tests.world import House, World
from vendors.joining import colleagues, invitations, links
from vendors.joining.invitations import NoInvitation
from vendors.models import Invitation, Person, Role, User
from vendors.refusal import Refused

Signed = Callable[..., Client]


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


def test_of_many_who_use_one_link_at_the_same_time_one_wins(shared: World) -> None:
    row = invited(shared.mastercam)
    done = together(*[lambda: accepts(Client(), link_of(row)).status_code] * 6)
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

    done = together(removes("neighbour", "customer_admin"), removes("customer_admin", "neighbour"))
    assert sorted(done) == ["refused", "removed"]


def test_what_ended_long_ago_is_forgotten(house: House) -> None:
    row = invited(house)
    with enter(house.scope()):
        assert invitations.clear_old(house.id) == 0
        Invitation.objects.filter(pk=row.pk).update(expires_at=clock.now() - timedelta(days=31))
        assert invitations.clear_old(house.id) == 1
