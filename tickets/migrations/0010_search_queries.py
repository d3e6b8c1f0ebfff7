"""The search makes its questions itself: words as people write them can't break it, and none of them spoils the others."""

from django.contrib.postgres.operations import UnaccentExtension
from django.db import migrations

FUNCTIONS = r"""
-- A word as it stands, the way a tsvector or tsquery is written.
CREATE FUNCTION tickets_search_lexeme(word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT '''' || replace(replace(lower(word), '\', '\\'), '''', '''''') || '''' $$;

-- A vector holds at most a megabyte: of what is longer the beginning is searched, so that nothing said is refused for its length.
CREATE FUNCTION tickets_search_vector(code text, said text) RETURNS tsvector LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp AS $$
BEGIN
  RETURN to_tsvector(tickets_search_language(code), unaccent(left(said, 300000)));
EXCEPTION WHEN program_limit_exceeded THEN
  RETURN to_tsvector(tickets_search_language(code), unaccent(left(said, 50000)));
END $$;

-- All of `words` in one of the languages, whose stop words are left out, and none of `without` in any. A word may also be a
-- number or a serial as it stands.
CREATE FUNCTION tickets_search_query(words text[], without text[]) RETURNS tsquery LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp AS $$
DECLARE
  code text;
  word text;
  part tsquery;
  fits tsquery;
  wanted tsquery := '';
  unwanted tsquery := '';
BEGIN
  FOREACH code IN ARRAY ARRAY['en', 'de', 'sv', ''] LOOP
    fits := '';
    FOREACH word IN ARRAY words LOOP
      part := plainto_tsquery(tickets_search_language(code), unaccent(word));
      IF numnode(part) > 0 THEN
        fits := fits && (part || tickets_search_lexeme(word)::tsquery);
      END IF;
    END LOOP;
    wanted := wanted || fits;
    FOREACH word IN ARRAY without LOOP
      part := plainto_tsquery(tickets_search_language(code), unaccent(word));
      unwanted := unwanted || part || tickets_search_lexeme(word)::tsquery;
    END LOOP;
  END LOOP;
  IF cardinality(words) > 0 AND numnode(wanted) = 0 THEN
    RETURN '';  -- nothing but signs: that is nowhere
  END IF;
  RETURN CASE WHEN numnode(unwanted) = 0 THEN wanted ELSE wanted && !!unwanted END;
END $$;

CREATE OR REPLACE FUNCTION tickets_search_rebuild(wanted bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  -- Of all houses that may have one: the ticket may have been theirs.
  DELETE FROM tickets_searchdocument d USING tickets_ticket t
  CROSS JOIN LATERAL (
    SELECT 0::bigint AS house
    UNION SELECT unnest(t.houses)
    UNION SELECT o.id FROM vendors_organisation o WHERE o.vendor_id = t.vendor_id AND o.kind <> 'customer'
  ) h
  WHERE t.vendor_id = ANY (tenancy_open()) AND t.id = ANY (wanted)
    AND d.vendor_id = t.vendor_id AND d.house_id = h.house AND d.ticket_id = t.id;
  -- The number has a weight that nothing else has: who asks for it finds its ticket before those in which it is spoken of.
  INSERT INTO tickets_searchdocument (vendor_id, ticket_id, house_id, words)
  SELECT t.vendor_id, t.id, h.house,
    setweight(tickets_search_vector(t.language, t.subject), 'A')
    || (tickets_search_lexeme(t.number) || ':1C')::tsvector || (tickets_search_lexeme(right(t.number, 6)) || ':1C')::tsvector
    || coalesce(tickets_search_lexeme(nullif(i.number, ''))::tsvector, '')
    || setweight(tickets_search_vector(t.language, coalesce(said.words, '')), 'B')
  FROM tickets_ticket t
  LEFT JOIN vendors_installeditem i ON i.vendor_id = t.vendor_id AND i.id = t.item_id
  CROSS JOIN LATERAL (
    SELECT 0::bigint AS house UNION SELECT t.serving_house_id WHERE t.serving_house_id IS NOT NULL UNION SELECT unnest(t.past_houses)
  ) h
  CROSS JOIN LATERAL (
    SELECT string_agg(m.body, E'\n') AS words FROM (
      SELECT left(body, 300000) AS body FROM tickets_message x
      WHERE x.vendor_id = t.vendor_id AND x.ticket_id = t.id AND x.retracted_at IS NULL AND (
        x.visibility = 'public' OR x.house_id = h.house OR h.house = ANY (x.shared_with)
        OR (h.house = 0 AND (x.house_id IS NULL OR x.shared_with_vendor)))
      ORDER BY x.id DESC LIMIT 300
    ) m
  ) said
  WHERE t.vendor_id = ANY (tenancy_open()) AND t.id = ANY (wanted);
END $$;

DROP FUNCTION tickets_search(tsquery, integer);
-- The newest tickets that hold the words, at most `most` of a vendor, as the scope may read them: staff their vendor's documents,
-- a partner its own house's. Statements are put together with literals so that the planner knows how common the words are.
CREATE FUNCTION tickets_search(words text[], without text[], most integer) RETURNS TABLE (ticket_id bigint, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  wanted tsquery := tickets_search_query(words, without);
  own text := coalesce((SELECT string_agg(tickets_search_lexeme(word) || ':C', ' | ') FROM unnest(words) word), '');
  vendor bigint;
  houses bigint[];
BEGIN
  IF numnode(wanted) = 0 THEN
    RETURN;
  END IF;
  FOREACH vendor IN ARRAY coalesce(tenancy_vendors(), '{}') LOOP
    houses := CASE WHEN vendor = ANY (coalesce(tenancy_open(), '{}')) THEN ARRAY[0::bigint]
              ELSE coalesce(tenancy_organisations(), '{}') END;
    FOR i IN 1 .. coalesce(array_length(houses, 1), 0) LOOP
      RETURN QUERY EXECUTE format(
        'SELECT found.ticket_id, (ts_rank(found.words, %1$L::tsquery) + (found.words @@ %5$L::tsquery)::int)::real'
        ' FROM (SELECT d.ticket_id, d.words'
        ' FROM tickets_searchdocument d WHERE d.vendor_id = %2$s AND d.house_id = %3$s AND d.words @@ %1$L::tsquery'
        ' ORDER BY d.ticket_id DESC LIMIT %4$s) found', wanted, vendor, houses[i], most, own);
    END LOOP;
  END LOOP;
END $$;
"""
FILL = """
SELECT set_config('app.vendors', coalesce((SELECT string_agg(id::text, ',') FROM tenancy_tenant), ''), true),
       set_config('app.open', coalesce((SELECT string_agg(id::text, ',') FROM tenancy_tenant), ''), true);
SELECT tickets_search_rebuild(coalesce((SELECT array_agg(id) FROM tickets_ticket), '{}'));
SELECT set_config('app.vendors', '', true), set_config('app.open', '', true);
"""


class Migration(migrations.Migration):
    """See above. What was found before is learned anew, without accents."""

    dependencies = [("tickets", "0009_search")]

    operations = [
        UnaccentExtension(),
        migrations.RunSQL(FUNCTIONS),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
