"""Write, publish and withdraw articles, and say whether one helped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from django.utils.text import slugify
from django.utils.translation import gettext as _

from kernel import clock
from kernel.audit.services import Entry, record
from kernel.rows import insert
from kernel.tenancy import scope
from kernel.tenancy.scope import enter
from sla.policies import current
from tickets.access import readable_articles, visible_tickets
from tickets.models import Article, ArticleText
from tickets.search.articles import rebuild
from tickets.vocabulary import Refused
from vendors.access import STAFF, Act, Member
from vendors.catalog.schema import PolicyFile
from vendors.models import Product

Texts = Mapping[str, Mapping[str, str]]  # by language: title and body
LONGEST = 20_000  # characters of a body
_SLUG = 70
_VOTE = {
    "vendor_id": "bigint",
    "article_id": "bigint",
    "person_id": "bigint",
    "helpful": "boolean",
    "missing": "text",
    "at": "timestamptz",
}


class ArticleVerb(StrEnum):
    """What was done to an article."""

    WRITTEN = "article.written"
    CHANGED = "article.changed"
    PUBLISHED = "article.published"
    WITHDRAWN = "article.withdrawn"
    DISCARDED = "article.discarded"


def save_article(
    *,
    by: Member,
    article_id: int | None,
    product_id: int | None,
    topics: Sequence[str],
    texts: Texts,
    ticket_id: int | None = None,
    publish: bool = False,
    seen: int | None = None,
) -> Article:
    """Write an article, or change one; with `publish` customers and partners see it from now on. A language may lack its words,
    half a text is refused. `ticket_id` is the ticket from which a new one is made; `seen` the revision that the writer had before
    him: a later one is not overwritten unseen. Raises Refused.
    """
    with enter(scope.current().only(by.vendor_id)):
        policy = current(by.vendor_id)
        article = _own(by, article_id)
        kept = _texts(policy, texts)
        _check(by, product_id, article, seen)
        article.product_id = product_id
        known = {topic.key for topic in policy.topics}
        article.topics = [key for key in dict.fromkeys(topics) if key in known]
        article.changed_at, article.revision = clock.now(), article.revision + 1
        if article_id is None:
            article.slug = _slug(by.vendor_id, kept, policy.vendor.fallback_language)
            article.from_ticket_id = _from(by, ticket_id)
        publishes = publish and article.published_at is None
        if publishes:
            article.published_at = article.changed_at
        article.save()
        _keep(article, kept)
        rebuild(by.vendor_id, [article.pk])
        verbs = [ArticleVerb.CHANGED if article_id else ArticleVerb.WRITTEN]
        _audit(by, article, *verbs, *([ArticleVerb.PUBLISHED] if publishes else []))
        return article


def withdraw_article(*, by: Member, article_id: int) -> Article:
    """Make a draft of a published article again: only the vendor's staff see it. Raises Refused."""
    with enter(scope.current().only(by.vendor_id)):
        article = _own(by, article_id)
        if article.published_at is not None:
            article.published_at = None
            article.save(update_fields=["published_at"])
            rebuild(by.vendor_id, [article.pk])
            _audit(by, article, ArticleVerb.WITHDRAWN)
        return article


def discard_article(*, by: Member, article_id: int) -> None:
    """Throw away a draft with what was said of it. Raises Refused; a published article is withdrawn first."""
    with enter(scope.current().only(by.vendor_id)):
        article = _own(by, article_id)
        if article.published_at is not None:
            raise Refused(_("Customers read this. Withdraw it first."))
        key = article.pk
        _audit(by, article, ArticleVerb.DISCARDED)
        article.delete()
        rebuild(by.vendor_id, [key])


def rate_article(*, by: Member, article_id: int, helpful: bool, missing: str = "") -> None:
    """Say of a published article that it helped or not, and what was missing; said again, it replaces what was said. Raises
    Refused for one that is not there, and for the vendor's staff, who are not counted.
    """
    if by.role in STAFF or not readable_articles([by]).filter(pk=article_id, published_at__isnull=False).exists():
        raise Refused(_("There is no such article."))
    row = (by.vendor_id, article_id, by.person, helpful, "" if helpful else missing.strip()[:500], clock.now())
    with enter(scope.current().only(by.vendor_id)):
        insert(
            "tickets_articlevote",
            _VOTE,
            [row],
            "ON CONFLICT (vendor_id, article_id, person_id)"
            " DO UPDATE SET helpful = excluded.helpful, missing = excluded.missing, at = excluded.at",
        )


def _own(by: Member, article_id: int | None) -> Article:
    if not by.may(Act.WRITE_ARTICLES):
        raise Refused(_("Your role does not include this."))
    if article_id is None:
        return Article(vendor_id=by.vendor_id, author_id=by.person, created_at=clock.now())
    found = readable_articles([by]).select_for_update().filter(pk=article_id).first()
    if found is None:
        raise Refused(_("There is no such article."))
    return found


def _check(by: Member, product_id: int | None, article: Article, seen: int | None) -> None:
    if product_id is not None and not Product.objects.filter(pk=product_id, vendor_id=by.vendor_id).exists():
        raise Refused(_("Choose one of the products."), "product")
    if seen is not None and article.pk and article.revision != seen:
        raise Refused(
            _("Somebody has changed this meanwhile. Kept again, your words take the place of theirs."), "seen"
        )


def _texts(policy: PolicyFile, texts: Texts) -> dict[str, tuple[str, str]]:
    kept = {}
    for language in policy.vendor.languages:
        words = texts.get(language) or {}
        title, body = words.get("title", "").strip(), words.get("body", "").strip()
        if bool(title) != bool(body):
            missing = "body" if title else "title"
            raise Refused(_("An article needs a title and its words."), f"{missing}_{language}")
        if len(body) > LONGEST:
            raise Refused(_("This is too long."), f"body_{language}")
        if title:
            kept[language] = (title, body)
    if not kept:
        raise Refused(_("Write it in one language at least."), f"title_{policy.vendor.fallback_language}")
    return kept


def _keep(article: Article, kept: Mapping[str, tuple[str, str]]) -> None:
    article.texts.exclude(language__in=kept).delete()
    ArticleText.objects.bulk_create(
        [
            ArticleText(vendor_id=article.vendor_id, article=article, language=language, title=title, body=body)
            for language, (title, body) in kept.items()
        ],
        update_conflicts=True,
        unique_fields=["vendor", "article", "language"],
        update_fields=["title", "body"],
    )


def _slug(vendor_id: int, kept: Mapping[str, tuple[str, str]], fallback: str) -> str:
    """An address that is free, made of the title."""
    title = (kept.get(fallback) or next(iter(kept.values())))[0]
    base = slugify(title)[:_SLUG].strip("-") or "article"
    taken = set(Article.objects.filter(vendor_id=vendor_id, slug__startswith=base).values_list("slug", flat=True))
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug


def _from(by: Member, ticket_id: int | None) -> int | None:
    if ticket_id is None:
        return None
    if not visible_tickets([by]).filter(pk=ticket_id).exists():
        raise Refused(_("There is no such ticket."))
    return ticket_id


def _audit(by: Member, article: Article, *verbs: ArticleVerb) -> None:
    about = ("article", article.pk)
    facts = {"product": article.product_id, "ticket": article.from_ticket_id}
    now = clock.now()
    record([Entry(by.vendor_id, now, verb, by.actor, about, about, after=facts) for verb in verbs])
