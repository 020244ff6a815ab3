-- :more assignments under way beside those there are, none of which is due for anything before a month has passed.
INSERT INTO supervision_assignment (
    item_id, unit_id, duty, round, period, issued_by_id, reviewer_id, mandatory, stage, version, outcome, returns,
    insisted, dispatched_at, sign_by, signed_at, due_at, original_due_at, record_due_at, amber_at, strong_at, swept_at,
    next_alarm_at
)
SELECT 1 + n / :schools, unit.id, 'lead', 1, '', unit.parent_id, unit.parent_id, true, 'working', 1, '', 0, false,
       due - interval '120 days', due - interval '119 days', due - interval '119 days', due, due, due,
       due - interval '36 days', due - interval '18 days', now(), due - interval '60 days'
FROM generate_series(:there, :there + :more - 1) AS n
CROSS JOIN LATERAL (SELECT date_trunc('day', now()) + make_interval(days => 90 + n % 60) AS due) AS term
JOIN org_unit AS unit ON unit.id = :above + 1 + n % :schools ORDER BY n;

INSERT INTO ledger_entry (stream, position, verb, facts, actor_id, actor_post, appointment_id, unit_id, at, request_id,
                          previous, digest)
SELECT 'supervision.assignment:' || id, 1, 'supervision.assignment.dispatched', '{"round": 1}', 2, '岗位', 2, 1,
       dispatched_at, gen_random_uuid(), '', encode(sha256(id::text::bytea), 'hex')
FROM supervision_assignment ORDER BY id OFFSET :there;
