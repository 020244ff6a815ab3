from django.db import migrations

# They name nothing of ours: ANALYZE, REINDEX and a restored dump call them with an empty search path.
# `fold` is what is compared, `bigrams` what is indexed: see bihuan/kernel/bigrams.py, which says the same in Python,
# and docs/adr/0008. Both are immutable for good: another way of folding is another function and another index.
FOLD = r"""left(lower(translate(
        normalize(left({words}, 100000), NFKC), E' \t\n\r\f\x0B', '') COLLATE "C"), 100000)"""

CREATE = f"""
CREATE FUNCTION bihuan_fold(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN {FOLD.format(words="words")};

CREATE FUNCTION bihuan_bigrams(VARIADIC words text[]) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000 AS $$
DECLARE
    letters text[] := ARRAY[]::text[];
    part text;
    found text[];
BEGIN
    FOREACH part IN ARRAY words LOOP
        letters := letters || string_to_array({FOLD.format(words="part")}, NULL) || ''::text;  -- nothing: no pair across parts
    END LOOP;
    SELECT array_agg(DISTINCT one || two) INTO found
    FROM unnest(letters[:100000], letters[2:100000]) AS pair (one, two) WHERE one <> '' AND two IS NOT NULL;
    RETURN array_to_tsvector(coalesce(found, ARRAY[]::text[]));
END $$;
"""
DROP = "DROP FUNCTION bihuan_bigrams(text[]); DROP FUNCTION bihuan_fold(text);"


class Migration(migrations.Migration):
    dependencies = []
    operations = [migrations.RunSQL(CREATE, DROP)]
