from django.db import migrations

TOUCH = """
CREATE FUNCTION supervision_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whose assignments a statement wrote: a mark for each unit, which nobody waits for.
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO supervision_touched (unit_id) SELECT DISTINCT unit_id FROM news;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO supervision_touched (unit_id) SELECT DISTINCT unit_id FROM olds;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION supervision_touch_beside() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The same for a table beside the assignments; its argument names the column that leads to them.
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format('INSERT INTO supervision_touched (unit_id) SELECT DISTINCT a.unit_id
            FROM news JOIN supervision_assignment a ON a.id = news.%I', TG_ARGV[0]);
    END IF;
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format('INSERT INTO supervision_touched (unit_id) SELECT DISTINCT a.unit_id
            FROM olds JOIN supervision_assignment a ON a.id = olds.%I', TG_ARGV[0]);
    END IF;
    RETURN NULL;
END $$;
"""
TABLES = {
    "assignment": "touch()",
    "effect": "touch_beside('assignment_id')",
    "slot": "touch_beside('assignment_id')",
    "lookback": "touch_beside('assignment_id')",
    "obstacle": "touch_beside('answer_id')",
}
SEEN = {
    "INSERT": "NEW TABLE AS news",
    "UPDATE": "OLD TABLE AS olds NEW TABLE AS news",
    "DELETE": "OLD TABLE AS olds",
}
WATCH = "".join(
    f"CREATE TRIGGER supervision_{table}_touch_{event.lower()} AFTER {event} ON supervision_{table}"
    f" REFERENCING {seen} FOR EACH STATEMENT EXECUTE FUNCTION supervision_{function};"
    for table, function in TABLES.items()
    for event, seen in SEEN.items()
)
IGNORE = "".join(
    f"DROP TRIGGER supervision_{table}_touch_{event.lower()} ON supervision_{table};"
    for table in TABLES
    for event in SEEN
)
MOVED = """
CREATE FUNCTION supervision_touch_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A unit that moves in the tree is in the sum of another one from now on.
    INSERT INTO supervision_touched (unit_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER supervision_touch_moved AFTER UPDATE OF parent_id ON org_unit FOR EACH ROW
    WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION supervision_touch_moved();
"""
STAY = "DROP TRIGGER supervision_touch_moved ON org_unit; DROP FUNCTION supervision_touch_moved();"
FORGET = "DROP FUNCTION supervision_touch(); DROP FUNCTION supervision_touch_beside();"


class Migration(migrations.Migration):
    # Of before the first release; a database that has them has this.
    replaces = [
        ("supervision", "0020_reckonings"),
    ]
    dependencies = [("supervision", "0001_schema")]
    operations = [
        migrations.RunSQL(TOUCH, FORGET),
        migrations.RunSQL(WATCH, IGNORE),
        migrations.RunSQL(MOVED, STAY),
    ]
