-- What PostGIS adds: geometry beside the plain columns, always in step with them, and views that QGIS opens directly.
-- The program itself reads none of it.

ALTER TABLE grid ADD COLUMN geom geometry(MultiPolygon, 4326)
    GENERATED ALWAYS AS (ST_Multi(ST_GeomFromWKB(wkb, 4326))) STORED;
CREATE INDEX grid_geom ON grid USING gist (geom);

ALTER TABLE incident ADD COLUMN geom geometry(Point, 4326)
    GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(lon, lat), 4326)) STORED;
CREATE INDEX incident_geom ON incident USING gist (geom);

-- The grids of the edition that holds today, all levels, with the incidents in each. `id` is the key QGIS asks for;
-- a filter on `level` makes a layer of one level.
CREATE VIEW grids_current AS
WITH newest AS (
    SELECT id, name FROM edition WHERE holds_from <= current_date ORDER BY holds_from DESC, id DESC LIMIT 1
), per_leaf AS MATERIALIZED (
    SELECT leaf,
           count(*) AS incidents,
           count(*) FILTER (WHERE stage NOT IN ('closed', 'voided')) AS open,
           count(*) FILTER (WHERE stage NOT IN ('closed', 'voided') AND due_at < now()) AS overdue
    FROM incident
    WHERE edition_id = (SELECT id FROM newest) AND leaf >= 0
    GROUP BY leaf
)
SELECT (grid.level::bigint << 32) + grid.ordinal AS id,
       newest.name AS edition,
       grid.level, grid.ordinal, grid.code, grid.name, grid.parent_code, grid.lo, grid.hi, grid.area_m2, grid.population,
       coalesce(counted.incidents, 0) AS incidents,
       coalesce(counted.open, 0) AS open,
       coalesce(counted.overdue, 0) AS overdue,
       grid.geom
FROM newest
JOIN grid ON grid.edition_id = newest.id
LEFT JOIN LATERAL (
    SELECT sum(incidents)::bigint AS incidents, sum(open)::bigint AS open, sum(overdue)::bigint AS overdue
    FROM per_leaf
    WHERE leaf >= grid.lo AND leaf < grid.hi
) AS counted ON true;

-- Incidents with a position.
CREATE VIEW incidents_located AS
SELECT id, source, source_id, category, title, address, stage, reported_at, occurred_at, due_at, closed_at, handler,
       means, edition_id, leaf, leaf_code, placed_by, geom
FROM incident
WHERE geom IS NOT NULL;

-- Incidents with a position that are not where PostGIS puts them. The rule: the lowest code, byte by byte, among the
-- leaves that cover the point, border included; a grid code places only what lies in no leaf; a hand may place
-- anything. `border_m` is the distance to the nearest border of the leaf on record, or else of the leaf expected:
-- next to nothing says that two libraries round differently on a border, anything else says that something is wrong.
CREATE VIEW assignment_disagreement AS
WITH leaf_level AS (
    SELECT edition_id, max(level) AS level FROM grid GROUP BY edition_id
), leaves AS (
    SELECT grid.* FROM grid JOIN leaf_level USING (edition_id, level)
), covering AS (
    SELECT incident.id, min(leaves.code COLLATE "C") AS code
    FROM leaves
    JOIN incident ON incident.edition_id = leaves.edition_id AND ST_Covers(leaves.geom, incident.geom)
    GROUP BY incident.id
)
SELECT incident.id AS incident_id,
       incident.edition_id,
       incident.lon,
       incident.lat,
       incident.placed_by,
       incident.leaf,
       incident.leaf_code,
       covering.code AS expected_code,
       expected.ordinal AS expected_leaf,
       ST_Distance(ST_Boundary(coalesce(recorded.geom, expected.geom))::geography, incident.geom::geography) AS border_m
FROM incident
LEFT JOIN covering ON covering.id = incident.id
LEFT JOIN leaves AS expected ON expected.edition_id = incident.edition_id AND expected.code = covering.code
LEFT JOIN leaves AS recorded ON recorded.edition_id = incident.edition_id AND recorded.code = incident.leaf_code
WHERE incident.geom IS NOT NULL
  AND incident.placed_by IS DISTINCT FROM 'hand'
  AND CASE
          WHEN incident.placed_by = 'grid_code'
              THEN covering.code IS NOT NULL OR recorded.ordinal IS DISTINCT FROM incident.leaf
          ELSE (incident.leaf_code, incident.leaf) IS DISTINCT FROM (covering.code, coalesce(expected.ordinal, -1))
      END;
