"""Articles are found by those for whom they were published, while a subject is typed too, and say whether they helped."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from kernel.tenancy.scope import Scope, enter
from tests.desk.conftest import asked, questions  # noqa: F401  a fixture
from tests.world import House, World
from tickets import services
from tickets.models import Article, ArticleText, ArticleVote
from vendors.access import scope_of
from vendors.models import User

TITLE = "A toolpath cuts into the fixture"


def publish(house: House, title: str = TITLE, body: str = "Raise the clearance plane.", **fields: Any) -> Article:
    words = {"article_id": None, "product_id": None, "topics": [], "publish": True} | fields
    texts = words.pop("texts", {"en": {"title": title, "body": body}})
    with enter(house.scope()):
        return services.save_article(by=house.member("agent"), texts=texts, **words)


def address(house: House, article: Article, what: str = "article") -> str:
    return reverse(f"portal:{what}", args=[house.slug, article.slug])


def offered(client: Client, house: House, typed: str, **more: str) -> list[str]:
    answer = client.get(reverse("portal:suggest"), {"vendor": house.slug, "subject": typed} | more)
    assert answer.status_code == 200
    return [hit["shown"].title for hit in answer.context["hits"]] if answer.context else []


def vote(client: Client, house: House, article: Article, helpful: str, **more: Any) -> Any:
    headers = {"hx-request": "true"} if more.pop("script", False) else {}
    return client.post(address(house, article, "article_vote"), {"helpful": helpful} | more, headers=headers)


# -- who reads what ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("each_wall")
@pytest.mark.parametrize("who", ["customer", "customer_admin", "stranger", "partner"])
def test_customers_and_partners_read_what_is_published_and_no_draft(world: World, customer: Any, who: str) -> None:
    house = world.mastercam
    article, draft = publish(house), publish(house, "Not yet", publish=False)
    client = customer(house, who)
    assert "Raise the clearance plane." in client.get(address(house, article)).content.decode()
    shelf = client.get(reverse("portal:help")).content.decode()
    assert TITLE in shelf
    assert "Not yet" not in shelf
    assert client.get(address(house, draft)).status_code == 404
    with enter(house.scope()):
        services.withdraw_article(by=house.member("agent"), article_id=article.pk)
    assert client.get(address(house, article)).status_code == 404
    assert offered(client, house, "toolpath cuts fixture") == []


def test_another_vendors_articles_are_not_there(world: World, customer: Any) -> None:
    house, other = world.mastercam, world.optocraft
    article = publish(house)
    client = customer(other)
    assert client.get(address(house, article)).status_code == 404
    assert client.post(address(house, article, "article_vote"), {"helpful": "yes"}).status_code == 404
    assert client.post(address(house, article, "article_solved")).status_code == 404
    assert client.get(reverse("portal:suggest"), {"vendor": house.slug, "subject": TITLE}).status_code == 404
    assert offered(client, other, TITLE) == []
    assert TITLE not in client.get(reverse("portal:help"), {"q": "toolpath"}).content.decode()


def test_nobody_without_a_login_reads_any(world: World) -> None:
    for url in (reverse("portal:help"), reverse("portal:suggest"), address(world.mastercam, publish(world.mastercam))):
        assert Client().get(url).status_code == 302


def test_the_ticket_it_came_from_is_told_to_staff_alone(world: World, customer: Any, filed: Any) -> None:
    house = world.mastercam
    ticket = filed(house, "stranger")
    article = publish(house, ticket_id=ticket.pk)
    seen = customer(house).get(address(house, article)).content.decode()
    assert ticket.number not in seen
    assert (
        ticket.number
        in customer(house, "agent").get(reverse("desk:article", args=[house.slug, article.pk])).content.decode()
    )


def test_the_database_holds_drafts_and_votes_back_where_the_application_errs(world: World) -> None:
    house = world.mastercam
    article, draft = publish(house), publish(house, "Not yet", publish=False)
    with enter(house.scope()):
        services.rate_article(by=house.member("stranger"), article_id=article.pk, helpful=False, missing="All of it")
    member = house.member("customer")
    with enter(scope_of([member], member.user_id)):
        assert set(Article.objects.values_list("pk", flat=True)) == {article.pk}
        assert set(ArticleText.objects.values_list("article", flat=True)) == {article.pk}
        assert not ArticleVote.objects.exists()
        assert Article.objects.update(published_at=None) == 0
        assert ArticleText.objects.update(body="x") == 0
        assert ArticleText.objects.all().delete()[0] == 0
        for article_id, person in ((draft.pk, member.person), (article.pk, house.people["neighbour"].pk)):
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                ArticleVote.objects.create(
                    vendor_id=house.id, article_id=article_id, person_id=person, helpful=True, at="2026-03-02T10:00Z"
                )
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT 1 FROM tickets_articledocument")


def test_a_scope_without_the_vendor_finds_nothing_by_any_words(world: World) -> None:
    publish(world.mastercam)
    for scope in (Scope(), world.optocraft.scope()):
        with enter(scope), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM tickets_article_search(ARRAY['toolpath'], 10)")
            assert cursor.fetchall() == []


# -- languages --------------------------------------------------------------------------------------------------------

BOTH = {
    "en": {"title": "Back up the database", "body": "Stop the server first."},
    "de": {"title": "Datenbank sichern", "body": "Zuerst den Server anhalten."},
}


@pytest.mark.parametrize(("language", "code", "said"), [("de", "de", False), ("en", "en", False), ("sv", "en", True)])
def test_an_article_is_in_the_readers_language_or_says_in_which(
    world: World, client_of: Any, language: str, code: str, said: bool
) -> None:
    house = world.mastercam
    article = publish(house, texts=BOTH)
    user = house.user("customer")
    User.objects.filter(pk=user.pk).update(language=language)
    client = client_of(User.objects.get(pk=user.pk))
    seen = client.get(address(house, article)).content.decode()
    assert f'<h1 lang="{code}">{BOTH[code]["title"]}</h1>' in seen
    assert f'<article class="article" lang="{code}">' in seen
    assert ("finns bara på engelska" in seen) is said
    assert f'lang="{code}">{BOTH[code]["title"]}' in client.get(reverse("portal:help")).content.decode()


# -- found while one types --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "toolpath",
        "toolpa",
        "Toolpaths cutting",
        "the TOOLPATH!",
        "fixtures",
        "clearance",
        "My toolpath is wrong",
        "zzz toolpath",
    ],
)
def test_an_article_is_offered_by_words_begun_and_bent(world: World, customer: Any, typed: str) -> None:
    house = world.mastercam
    publish(house)
    assert offered(customer(house), house, typed) == [TITLE]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "the",
        "to",
        "zzz",
        "::!&|()<>'\\",
        "\0",
        "%",
        "my new machine makes noise and smoke",
        "x" * 5000,
    ],
)
def test_nothing_is_offered_where_nothing_fits(world: World, customer: Any, typed: str) -> None:
    house = world.mastercam
    publish(house)
    assert offered(customer(house), house, typed) == []


@pytest.mark.parametrize(
    "typed", ["Sicherung der Datenbanken", "datenb", "säkerhetskopi", "sakerhetskopiera databasen"]
)
def test_it_is_found_in_each_language(world: World, customer: Any, typed: str) -> None:
    house = world.mastercam
    publish(house, texts=BOTH | {"sv": {"title": "Säkerhetskopiera databasen", "body": "Stoppa servern först."}})
    assert offered(customer(house), house, typed) == ["Back up the database"]


def test_the_best_four_are_offered_those_on_the_topic_first(world: World, customer: Any) -> None:
    house = world.mastercam
    for number in range(5):
        publish(house, f"Licence question {number}")
    publish(house, "Other licence matters", topics=["licence"])
    client = customer(house)
    assert len(offered(client, house, "licence question")) == 4
    assert offered(client, house, "licence", topic="licence")[0] == "Other licence matters"
    assert "Other licence matters" not in offered(client, house, "licence question")


def test_the_form_offers_them_and_leads_there_without_scripts(world: World, customer: Any) -> None:
    form = customer(world.mastercam).get("/portal/new/mastercam/all/").content.decode()
    assert f'hx-get="{reverse("portal:suggest")}?vendor=mastercam"' in form
    assert f'href="{reverse("portal:help")}" target="_blank"' in form


def test_an_article_that_solved_it_counts_and_needs_no_request(world: World, customer: Any) -> None:
    house = world.mastercam
    article = publish(house)
    client = customer(house)
    for headers, where in (({}, "Location"), ({"hx-request": "true"}, "HX-Redirect")):
        answer = client.post(address(house, article, "article_solved"), headers=headers)
        assert answer.headers[where] == "/portal/"
    assert "Glad that this solved it" in client.get("/portal/").content.decode()
    with enter(house.scope()):
        assert [(held.helpful, held.person_id) for held in ArticleVote.objects.all()] == [
            (True, house.people["customer"].pk)
        ]


# -- helpful or not ---------------------------------------------------------------------------------------------------


def test_a_reader_says_once_whether_it_helped_and_may_change_his_mind(world: World, customer: Any) -> None:
    house = world.mastercam
    article = publish(house)
    client = customer(house)
    assert vote(client, house, article, "yes").headers["Location"] == f"{address(house, article)}#vote"
    assert "Good to hear that it helped" in client.get(address(house, article)).content.decode()
    seen = vote(client, house, article, "no", missing=" The menu's name ", script=True).content.decode()
    assert "We are sorry that it did not help" in seen
    assert "<html" not in seen
    with enter(house.scope()):
        (held,) = ArticleVote.objects.all()
        assert (held.helpful, held.missing) == (False, "The menu's name")
    vote(customer(house, "stranger"), house, article, "yes")
    with enter(house.scope()):
        assert ArticleVote.objects.count() == 2


def test_counts_are_not_shown_to_customers_and_staff_are_not_asked(world: World, customer: Any) -> None:
    house = world.mastercam
    article = publish(house)
    vote(customer(house, "stranger"), house, article, "no", missing="The whole middle part")
    seen = customer(house).get(address(house, article)).content.decode()
    assert "The whole middle part" not in seen
    assert "Was this helpful?" in seen
    staff = customer(house, "agent")
    assert "Was this helpful?" not in staff.get(address(house, article)).content.decode()
    assert vote(staff, house, article, "yes").status_code == 404


@pytest.mark.parametrize(
    "fields", [{"helpful": "perhaps"}, {"helpful": "no", "missing": "x" * 501}, {"helpful": "no", "missing": "a\0"}]
)
@pytest.mark.parametrize("script", [True, False])
def test_a_vote_that_says_nothing_is_refused(world: World, customer: Any, fields: dict[str, str], script: bool) -> None:
    house = world.mastercam
    article = publish(house)
    assert vote(customer(house), house, article, **fields, script=script).status_code == 422
    with enter(house.scope()):
        assert not ArticleVote.objects.exists()


# -- how much is asked ------------------------------------------------------------------------------------------------


def test_pages_ask_as_much_however_many_articles_there_are(world: World, customer: Any, asked: Any) -> None:  # noqa: F811
    house = world.mastercam
    article = publish(house)
    client = customer(house)
    urls = [
        reverse("portal:help"),
        reverse("portal:help") + "?q=toolpath",
        address(house, article),
        f"{reverse('portal:suggest')}?vendor=mastercam&subject=toolpath",
    ]

    def counted(url: str) -> int:
        with asked() as captured:
            assert client.get(url).status_code == 200
        return len(questions(captured))

    few = [counted(url) for url in urls]
    for _ in range(4):
        publish(house, product_id=house.item.product_id, topics=["toolpaths"])
    assert [counted(url) for url in urls] == few
