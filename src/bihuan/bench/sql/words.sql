-- After a year of work, words to look for: 核查 in every matter, 食堂 in a tenth, 锅炉 in a few; 校车 only in the own
-- matters of the first county, which all other readers look for in vain. One assignment in 20 is a matter of its own,
-- as after breaking down; every other assignment has a report.
UPDATE supervision_item SET title = title || CASE WHEN id % 10 = 3 THEN '（食堂）' WHEN id % 500 = 7 THEN '（锅炉）' ELSE '' END;

INSERT INTO supervision_item (id, source_id, owner_id, position, depth, number, title, text, objective, priority, mode,
                              long_term, cycle, target_unit)
SELECT 3000000 + one.id, 1 + one.id % 60, one.issued_by_id, 0, 1, '',
       '核查本单位' || (ARRAY['教辅征订', '安全隐患', '师德师风', '收费公示', '食堂采购', '消防通道', '档案管理', '作业负担', '午休管理',
                         '体育活动'])[1 + one.id / 20 % 10] || '落实情况'
       || CASE WHEN one.id % 10000 = 20 THEN '及锅炉检修' WHEN unit.parent_id = 16 THEN '及校车' ELSE '' END,
       '', '', 'normal', 'each', false, '', ''
FROM supervision_assignment AS one JOIN org_unit AS unit ON unit.id = one.unit_id WHERE one.id % 20 = 0;
UPDATE supervision_assignment SET item_id = 3000000 + id WHERE id % 20 = 0;

INSERT INTO supervision_report (assignment_id, text, problems, next_steps, reported_at, person_id, verdict, opinion)
SELECT id, '已核查本单位第' || id % 97 || '批台账，' || CASE WHEN id % 20 = 4 THEN '食堂' WHEN id % 4000 = 6 THEN '锅炉房' ELSE '教室' END
           || '整改完成' || id % 90 || '处', '', '下步继续巩固', dispatched_at + interval '20 days', 1, '', ''
FROM supervision_assignment WHERE id % 2 = 0 ORDER BY id;
SELECT setval(pg_get_serial_sequence('supervision_item', 'id'), (SELECT max(id) FROM supervision_item));
