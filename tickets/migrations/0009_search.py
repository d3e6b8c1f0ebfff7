"""Full text of tickets: a table that the application can't touch, and the two functions through which it can (ADR 0010)."""

import django.contrib.postgres.search
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations, models

FUNCTIONS = """
ALTER TABLE tickets_searchdocument ENABLE ROW LEVEL SECURITY;
CREATE INDEX tickets_search_words ON tickets_searchdocument USING gin (vendor_id, house_id, words);

CREATE FUNCTION tickets_search_language(code text) RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE code WHEN 'de' THEN 'pg_catalog.german' WHEN 'sv' THEN 'pg_catalog.swedish' WHEN 'en' THEN 'pg_catalog.english'
   ELSE 'pg_catalog.simple' END::regconfig $$;

-- Makes the documents of tickets anew, of vendors that the scope sees whole: policies bind the owner too, so it reads no others.
CREATE FUNCTION tickets_search_rebuild(wanted bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM tickets_searchdocument d USING tickets_ticket t
  CROSS JOIN LATERAL (SELECT 0::bigint AS house UNION SELECT unnest(t.houses)) h
  WHERE t.vendor_id = ANY (tenancy_open()) AND t.id = ANY (wanted)
    AND d.vendor_id = t.vendor_id AND d.house_id = h.house AND d.ticket_id = t.id;
  INSERT INTO tickets_searchdocument (vendor_id, ticket_id, house_id, words)
  SELECT t.vendor_id, t.id, h.house,
    setweight(to_tsvector(l.language, t.subject), 'A')
    || array_to_tsvector(array_remove(ARRAY[lower(t.number), right(t.number, 6), lower(i.number)], NULL))
    || setweight(to_tsvector(l.language, coalesce(said.words, '')), 'B')
  FROM tickets_ticket t
  CROSS JOIN LATERAL (SELECT tickets_search_language(t.language) AS language) l
  LEFT JOIN vendors_installeditem i ON i.vendor_id = t.vendor_id AND i.id = t.item_id
  CROSS JOIN LATERAL (SELECT 0::bigint AS house UNION SELECT unnest(t.houses) EXCEPT SELECT t.customer_id) h
  CROSS JOIN LATERAL (
    SELECT left(string_agg(m.body, E'\\n'), 300000) AS words FROM (
      SELECT body FROM tickets_message x
      WHERE x.vendor_id = t.vendor_id AND x.ticket_id = t.id AND x.retracted_at IS NULL AND (
        x.visibility = 'public' OR x.house_id = h.house OR h.house = ANY (x.shared_with)
        OR (h.house = 0 AND (x.house_id IS NULL OR x.shared_with_vendor)))
      ORDER BY x.id DESC LIMIT 300
    ) m
  ) said
  WHERE t.vendor_id = ANY (tenancy_open()) AND t.id = ANY (wanted);
END $$;

-- The newest tickets whose words match, at most `most` of a vendor, as the scope may read them: staff their vendor's documents,
-- a partner its own house's. Statements are put together with literals so that the planner knows how common the words are.
CREATE FUNCTION tickets_search(wanted tsquery, most integer) RETURNS TABLE (ticket_id bigint, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  vendor bigint;
  houses bigint[];
BEGIN
  FOREACH vendor IN ARRAY coalesce(tenancy_vendors(), '{}') LOOP
    houses := CASE WHEN vendor = ANY (coalesce(tenancy_open(), '{}')) THEN ARRAY[0::bigint]
              ELSE coalesce(tenancy_organisations(), '{}') END;
    FOR i IN 1 .. coalesce(array_length(houses, 1), 0) LOOP
      RETURN QUERY EXECUTE format(
        'SELECT found.ticket_id, ts_rank(found.words, %1$L::tsquery) FROM (SELECT d.ticket_id, d.words'
        ' FROM tickets_searchdocument d WHERE d.vendor_id = %2$s AND d.house_id = %3$s AND d.words @@ %1$L::tsquery'
        ' ORDER BY d.ticket_id DESC LIMIT %4$s) found', wanted, vendor, houses[i], most);
    END LOOP;
  END LOOP;
END $$;
"""
DROP = """
DROP FUNCTION tickets_search(tsquery, integer); DROP FUNCTION tickets_search_rebuild(bigint[]);
DROP FUNCTION tickets_search_language(text); DROP INDEX tickets_search_words;
"""
FILL = """
SELECT set_config('app.vendors', coalesce((SELECT string_agg(id::text, ',') FROM tenancy_tenant), ''), true),
       set_config('app.open', coalesce((SELECT string_agg(id::text, ',') FROM tenancy_tenant), ''), true);
SELECT tickets_search_rebuild(coalesce((SELECT array_agg(id) FROM tickets_ticket), '{}'));
SELECT set_config('app.vendors', '', true), set_config('app.open', '', true);
"""


class Migration(migrations.Migration):
    """See above."""

    dependencies = [("tickets", "0008_by_item"), ("vendors", "0002_desk"), ("tenancy", "0001_initial")]

    operations = [
        BtreeGinExtension(),
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("vendor_id", models.BigIntegerField()),
                ("ticket_id", models.BigIntegerField()),
                ("house_id", models.BigIntegerField(default=0)),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("vendor_id", "house_id", "ticket_id"), name="tickets_search_once")
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
