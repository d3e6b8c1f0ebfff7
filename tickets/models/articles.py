"""The knowledge base: what a vendor tells its customers once for all, and whether it helped them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from kernel.tenancy.constraints import RowLevelSecurity
from kernel.tenancy.models import MINE, TenantForeignKey, TenantModel, child_of
from tickets.models.ticket import Ticket
from vendors.models import Person, Product

_OF_ARTICLE = child_of("tickets_article", "article_id")


class Article(TenantModel):
    """An article: a draft until it is `published_at`, when customers and partners of the vendor see it. Its words by language
    are `texts`; `slug` is its address for good. Which ticket it came from only staff are shown.
    """

    slug = models.SlugField(max_length=80)
    product = TenantForeignKey(Product, models.PROTECT, null=True, related_name="articles")
    topics = ArrayField(models.CharField(max_length=60), default=list, blank=True)  # keys of the vendor's file
    from_ticket = TenantForeignKey(Ticket, models.PROTECT, null=True, related_name="articles")
    author = TenantForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=0)  # how often it was kept
    published_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls", within="{table}.published_at IS NOT NULL", writing="false"
            ),
            models.UniqueConstraint(fields=["vendor", "slug"], name="tickets_article_slug"),
        ]

    def __str__(self) -> str:
        return self.slug


class ArticleText(TenantModel):
    """The words of an article in one language; `body` is Markdown."""

    article = TenantForeignKey(Article, models.CASCADE, related_name="texts", db_index=False)
    language = models.CharField(max_length=5)
    title = models.CharField(max_length=150)
    body = models.TextField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=_OF_ARTICLE, writing="false"),
            models.UniqueConstraint(fields=["vendor", "article", "language"], name="tickets_article_language"),
        ]

    def __str__(self) -> str:
        return self.title


class ArticleVote(TenantModel):
    """What one reader says of an article: that it helped him or not, and perhaps what was missing. Only he and the vendor's
    staff read it.
    """

    article = TenantForeignKey(Article, models.CASCADE, related_name="votes", db_index=False)
    person = TenantForeignKey(Person, models.CASCADE, related_name="article_votes")
    helpful = models.BooleanField()
    missing = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=f"{MINE} AND {_OF_ARTICLE}"),
            models.UniqueConstraint(fields=["vendor", "article", "person"], name="tickets_article_vote_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.article_id}"


class ArticleDocument(models.Model):
    """What the search finds an article by, one a language. Nobody reads or writes it but through functions (ADR 0010)."""

    app_privileges: ClassVar[tuple[str, ...]] = ()

    id = models.BigAutoField(primary_key=True)
    vendor_id = models.BigIntegerField()
    article_id = models.BigIntegerField()
    language = models.CharField(max_length=5)
    published = models.BooleanField()
    words = SearchVectorField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["vendor_id", "article_id", "language"], name="tickets_article_found_once"),
        ]

    def __str__(self) -> str:
        return f"words of article {self.article_id} in {self.language}"
