"""Start page, health, vendor, language, theme and the reader's own page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import translation

from interfaces.common import health
from tests.world import World
from vendors.models import User

ClientOf = Callable[..., Client]


def test_health_is_ok_while_database_and_redis_answer(db: None) -> None:
    answer = Client().get("/healthz/")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.parametrize("server", ["database", "redis"])
def test_health_names_the_server_that_is_silent(db: None, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, f"_{server}_answers", lambda: False)
    answer = Client().get("/healthz/")
    assert (answer.status_code, answer.content.decode()) == (503, f"{server} unreachable\n")


def test_health_finds_out_by_itself_that_redis_is_gone(db: None) -> None:
    gone = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    with override_settings(CACHES=gone):
        assert Client().get("/healthz/").content == b"redis unreachable\n"


def test_who_is_not_signed_in_is_asked_to(world: World) -> None:
    for path in ("/", "/me/", "/notifications/", "/operator/outbox/", "/dashboards/", "/dashboards/list/"):
        answer = Client().get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/"), path


@pytest.mark.parametrize(
    ("who", "place"),
    [
        ("customer", "/portal/"),
        ("customer_admin", "/portal/"),
        ("partner", "/desk/"),
        ("agent", "/desk/"),
        ("supervisor", "/desk/"),
        ("admin", "/desk/"),
        ("management", "/dashboards/"),
        ("sponsor", "/dashboards/"),
    ],
)
def test_everybody_starts_where_his_work_begins(world: World, client_of: ClientOf, who: str, place: str) -> None:
    assert client_of(world.mastercam.user(who)).get("/")["Location"] == place


def test_the_operator_starts_at_the_outbox(world: World, client_of: ClientOf) -> None:
    assert client_of(world.operator).get("/")["Location"] == "/operator/outbox/"


def test_a_login_that_nobody_knows_is_told_so(world: World, client_of: ClientOf) -> None:
    nobody = User.objects.create_user("nobody@example.test", name="Nobody")
    answer = client_of(nobody).get("/")
    assert answer.status_code == 200
    assert "No vendor knows this login yet" in answer.content.decode()


def test_switching_the_vendor_narrows_what_is_shown_and_leads_back(world: World, client_of: ClientOf) -> None:
    client = client_of(world.everywhere)
    answer = client.post("/choose/vendor/", {"vendor": "optocraft", "next": "/me/"})
    assert answer["Location"] == "/me/"
    assert client.get("/me/").context["current_vendor"].slug == "optocraft"
    client.post("/choose/vendor/", {"vendor": "", "next": "/me/"})
    assert client.get("/me/").context["current_vendor"] is None


def test_a_vendor_of_others_cannot_be_chosen(world: World, client_of: ClientOf) -> None:
    client = client_of(world.mastercam.user("agent"))
    assert client.post("/choose/vendor/", {"vendor": "optocraft"}).status_code == 404
    assert client.get("/choose/vendor/").status_code == 405


@pytest.mark.parametrize("place", ["https://evil.test/", "//evil.test/", "javascript:alert(1)", ""])
def test_no_choice_leads_to_another_site(world: World, client_of: ClientOf, place: str) -> None:
    client = client_of(world.everywhere)
    assert client.post("/choose/vendor/", {"vendor": "", "next": place})["Location"] == "/"
    assert client.post("/choose/theme/", {"theme": "dark", "next": place})["Location"] == "/"


def test_the_language_is_kept_with_the_login(world: World, client_of: ClientOf) -> None:
    user = world.mastercam.user("agent")
    client = client_of(user)
    client.post("/choose/language/", {"language": "sv", "next": "/me/"})
    assert client.get("/me/")["Content-Language"] == "sv"
    assert client_of(user).get("/me/")["Content-Language"] == "sv"
    assert client.post("/choose/language/", {"language": "xx"}).status_code == 404


def test_the_language_can_be_chosen_before_sign_in(world: World) -> None:
    client = Client()
    client.post("/choose/language/", {"language": "de", "next": "/accounts/login/"})
    assert client.get("/accounts/login/")["Content-Language"] == "de"


def test_the_theme_is_painted_by_the_server(world: World, client_of: ClientOf) -> None:
    client = client_of(world.mastercam.user("agent"))
    client.post("/choose/theme/", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/me/").content.decode()
    assert client.post("/choose/theme/", {"theme": "pink"}).status_code == 404


def test_language_and_zone_are_saved_on_the_login(world: World, client_of: ClientOf) -> None:
    user = world.mastercam.user("agent")
    client = client_of(user)
    answer = client.post("/me/", {"language": "de", "time_zone": "America/Chicago"}, follow=True)
    user.refresh_from_db()
    assert (user.language, user.time_zone) == ("de", "America/Chicago")
    assert answer["Content-Language"] == "de"


def test_an_unknown_zone_is_refused_beside_its_field(world: World, client_of: ClientOf) -> None:
    answer = client_of(world.mastercam.user("agent")).post("/me/", {"language": "en", "time_zone": "Mars/Olympus"})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"time_zone"}


def test_the_own_page_lists_every_membership(world: World, client_of: ClientOf) -> None:
    with translation.override("en"):
        page = client_of(world.everywhere).get("/me/").content.decode()
    for house in world.houses:
        assert house.vendor.name in page


def test_an_unknown_page_looks_like_one_that_is_not_ones_own(world: World, client_of: ClientOf) -> None:
    answer = client_of(world.mastercam.user("customer")).get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is nothing here for you" in answer.content.decode()
    problem = Client().get("/api/v1/no-such-thing/")
    assert (problem.status_code, problem["Content-Type"]) == (404, "application/problem+json")
