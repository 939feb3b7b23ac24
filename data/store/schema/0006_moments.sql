-- Until when an incident's state holds, seen from its log: the latest time any of its steps happened, and the moment
-- the log learned of its last one.

ALTER TABLE incident
    ADD COLUMN last_at     timestamptz,
    ADD COLUMN recorded_at timestamptz;

UPDATE incident
SET last_at = told.last_at, recorded_at = last_one.recorded_at
FROM (SELECT incident_id, max(at) AS last_at, max(n) AS n FROM event GROUP BY incident_id) AS told
JOIN event AS last_one USING (incident_id, n)
WHERE incident.id = told.incident_id;

ALTER TABLE incident ALTER COLUMN last_at SET NOT NULL, ALTER COLUMN recorded_at SET NOT NULL;
