-- A report for each assignment with its piece and :marks marks, a fifth of them from phrases that stand in a hundredth of all
-- reports; a picture for each with nine marks. Of the first report there are five copies.
INSERT INTO supervision_report (assignment_id, text, problems, next_steps, reported_at, person_id, verdict, opinion)
SELECT id, 'report ' || id, '', '', now() - make_interval(secs => id), 1, '', '' FROM supervision_assignment ORDER BY id;

INSERT INTO alike_piece (report_id, assignment_id, unit_id, issuer_id, handed_at)
SELECT report.id, one.id, one.unit_id, one.issued_by_id, report.reported_at
FROM supervision_report AS report JOIN supervision_assignment AS one ON one.id = report.assignment_id ORDER BY report.id;

INSERT INTO alike_mark (mark, issuer_id, piece_id)
SELECT DISTINCT CASE WHEN n % 5 = 0 THEN hashint8(seed % 100 + 1000 * n)
                     ELSE hashint8extended(seed, n)::bit(32)::int END, piece.issuer_id, piece.id
FROM alike_piece AS piece
CROSS JOIN LATERAL (SELECT CASE WHEN piece.id % (SELECT 1 + max(id) / 6 FROM alike_piece) = 1 THEN 1 ELSE piece.id END) AS copied(seed)
CROSS JOIN generate_series(1, :marks) AS n;

INSERT INTO documents_content (digest, size, kind, stored, stored_at)
SELECT encode(sha256(n::text::bytea), 'hex'), 1000, 'jpg', '', now() FROM generate_series(1, :rows) AS n;

INSERT INTO alike_print (content_id, small, fault) SELECT id, '', '' FROM documents_content;

INSERT INTO alike_printmark (band, print_id, signs)
SELECT (n << 20) | (hashint8extended(one.id, n) & 1048575)::int, one.id, hashint8extended(one.id, n / 3) & 1152921504606846975
FROM alike_print AS one CROSS JOIN generate_series(0, 8) AS n;
