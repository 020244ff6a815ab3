-- Of the first :among assignments every :every-th is a week late, and the sweep has not been there since.
DELETE FROM supervision_proposal;
DELETE FROM supervision_effect;
UPDATE supervision_assignment
SET due_at = date_trunc('day', now()) - interval '7 days', record_due_at = date_trunc('day', now()) - interval '7 days',
    swept_at = date_trunc('day', now()) - interval '7 days', next_alarm_at = now() - interval '1 minute'
WHERE id % :every = 0 AND id <= :among;
