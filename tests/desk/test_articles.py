"""Articles are written on the desk, out of a resolved ticket in two clicks, and nobody's data gets into them by mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests.desk.conftest import ClientOf, Desk, questions
from tests.world import House, World
from tickets import services
from tickets.models import Article, ArticleVote

MakeDesk = Callable[..., Desk]
WORDS = {"title_en": "Toolpath cuts into the fixture", "body_en": "## Do this\n\nRaise the **clearance** plane."}


def save(client: Client, house: House, key: int | None = None, *, query: str = "", **fields: Any) -> Any:
    url = reverse("desk:article", args=[house.slug, key]) if key else reverse("desk:article_new", args=[house.slug])
    return client.post(url + query, WORDS | fields)


def only(house: House) -> Article:
    with enter(house.scope()):
        found: Article = Article.objects.prefetch_related("texts").select_related("from_ticket").get()
        return found


def verbs(house: House) -> list[str]:
    with enter(house.scope()):
        entries = AuditEntry.objects.filter(subject_type="article").order_by("pk")
        return [entry.verb.partition(".")[2] for entry in entries]


def resolved(desk: MakeDesk, house: House, answer: str = "Raise the clearance plane.", **fields: Any) -> Desk:
    here = desk(house, **fields)
    with enter(house.scope()):
        outcome = {"mastercam": "fixed", "optocraft": "solved"}[house.slug]
        services.resolve(by=house.member("agent"), ticket_id=here.key, outcome=outcome, body=answer)
    return here


# -- out of a ticket --------------------------------------------------------------------------------------------------


def test_two_clicks_make_an_article_of_a_resolved_ticket(world: World, desk: MakeDesk) -> None:
    house = world.mastercam
    here = resolved(
        desk, house, language="de", topic="toolpaths", item=house.item, body="Er schneidet in die Vorrichtung."
    )
    page = here.client.get(reverse("desk:ticket", args=here.args)).content.decode()
    url = f"{reverse('desk:article_new', args=[house.slug])}?ticket={here.args[1]}"
    assert f'href="{url}"' in page
    assert 'data-hotkey-label="Write an article"' in page  # what Ctrl-K lists
    form = here.client.get(url).context["form"]
    begun = {name: form[name].value() for name in ("title_de", "body_de", "product", "topics")}
    assert begun == {
        "title_de": "The toolpath is wrong",
        "body_de": "Er schneidet in die Vorrichtung.\n\n## Lösung\n\nRaise the clearance plane.",
        "product": str(house.item.product_id),
        "topics": ["toolpaths"],
    }
    assert here.client.post(url, begun | {"publish": "1"}).status_code == 302
    made = only(house)
    assert made.published_at is not None
    assert made.from_ticket == here.ticket
    assert (made.slug, made.topics) == ("the-toolpath-is-wrong", ["toolpaths"])
    assert verbs(house) == ["written", "published"]


def test_a_ticket_of_which_there_is_an_article_leads_to_it(world: World, desk: MakeDesk) -> None:
    here = resolved(desk, world.mastercam)
    query = f"?ticket={here.args[1]}"
    save(here.client, here.house, query=query)
    again = here.client.get(reverse("desk:article_new", args=[here.house.slug]) + query)
    assert again.headers["Location"] == reverse("desk:article", args=[here.house.slug, only(here.house).pk])


def test_only_what_was_said_to_the_customer_gets_in(world: World, desk: MakeDesk) -> None:
    here = resolved(desk, world.mastercam)
    with enter(here.house.scope()):
        services.note(by=here.house.member("agent"), ticket_id=here.key, body="Between ourselves")
    url = f"{reverse('desk:article_new', args=[here.house.slug])}?ticket={here.args[1]}"
    assert "Between ourselves" not in here.client.get(url).content.decode()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Karin Kund asked", ["Karin Kund"]),
        ("Dear Karin, and Mr Granne", ["Karin", "Granne"]),
        ("at nordic tool in Stockholm", ["nordic tool", "Stockholm"]),
        ("write to someone@firm.test", ["someone@firm.test"]),
        ("call +46 8 123 456 78 or 08-555 12 34", ["+46 8 123 456 78", "08-555 12 34"]),
        ("licence n-1001", ["n-1001"]),
        ("since 11.019.2 of 2026-11-20, in 20 minutes", []),
        ("stockholmers", []),
    ],
)
def test_what_is_somebodys_is_pointed_out_and_not_published_unlooked_at(
    world: World, desk: MakeDesk, words: str, found: list[str]
) -> None:
    here = resolved(desk, world.mastercam)
    query = f"?ticket={here.args[1]}"
    fields: dict[str, Any] = {"body_en": words, "publish": "1"}
    answer = save(here.client, here.house, query=query, **fields)
    if not found:
        assert answer.status_code == 302
        return
    assert answer.status_code == 422
    assert sorted(one for one, _kind in answer.context["personal"]) == sorted(found)
    with enter(here.house.scope()):
        assert not Article.objects.exists()
    assert save(here.client, here.house, query=query, **fields, anyway="on").status_code == 302
    assert only(here.house).published_at is not None


def test_a_published_article_does_not_get_it_later_either(world: World, desk: MakeDesk) -> None:
    here = resolved(desk, world.mastercam)
    save(here.client, here.house, query=f"?ticket={here.args[1]}", publish="1")
    key = only(here.house).pk
    assert save(here.client, here.house, key, body_en="As Karin Kund said").status_code == 422
    assert save(here.client, here.house, key, body_en="As somebody said").status_code == 302


# -- writing ----------------------------------------------------------------------------------------------------------


def test_an_article_is_a_draft_until_it_is_published_and_again_when_it_is_withdrawn(
    world: World, client_of: ClientOf
) -> None:
    house = world.mastercam
    client = client_of(house.user("agent"))
    save(client, house)
    made = only(house)
    assert made.published_at is None
    save(client, house, made.pk, title_de="Werkzeugweg", body_de="So geht es.", publish="1")
    assert {text.language for text in only(house).texts.all()} == {"en", "de"}
    client.post(reverse("desk:article_discard", args=[house.slug, made.pk]))
    assert only(house).published_at is not None, "what customers read is withdrawn first"
    client.post(reverse("desk:article_withdraw", args=[house.slug, made.pk]))
    assert only(house).published_at is None
    client.post(reverse("desk:article_discard", args=[house.slug, made.pk]))
    with enter(house.scope()):
        assert not Article.objects.exists()
    assert verbs(house) == ["written", "changed", "published", "withdrawn", "discarded"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title_en": "", "body_en": ""}, "title_en"),
        ({"body_en": ""}, "body_en"),
        ({"title_de": "", "body_de": "Nur Worte"}, "title_de"),
        ({"body_en": "x" * 20_001}, "body_en"),
        ({"product": "999999"}, "product"),
        ({"topics": ["no-such"]}, "topics"),
        ({"title_en": "a\0b"}, "title_en"),
    ],
)
def test_what_is_not_right_is_said_at_its_field_and_nothing_is_lost(
    world: World, client_of: ClientOf, fields: dict[str, Any], field: str
) -> None:
    answer = save(client_of(world.mastercam.user("agent")), world.mastercam, **fields)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]


def test_who_was_overtaken_is_told_and_can_go_on(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    client = client_of(house.user("agent"))
    save(client, house)
    key = only(house).pk
    before = client.get(reverse("desk:article", args=[house.slug, key])).context["form"].seen_now
    save(client_of(house.user("colleague")), house, key, seen=before, title_en="Of the colleague")
    answer = save(client, house, key, seen=before, title_en="Mine")
    assert answer.status_code == 422
    assert "Somebody has changed this meanwhile" in answer.content.decode()
    assert save(client, house, key, seen=answer.context["form"].seen_now, title_en="Mine").status_code == 302
    assert [text.title for text in only(house).texts.all()] == ["Mine"]


def test_the_preview_shows_what_is_typed_and_keeps_nothing(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    client = client_of(house.user("agent"))
    for headers in ({}, {"hx-request": "true"}):
        url = reverse("desk:article_new", args=[house.slug])
        answer = client.post(url, WORDS | {"body_en": "# A\n<b>x</b> a@b.test", "preview": "1"}, headers=headers)
        words = answer.content.decode()
        assert answer.status_code == 200
        assert "<h4>A</h4>" in words
        assert "&lt;b&gt;x&lt;/b&gt;" in words
        assert '<span class="strong">a@b.test</span>' in words
    with enter(house.scope()):
        assert not Article.objects.exists()


@pytest.mark.parametrize("who", ["customer", "customer_admin", "partner", "sponsor"])
def test_who_does_not_write_articles_finds_no_editor(world: World, client_of: ClientOf, who: str) -> None:
    house = world.mastercam
    save(client_of(house.user("agent")), house)
    key = only(house).pk
    client = client_of(house.user(who))
    assert client.get(reverse("desk:articles")).status_code == (200 if who == "sponsor" else 404)
    for name, args in (("article_new", [house.slug]), ("article", [house.slug, key])):
        assert client.get(reverse(f"desk:{name}", args=args)).status_code == 404
    for name in ("article", "article_withdraw", "article_discard"):
        assert client.post(reverse(f"desk:{name}", args=[house.slug, key]), WORDS).status_code == 404


def test_an_article_of_another_vendor_is_not_there(world: World, client_of: ClientOf) -> None:
    house, other = world.mastercam, world.optocraft
    save(client_of(house.user("agent")), house)
    key = only(house).pk
    client = client_of(other.user("agent"))
    assert client.get(reverse("desk:article", args=[house.slug, key])).status_code == 404
    assert client.get(reverse("desk:article", args=[other.slug, key])).status_code == 404
    assert client.get(reverse("desk:article_new", args=[other.slug]), {"ticket": "MC-2026-000001"}).status_code == 404


# -- the list ---------------------------------------------------------------------------------------------------------


def titles(client: Client, **query: str) -> list[str]:
    return [row["title"] for row in client.get(reverse("desk:articles"), query).context["rows"]]


def test_the_list_is_searched_narrowed_and_ordered_by_what_did_not_help(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    client = client_of(house.user("agent"))
    for number, name in enumerate(("Licences expire", "Simulation stops", "Posts differ")):
        state: dict[str, Any] = {"publish": "1"} if number else {}
        save(client, house, title_en=name, **state)
    with enter(house.scope()):
        worst = Article.objects.get(slug="simulation-stops")
        for who in ("customer", "neighbour"):
            services.rate_article(by=house.member(who), article_id=worst.pk, helpful=False, missing="The menu")
    assert titles(client) == ["Posts differ", "Simulation stops", "Licences expire"]
    assert titles(client, order="did_not")[0] == "Simulation stops"
    assert titles(client, state="draft") == ["Licences expire"]
    assert titles(client, q="licence") == ["Licences expire"]
    assert titles(client, state="nonsense", order="nonsense", page="x") == titles(client)
    page = client.get(reverse("desk:articles"), {"order": "did_not"}).content.decode()
    assert "missing: Deutsch, Svenska" in page
    assert "The menu" in client.get(reverse("desk:article", args=[house.slug, worst.pk])).content.decode()


def test_the_list_asks_as_much_whatever_its_length(world: World, client_of: ClientOf, asked: Any) -> None:
    house = world.mastercam
    client = client_of(house.user("agent"))

    def counted() -> int:
        with asked() as captured:
            assert client.get(reverse("desk:articles"), {"q": "toolpath"}).status_code == 200
        return len(questions(captured))

    save(client, house)
    few = counted()
    for _ in range(3):
        save(client, house)
    assert counted() == few


def test_votes_are_the_voters_and_the_staffs_to_read(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    save(client_of(house.user("agent")), house, publish="1")
    with enter(house.scope()):
        services.rate_article(by=house.member("customer"), article_id=only(house).pk, helpful=True)
        assert ArticleVote.objects.count() == 1
