-- Every column of the register of assignments by hand, by the keys of its columns.
SELECT a.id, i.id AS item_id, coalesce(i.number || ' ', '') || i.title AS item, i.text, i.objective, i.leader, i.person,
       CASE WHEN i.depth = 2 THEN p1.title WHEN i.depth = 3 THEN p2.title WHEN i.depth = 4 THEN p3.title END AS level_1,
       CASE WHEN i.depth = 3 THEN p1.title WHEN i.depth = 4 THEN p2.title END AS level_2,
       CASE WHEN i.depth = 4 THEN p1.title END AS level_3,
       s.kind AS source_kind, s.number, s.title AS source_title, s.issued_on AS source_on, plan.title AS plan,
       area.name AS area, i.priority, u.short_name AS unit, u.name AS unit_name, u.code AS unit_code,
       u.region_code AS region, above.short_name AS parent, former.short_name AS original_unit, a.duty,
       giver.short_name AS issued_by, office.short_name AS office, a.dispatched_at::date AS dispatched_on, a.sign_by,
       a.signed_at::date AS signed_on, a.original_due_at::date AS original_due_on, a.due_at::date AS due_on,
       a.record_due_at::date AS record_due_on, a.stage, a.due_at,
       CASE WHEN a.ended_at IS NOT NULL OR a.stage NOT IN ('dispatched', 'declined', 'working') THEN a.stage
            WHEN a.due_at < now() THEN 'r' WHEN a.strong_at <= now() THEN 'yy'
            WHEN a.amber_at <= now() AND coalesce(a.reported_at < a.amber_at, true) THEN 'y' ELSE 'g' END AS light,
       greatest(coalesce(a.completed_at, now())::date - a.due_at::date, 0) AS days_late, a.progress,
       a.reported_at::date AS reported_on, r.text AS said, r.problems, r.next_steps, r.opinion,
       (SELECT string_agg(unit.short_name, '、') FROM supervision_assignment AS b JOIN org_unit AS unit ON unit.id = b.unit_id
         WHERE b.lead_id = a.id AND b.stage NOT IN ('reassigned', 'cancelled')) AS assisting,
       (SELECT count(*) FROM supervision_report WHERE assignment_id = a.id) AS reports,
       (SELECT count(*) FROM supervision_extension WHERE assignment_id = a.id AND state = 'granted') AS extensions,
       a.returns, a.completed_at::date AS completed_on, a.accepted_at::date AS accepted_on, a.ended_at::date AS ended_on,
       a.outcome, a.suspended_at IS NOT NULL AS suspended, a.round, a.period
FROM supervision_assignment AS a
JOIN supervision_item AS i ON i.id = a.item_id
LEFT JOIN supervision_item AS p1 ON p1.id = i.parent_id
LEFT JOIN supervision_item AS p2 ON p2.id = p1.parent_id
LEFT JOIN supervision_item AS p3 ON p3.id = p2.parent_id
JOIN supervision_source AS s ON s.id = i.source_id
LEFT JOIN supervision_plan AS plan ON plan.id = i.plan_id
LEFT JOIN supervision_area AS area ON area.id = i.area_id
JOIN org_unit AS u ON u.id = a.unit_id
LEFT JOIN org_unit AS above ON above.id = u.parent_id
LEFT JOIN org_unit AS former ON former.id = a.original_unit_id
JOIN org_unit AS giver ON giver.id = a.issued_by_id
LEFT JOIN org_unit AS office ON office.id = a.office_id
LEFT JOIN LATERAL (SELECT * FROM supervision_report WHERE assignment_id = a.id
                   ORDER BY reported_at DESC, id DESC LIMIT 1) AS r ON true
