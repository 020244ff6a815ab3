from django.db import migrations

# What a paper says, for the index of its words: its number as it is written, and every string of its text and tables.
CREATE = """
CREATE FUNCTION documents_number(code text, year integer, serial integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN serial IS NULL THEN '' ELSE code || '〔' || year::text || '〕' || serial::text || '号' END;

CREATE FUNCTION documents_texts(said jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(one #>> '{}', E'\\x1F')
    FROM jsonb_path_query(said, 'strict $.** ? (@.type() == "string")') AS one
$$;
"""
DROP = "DROP FUNCTION documents_texts(jsonb); DROP FUNCTION documents_number(text, integer, integer);"


class Migration(migrations.Migration):
    # Of before the first release; a database that has them has this.
    replaces = [
        ("documents", "0004_words"),
    ]
    dependencies = [("kernel", "0001_bigrams")]
    operations = [migrations.RunSQL(CREATE, DROP)]
