-- :items matters of the province, each a leaf of one list.
INSERT INTO supervision_source (id, kind, number, title, text, unit_id)
VALUES (1, 'plan', '测督〔2026〕1号', '专项行动方案', '', 1);
INSERT INTO supervision_item (id, source_id, owner_id, position, depth, number, title, text, objective, priority, mode,
                              long_term, cycle, target_unit)
SELECT n, 1, 1, n, 1, n::text, '核查学前教育减免保教费发放情况' || n, '', '', 'normal', 'each', false, '', ''
FROM generate_series(1, :items) AS n;
SELECT setval(pg_get_serial_sequence('supervision_source', 'id'), 1);
SELECT setval(pg_get_serial_sequence('supervision_item', 'id'), :items);
ANALYZE supervision_source, supervision_item;
