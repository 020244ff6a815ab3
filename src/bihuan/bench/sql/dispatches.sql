-- A dispatch of each matter to schools, :rows in all, waiting to be served.
INSERT INTO supervision_dispatch (item_id, due_at, period, rule, asked_by, request_id, asked_at, total, pending)
SELECT item.id, due, '', jsonb_build_object('due', due), 2, gen_random_uuid(), now(), cardinality(units), units
FROM supervision_item AS item, LATERAL (SELECT date_trunc('day', now()) + interval '60 days' AS due) AS term,
LATERAL (
    SELECT array_agg(id ORDER BY id) AS units FROM org_unit
    WHERE id > :above AND id - :above <= :rows - (item.id - 1) * :schools
) AS given;
