"""The search decides by itself how to look: what the planner believes of words that it has not counted is often far off."""

from django.db import migrations

FUNCTION = r"""
-- The newest tickets that hold the words, at most `most` of a vendor, as the scope may read them: staff their vendor's documents,
-- a partner its own house's. Words that one in forty of the newest documents holds are common: the documents are walked from the
-- newest on until enough are found. All others are asked of the index of words alone: `+ 0` keeps the planner, which takes rare words
-- for common ones, from the indexes of everything else.
CREATE OR REPLACE FUNCTION tickets_search(words text[], without text[], most integer)
RETURNS TABLE (ticket_id bigint, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  wanted tsquery := tickets_search_query(words, without);
  own text := coalesce((SELECT string_agg(tickets_search_lexeme(word) || ':C', ' | ') FROM unnest(words) word), '');
  vendor bigint;
  houses bigint[];
  hits integer;
BEGIN
  IF numnode(wanted) = 0 THEN
    RETURN;
  END IF;
  FOREACH vendor IN ARRAY coalesce(tenancy_vendors(), '{}') LOOP
    houses := CASE WHEN vendor = ANY (coalesce(tenancy_open(), '{}')) THEN ARRAY[0::bigint]
              ELSE coalesce(tenancy_organisations(), '{}') END;
    FOR i IN 1 .. coalesce(array_length(houses, 1), 0) LOOP
      EXECUTE format(
        'SELECT count(*) FROM (SELECT d.words FROM tickets_searchdocument d WHERE d.vendor_id = %s AND d.house_id = %s'
        ' ORDER BY d.ticket_id DESC LIMIT 2000) newest WHERE newest.words @@ %L::tsquery', vendor, houses[i], wanted) INTO hits;
      RETURN QUERY EXECUTE format(
        'SELECT found.ticket_id, (ts_rank(found.words, %1$L::tsquery) + (found.words @@ %5$L::tsquery)::int)::real'
        ' FROM (SELECT d.ticket_id, d.words'
        ' FROM tickets_searchdocument d'
        ' WHERE d.vendor_id %6$s = %2$s AND d.house_id %6$s = %3$s AND d.words @@ %1$L::tsquery'
        ' ORDER BY d.ticket_id %6$s DESC LIMIT %4$s) found',
        wanted, vendor, houses[i], most, own, CASE WHEN hits >= 50 THEN '' ELSE '+ 0' END);
    END LOOP;
  END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    """See above."""

    dependencies = [("tickets", "0010_search_queries")]
    operations = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]
