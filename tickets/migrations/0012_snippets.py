"""What a search has found is marked where it stands, in whatever form and with whatever accents it was written."""

from django.db import migrations

FUNCTIONS = r"""
-- The languages with their accents overlooked, as the search overlooks them, for words that are to be shown as they were written.
CREATE TEXT SEARCH CONFIGURATION tickets_english (COPY = english);
ALTER TEXT SEARCH CONFIGURATION tickets_english ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;
CREATE TEXT SEARCH CONFIGURATION tickets_german (COPY = german);
ALTER TEXT SEARCH CONFIGURATION tickets_german ALTER MAPPING FOR hword, hword_part, word WITH unaccent, german_stem;
CREATE TEXT SEARCH CONFIGURATION tickets_swedish (COPY = swedish);
ALTER TEXT SEARCH CONFIGURATION tickets_swedish ALTER MAPPING FOR hword, hword_part, word WITH unaccent, swedish_stem;
CREATE TEXT SEARCH CONFIGURATION tickets_simple (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION tickets_simple ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;

CREATE FUNCTION tickets_search_shown(code text) RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE code WHEN 'de' THEN 'tickets_german' WHEN 'sv' THEN 'tickets_swedish' WHEN 'en' THEN 'tickets_english'
   ELSE 'tickets_simple' END::regconfig $$;

-- Any one of the words, each as the search asks for it.
CREATE FUNCTION tickets_search_any(words text[]) RETURNS tsquery LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp AS $$
DECLARE
  word text;
  fits tsquery := '';
BEGIN
  FOREACH word IN ARRAY words LOOP
    fits := fits || tickets_search_query(ARRAY[word], '{}');
  END LOOP;
  RETURN fits;
END $$;
"""
DROP = """
DROP FUNCTION tickets_search_any(text[]); DROP FUNCTION tickets_search_shown(text);
DROP TEXT SEARCH CONFIGURATION tickets_english; DROP TEXT SEARCH CONFIGURATION tickets_german;
DROP TEXT SEARCH CONFIGURATION tickets_swedish; DROP TEXT SEARCH CONFIGURATION tickets_simple;
"""


class Migration(migrations.Migration):
    """See above."""

    dependencies = [("tickets", "0011_search_plan")]
    operations = [migrations.RunSQL(FUNCTIONS, DROP)]
