"""Articles as they are read, searched and looked after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Count, Prefetch, Q, QuerySet

from tickets.access import readable_articles
from tickets.models import Article, ArticleText, ArticleVote
from tickets.search.articles import fitting, words_of
from vendors.access import Member

SUGGESTED = 4
_LISTED = 500  # of a portal's page: a small knowledge base
_TOPIC, _PRODUCT = 0.34, 0.2  # what it is worth to be about the same, where one is worth all words


def published(members: Iterable[Member]) -> QuerySet[Article]:
    """What customers may read, with titles: two queries. The words of one article: `with_words`."""
    titles = ArticleText.objects.defer("body").order_by("language")
    there = readable_articles(members).filter(published_at__isnull=False)
    return there.select_related("product").prefetch_related(Prefetch("texts", queryset=titles))


def shelf(members: Iterable[Member]) -> list[Article]:
    """All that is published, by product and then the newest first."""
    return list(published(members).order_by("product__name", "-published_at", "-pk")[:_LISTED])


def found(members: Iterable[Member], typed: str) -> list[Article]:
    """What is published and speaks of the words, the best first; three queries."""
    fits = fitting(words_of(typed))
    rows = published(members).filter(pk__in=fits)
    return sorted(rows, key=lambda article: (-fits[article.pk].share, -fits[article.pk].rank, -article.pk))


def suggested(member: Member, typed: str, *, topic: str = "", product: str = "") -> list[Article]:
    """The few published articles of a vendor that fit best what somebody is typing; such as are about his topic and product (by
    key) before others; three queries.
    """
    fits = fitting(words_of(typed))
    rows = published([member]).filter(pk__in=fits)

    def worth(article: Article) -> tuple[float, float, int]:
        same = _TOPIC * (bool(topic) and topic in article.topics)
        same += _PRODUCT * (bool(product) and article.product is not None and article.product.key == product)
        fit = fits[article.pk]
        return fit.share + same, fit.rank, article.pk

    return sorted(rows, key=worth, reverse=True)[:SUGGESTED]


def article_of(member: Member, slug: str) -> Article | None:
    """One published article with its words; None for what is not there for the member."""
    there = readable_articles([member]).filter(published_at__isnull=False, slug=slug)
    return there.select_related("product").prefetch_related("texts").first()


def vote_of(member: Member, article: Article) -> ArticleVote | None:
    """What the member said of an article."""
    return ArticleVote.objects.filter(vendor_id=member.vendor_id, article=article, person=member.person_id).first()


def looked_after(members: Sequence[Member], typed: str = "") -> QuerySet[Article]:
    """Articles and drafts for who writes them, each with its titles and how many it helped (`helped`) and did not (`did_not`)."""
    rows = readable_articles(members)
    if typed:
        rows = rows.filter(pk__in=fitting(words_of(typed)))
    titles = ArticleText.objects.defer("body").order_by("language")
    counted = rows.annotate(
        helped=Count("votes", filter=Q(votes__helpful=True)), did_not=Count("votes", filter=Q(votes__helpful=False))
    )
    return counted.select_related("product").prefetch_related(Prefetch("texts", queryset=titles))


def text_for(article: Article, language: str, fallback: str) -> ArticleText:
    """The words in the reader's language, else in the vendor's fallback, else in any."""
    held = {text.language: text for text in article.texts.all()}
    return held.get(language) or held.get(fallback) or next(iter(held.values()))
