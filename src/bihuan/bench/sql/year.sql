-- A year of work, :rows assignments: 2 % to prefectures, 10 % to counties, the rest to schools, each matter to all of
-- a kind; every other matter is given by the province (through an office), the others by the unit above.
-- 6 in 15 are struck off, and of those whose clock runs a sixth is overdue; the sweep has been there a moment ago.
CREATE TEMPORARY TABLE given AS
SELECT n, base + seat / size AS item, first + seat % size AS unit, chance / 15 AS luck,
       CASE WHEN chance % 15 < 6 THEN 'written_off' WHEN chance % 15 < 8 THEN 'dispatched'
            WHEN chance % 15 < 14 THEN 'working' ELSE 'completed' END AS stage,
       date_trunc('day', now()) - interval '1 second' + make_interval(days => chance / 15 % 120 - 20) AS due
FROM generate_series(0, :rows - 1) AS n,
LATERAL (SELECT hashint8(n) & 2147483647) AS lot (chance),
LATERAL (
    SELECT * FROM (VALUES (n % 50 = 0, 1, 2, 14, n / 50), (n % 50 <= 5, 1000001, 16, 86, n / 50 * 5 + n % 50 - 1),
                          (true, 2000001, :above + 1, :schools, n / 50 * 44 + n % 50 - 6))
           AS kinds (fits, base, first, size, seat) WHERE fits LIMIT 1
) AS kind;

-- 60 plans of the province, each with some of the matters.
INSERT INTO supervision_source (id, kind, number, title, text, unit_id)
SELECT n, 'plan', '测督〔2026〕' || n || '号', '专项行动方案' || n, '', 1 FROM generate_series(1, 60) AS n;
INSERT INTO supervision_plan (id, source_id, title, issuer_id, stage, level_names, cycle, publicises, edition, version,
                              issued_at)
SELECT n, n, '专项行动方案' || n, 1, 'issued', '{}', 'none', false, 1, 1, now() FROM generate_series(1, 60) AS n;
INSERT INTO supervision_item (id, source_id, plan_id, owner_id, position, depth, number, title, text, objective,
                              priority, mode, long_term, cycle, target_unit)
SELECT item, 1 + item % 60, 1 + item % 60, 1, item, 1, item::text, '核查学前教育减免保教费发放情况' || item, '', '',
       'normal', 'each', false, '', ''
FROM (SELECT DISTINCT item FROM given) AS items;

INSERT INTO supervision_assignment (
    item_id, unit_id, duty, round, period, issued_by_id, office_id, reviewer_id, mandatory, stage, version, outcome,
    returns, insisted, dispatched_at, sign_by, signed_at, due_at, original_due_at, record_due_at, amber_at, strong_at,
    reported_at,
    completed_at, decide_by, accepted_at, ended_at, swept_at, next_alarm_at
)
SELECT item, unit.id, 'lead', 1, '', giver, CASE giver WHEN 1 THEN 102 + item % 10 END, giver, true, stage, 1,
       CASE WHEN stage = 'written_off' THEN 'done' ELSE '' END, 0, false, due - interval '60 days',
       due - interval '59 days', CASE WHEN stage <> 'dispatched' THEN due - interval '59 days' END, due, due, due,
       due - interval '18 days', due - interval '9 days',
       CASE WHEN stage <> 'dispatched' AND luck % 2 = 0 THEN due - interval '20 days' END,
       CASE WHEN stage IN ('completed', 'written_off') THEN due - interval '2 days' END,
       CASE WHEN stage = 'completed' THEN due + interval '1 day' END,
       CASE WHEN stage = 'written_off' THEN due END, CASE WHEN stage = 'written_off' THEN due END, now(),
       CASE WHEN stage <> 'written_off' THEN greatest(due, now() + interval '1 day') END
FROM given JOIN org_unit AS unit ON unit.id = given.unit,
LATERAL (SELECT CASE WHEN item % 2 = 0 THEN 1 ELSE unit.parent_id END) AS by (giver) ORDER BY n;

INSERT INTO supervision_term (assignment_id, kind, from_at, due_at, amber_at, strong_at, rule)
SELECT id, 'original', dispatched_at, due_at, amber_at, strong_at, '{}' FROM supervision_assignment;

INSERT INTO ledger_entry (stream, position, verb, facts, actor_id, actor_post, appointment_id, unit_id, at, request_id,
                          previous, digest)
SELECT 'supervision.assignment:' || id, 1, 'supervision.assignment.dispatched', '{"round": 1}', 2, '岗位', 2, 1,
       dispatched_at, gen_random_uuid(), '', encode(sha256(id::text::bytea), 'hex')
FROM supervision_assignment;
DROP TABLE given;
