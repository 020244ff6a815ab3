-- Columns that the statements here do not name, since a later version brought them, are empty.
DO $$
DECLARE lacking record;
BEGIN
    FOR lacking IN
        SELECT table_name, column_name, CASE WHEN data_type IN ('text', 'character varying') THEN $e$''$e$
               WHEN data_type = 'boolean' THEN 'false' WHEN data_type LIKE 'timestamp%' THEN 'now()' ELSE '0' END AS empty
        FROM information_schema.columns
        WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
          AND table_name ~ '^(org|supervision|ledger|api)_'
          AND data_type IN ('text', 'character varying', 'boolean', 'smallint', 'integer', 'timestamp with time zone')
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER %I SET DEFAULT %s', lacking.table_name, lacking.column_name, lacking.empty);
    END LOOP;
END $$;

-- A province: 14 prefectures, 86 counties, 10 offices, and schools under the counties; three people in each unit.
INSERT INTO org_unit (id, version, name, short_name, kind, region_code, sort_order, pinyin, starts_on, parent_id,
                      authority_id)
SELECT n, 0, name, name,
       CASE WHEN n <= 101 THEN 'authority' WHEN n <= :above THEN 'office' ELSE 'school' END,
       '', n, lpad(n::text, 8, '0'), date '2000-01-01',
       CASE WHEN n = 1 THEN NULL WHEN n <= 15 OR n BETWEEN 102 AND :above THEN 1
            WHEN n <= 101 THEN 2 + (n - 16) % 14 ELSE 16 + n % 86 END,
       CASE WHEN n BETWEEN 102 AND :above THEN 1 ELSE n END
FROM generate_series(1, :units) AS n, LATERAL (SELECT '单位' || n) AS named (name);

INSERT INTO org_lineage (ancestor_id, descendant_id, depth)
WITH RECURSIVE up (ancestor, descendant, depth) AS (
    SELECT id, id, 0 FROM org_unit
    UNION ALL
    SELECT unit.parent_id, up.descendant, up.depth + 1
    FROM up JOIN org_unit AS unit ON unit.id = up.ancestor WHERE unit.parent_id IS NOT NULL
)
SELECT ancestor, descendant, depth FROM up;

INSERT INTO org_person (id, password, username, name, email, mobile, pinyin, is_active, must_change_password)
SELECT n, '!', 'person' || n, '人员' || n, '', '', '', true, false FROM generate_series(1, 3 * :units) AS n;

INSERT INTO org_appointment (id, person_id, unit_id, role, title, starts_on)
SELECT n, n, unit,
       CASE n % 3 WHEN 0 THEN 'handler' WHEN 1 THEN 'leader'
            ELSE CASE WHEN unit <= :above THEN 'supervisor' ELSE 'liaison' END END,
       '岗位', date '2020-01-01'
FROM generate_series(1, 3 * :units) AS n, LATERAL (SELECT 1 + (n - 1) / 3) AS at (unit);

-- A token for everybody, `bh_bench_N` for the appointment N.
INSERT INTO api_token (appointment_id, label, digest, granted_at, until)
SELECT id, 'bench', encode(sha256(('bh_bench_' || id)::bytea), 'hex'), now(), current_date + 30 FROM org_appointment;

SELECT setval(pg_get_serial_sequence('org_unit', 'id'), :units);
SELECT setval(pg_get_serial_sequence('org_person', 'id'), 3 * :units);
SELECT setval(pg_get_serial_sequence('org_appointment', 'id'), 3 * :units);
ANALYZE org_unit, org_lineage, org_person, org_appointment, api_token;
