from django.db import migrations

REFUSE = """
CREATE FUNCTION documents_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The one named way round, for the flush between tests; no program code sets it.
    IF current_setting('bihuan.flushing_tests', true) = 'yes' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD WHEN 'UPDATE' THEN NEW ELSE NULL END;
    END IF;
    RAISE EXCEPTION '% on % refused: what was received or cited does not change', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER documents_content_fixed BEFORE UPDATE ON documents_content
    FOR EACH ROW EXECUTE FUNCTION documents_refuse();

CREATE TRIGGER documents_file_frozen BEFORE UPDATE ON documents_file
    FOR EACH ROW WHEN (
        OLD.frozen_at IS NOT NULL
        OR (OLD.id, OLD.content_id, OLD.name, OLD.uploaded_by_id, OLD.unit_id, OLD.upload_id, OLD.received_at)
        IS DISTINCT FROM
        (NEW.id, NEW.content_id, NEW.name, NEW.uploaded_by_id, NEW.unit_id, NEW.upload_id, NEW.received_at)
    ) EXECUTE FUNCTION documents_refuse();
CREATE TRIGGER documents_file_kept BEFORE DELETE ON documents_file
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION documents_refuse();
CREATE TRIGGER documents_file_no_truncate BEFORE TRUNCATE ON documents_file
    FOR EACH STATEMENT EXECUTE FUNCTION documents_refuse();

CREATE TRIGGER documents_citation_kept BEFORE UPDATE OR DELETE ON documents_citation
    FOR EACH ROW EXECUTE FUNCTION documents_refuse();
CREATE TRIGGER documents_citation_no_truncate BEFORE TRUNCATE ON documents_citation
    FOR EACH STATEMENT EXECUTE FUNCTION documents_refuse();
"""

ALLOW = """
DROP TRIGGER documents_citation_no_truncate ON documents_citation;
DROP TRIGGER documents_citation_kept ON documents_citation;
DROP TRIGGER documents_file_no_truncate ON documents_file;
DROP TRIGGER documents_file_kept ON documents_file;
DROP TRIGGER documents_file_frozen ON documents_file;
DROP TRIGGER documents_content_fixed ON documents_content;
DROP FUNCTION documents_refuse();
"""


class Migration(migrations.Migration):
    # Of before the first release; a database that has them has this.
    replaces = [
        ("documents", "0002_frozen"),
    ]
    dependencies = [("documents", "0002_schema")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
