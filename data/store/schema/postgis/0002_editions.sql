-- The view of today's grids counts all incidents by their leaf in today's edition, wherever they were placed. As long
-- as one of them has no leaf in it (`python app.py regrid` gives it one) the counts are unknown, and NULL.

CREATE OR REPLACE VIEW grids_current AS
WITH newest AS (
    SELECT id, name FROM edition WHERE holds_from <= current_date ORDER BY holds_from DESC, id DESC LIMIT 1
), placed AS MATERIALIZED (
    SELECT placement.leaf, incident.stage, incident.due_at
    FROM incident
    LEFT JOIN placement ON placement.incident_id = incident.id AND placement.edition_id = (SELECT id FROM newest)
), per_leaf AS MATERIALIZED (
    SELECT leaf,
           count(*) AS incidents,
           count(*) FILTER (WHERE stage NOT IN ('closed', 'voided')) AS open,
           count(*) FILTER (WHERE stage NOT IN ('closed', 'voided') AND due_at < now()) AS overdue
    FROM placed
    WHERE leaf >= 0
    GROUP BY leaf
), complete AS MATERIALIZED (
    SELECT NOT EXISTS (SELECT FROM placed WHERE leaf IS NULL) AS is_so
)
SELECT (grid.level::bigint << 32) + grid.ordinal AS id,
       newest.name AS edition,
       grid.level, grid.ordinal, grid.code, grid.name, grid.parent_code, grid.lo, grid.hi, grid.area_m2, grid.population,
       CASE WHEN complete.is_so THEN coalesce(counted.incidents, 0) END AS incidents,
       CASE WHEN complete.is_so THEN coalesce(counted.open, 0) END AS open,
       CASE WHEN complete.is_so THEN coalesce(counted.overdue, 0) END AS overdue,
       grid.geom
FROM newest
CROSS JOIN complete
JOIN grid ON grid.edition_id = newest.id
LEFT JOIN LATERAL (
    SELECT sum(incidents)::bigint AS incidents, sum(open)::bigint AS open, sum(overdue)::bigint AS overdue
    FROM per_leaf
    WHERE leaf >= grid.lo AND leaf < grid.hi
) AS counted ON true;
