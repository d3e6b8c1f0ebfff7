"""The knowledge base: articles, their words and votes, and the words to search them by with the two functions that may."""

import django.contrib.postgres.fields
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

import kernel.tenancy.constraints
import kernel.tenancy.models

FUNCTIONS = r"""
ALTER TABLE tickets_articledocument ENABLE ROW LEVEL SECURITY;
CREATE INDEX tickets_article_words ON tickets_articledocument USING gin (vendor_id, words);

-- Makes the documents of articles anew, of vendors that the scope sees whole. A word is kept as it stands too, so that its
-- beginning finds it while it is typed: of "simulation" the stem is "simul".
CREATE FUNCTION tickets_article_rebuild(wanted bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM tickets_articledocument d WHERE d.vendor_id = ANY (tenancy_open()) AND d.article_id = ANY (wanted);
  INSERT INTO tickets_articledocument (vendor_id, article_id, language, published, words)
  SELECT a.vendor_id, a.id, t.language, a.published_at IS NOT NULL,
    setweight(tickets_search_vector(t.language, t.title) || tickets_search_vector('', t.title), 'A')
    || setweight(tickets_search_vector(t.language, t.body) || tickets_search_vector('', t.body), 'C')
  FROM tickets_article a JOIN tickets_articletext t ON t.vendor_id = a.vendor_id AND t.article_id = a.id
  WHERE a.vendor_id = ANY (tenancy_open()) AND a.id = ANY (wanted);
END $$;

-- Articles of which a third or more of the words speak, at most `most` of a vendor and language, as the scope may read them:
-- staff all of their vendor, everybody else published ones. `share` is how many of the words that count are in it.
CREATE FUNCTION tickets_article_search(said text[], most integer) RETURNS TABLE (article_id bigint, share real, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  vendor bigint;
  code text;
  word text;
  part tsquery;
  parts tsquery[];
  wanted tsquery;
BEGIN
  FOREACH code IN ARRAY ARRAY['en', 'de', 'sv', ''] LOOP
    parts := '{}';
    wanted := '';
    FOREACH word IN ARRAY said LOOP
      part := plainto_tsquery(tickets_search_language(code), unaccent(word));
      CONTINUE WHEN numnode(part) = 0;
      IF length(word) >= 3 THEN
        part := part || (tickets_search_lexeme(unaccent(word)) || ':*')::tsquery;
      END IF;
      parts := array_append(parts, part);
      wanted := wanted || part;
    END LOOP;
    CONTINUE WHEN numnode(wanted) = 0;
    FOREACH vendor IN ARRAY coalesce(tenancy_vendors(), '{}') LOOP
      RETURN QUERY
        SELECT d.article_id, (n.hits / cardinality(parts)::real)::real, ts_rank(d.words, wanted)
        FROM tickets_articledocument d
        CROSS JOIN LATERAL (SELECT count(*)::integer AS hits FROM unnest(parts) AS one(part) WHERE d.words @@ one.part) n
        WHERE d.vendor_id = vendor AND d.words @@ wanted
          AND (d.language = code OR (code = '' AND d.language NOT IN ('en', 'de', 'sv')))
          AND (d.published OR vendor = ANY (coalesce(tenancy_open(), '{}')))
          AND n.hits * 3 >= cardinality(parts)
        ORDER BY n.hits DESC, ts_rank(d.words, wanted) DESC, d.article_id DESC LIMIT most;
    END LOOP;
  END LOOP;
END $$;
"""
DROP = """
DROP FUNCTION tickets_article_search(text[], integer); DROP FUNCTION tickets_article_rebuild(bigint[]);
DROP INDEX tickets_article_words;
"""


class Migration(migrations.Migration):
    """See above."""

    dependencies = [
        ("tenancy", "0002_conditions_as_functions"),
        ("tickets", "0013_listed_for"),
        ("vendors", "0002_desk"),
    ]

    operations = [
        migrations.CreateModel(
            name="Article",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("slug", models.SlugField(max_length=80)),
                (
                    "topics",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, default=list, size=None
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("revision", models.PositiveIntegerField(default=0)),
                ("published_at", models.DateTimeField(null=True)),
                (
                    "author",
                    kernel.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vendors.person",
                    ),
                ),
                (
                    "from_ticket",
                    kernel.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to="tickets.ticket",
                    ),
                ),
                (
                    "product",
                    kernel.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to="vendors.product",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ArticleDocument",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("vendor_id", models.BigIntegerField()),
                ("article_id", models.BigIntegerField()),
                ("language", models.CharField(max_length=5)),
                ("published", models.BooleanField()),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("vendor_id", "article_id", "language"), name="tickets_article_found_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ArticleText",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=5)),
                ("title", models.CharField(max_length=150)),
                ("body", models.TextField()),
                (
                    "article",
                    kernel.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="tickets.article",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ArticleVote",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("helpful", models.BooleanField()),
                ("missing", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "article",
                    kernel.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="votes",
                        to="tickets.article",
                    ),
                ),
                (
                    "person",
                    kernel.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="article_votes",
                        to="vendors.person",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_article_rls", within="{table}.published_at IS NOT NULL", writing="false"
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.UniqueConstraint(fields=("vendor", "slug"), name="tickets_article_slug"),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=kernel.tenancy.constraints.CompositeForeignKey(
                column="product_id", name="tickets_article_product_id_fk", to="vendors_product"
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=kernel.tenancy.constraints.CompositeForeignKey(
                column="from_ticket_id", name="tickets_article_from_ticket_id_fk", to="tickets_ticket"
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=kernel.tenancy.constraints.CompositeForeignKey(
                column="author_id", name="tickets_article_author_id_fk", to="vendors_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="articletext",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_articletext_rls",
                within="EXISTS (SELECT 1 FROM tickets_article parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.article_id)",
                writing="false",
            ),
        ),
        migrations.AddConstraint(
            model_name="articletext",
            constraint=models.UniqueConstraint(
                fields=("vendor", "article", "language"), name="tickets_article_language"
            ),
        ),
        migrations.AddConstraint(
            model_name="articletext",
            constraint=kernel.tenancy.constraints.CompositeForeignKey(
                column="article_id", name="tickets_articletext_article_id_fk", to="tickets_article"
            ),
        ),
        migrations.AddConstraint(
            model_name="articlevote",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_articlevote_rls",
                within="EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = {table}.vendor_id AND p.id = {table}.person_id AND p.user_id = (SELECT tenancy_user())) AND EXISTS (SELECT 1 FROM tickets_article parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.article_id)",
            ),
        ),
        migrations.AddConstraint(
            model_name="articlevote",
            constraint=models.UniqueConstraint(
                fields=("vendor", "article", "person"), name="tickets_article_vote_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="articlevote",
            constraint=kernel.tenancy.constraints.CompositeForeignKey(
                column="article_id", name="tickets_articlevote_article_id_fk", to="tickets_article"
            ),
        ),
        migrations.AddConstraint(
            model_name="articlevote",
            constraint=kernel.tenancy.constraints.CompositeForeignKey(
                column="person_id", name="tickets_articlevote_person_id_fk", to="vendors_person"
            ),
        ),
        migrations.RunSQL(FUNCTIONS, DROP),
    ]
