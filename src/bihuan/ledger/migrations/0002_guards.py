from django.db import migrations

TABLES = ("entry", "leaf", "node", "head", "signingkey")

REFUSE = """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The one named way round, for the flush between tests; no program code sets it.
    IF current_setting('bihuan.flushing_tests', true) = 'yes' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NULL END;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
"""
GUARD = "".join(
    f"""
CREATE TRIGGER ledger_{table}_append_only BEFORE UPDATE OR DELETE ON ledger_{table}
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_{table}_no_truncate BEFORE TRUNCATE ON ledger_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
"""
    for table in TABLES
)
RELEASE = "".join(
    f"""
DROP TRIGGER ledger_{table}_append_only ON ledger_{table};
DROP TRIGGER ledger_{table}_no_truncate ON ledger_{table};
"""
    for table in TABLES
)


class Migration(migrations.Migration):
    # Of before the first release; a database that has them has this.
    replaces = [
        ("ledger", "0002_append_only"),
    ]
    dependencies = [("ledger", "0001_schema")]
    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION ledger_refuse();"),
        migrations.RunSQL(GUARD, RELEASE),
    ]
