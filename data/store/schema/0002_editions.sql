-- Where incidents lie in editions other than the one they were placed in. All of it follows from the states and the
-- grids, so the log does not know it, and it may be dropped and made again: `python app.py regrid`.

CREATE TABLE assignment (
    incident_id bigint NOT NULL,
    edition_id  integer NOT NULL,            -- never the edition of the incident's own placing
    leaf        integer NOT NULL CHECK (leaf >= -1),   -- ordinal in that edition; -1 = in no grid of it
    PRIMARY KEY (incident_id, edition_id)    -- no foreign keys: a check for each of ten million rows costs minutes
);

-- Editions onto which all history was re-assigned: before that, rows of `assignment` are a work in progress that
-- nobody reads. Incidents that come in later are placed when they are read, and stored by the next run.
CREATE TABLE regrid (
    edition_id  integer PRIMARY KEY REFERENCES edition,
    finished_at timestamptz NOT NULL DEFAULT now(),
    incidents   bigint NOT NULL,             -- of other editions that have their leaf in this one
    unlocated   bigint NOT NULL              -- of these, in no grid of it
);

-- The leaf of each incident in each edition, as far as it is stored.
CREATE VIEW placement AS
SELECT id AS incident_id, edition_id, leaf FROM incident
UNION ALL
SELECT assignment.incident_id, assignment.edition_id, assignment.leaf
FROM assignment
JOIN regrid ON regrid.edition_id = assignment.edition_id;

-- An incident that is placed anew, or goes, takes along what was derived from its old place.
CREATE FUNCTION forget_assignments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM assignment WHERE incident_id = OLD.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER incident_placed_anew AFTER UPDATE ON incident
    FOR EACH ROW
    WHEN ((OLD.id, OLD.edition_id, OLD.leaf, OLD.leaf_code, OLD.placed_by, OLD.lon, OLD.lat, OLD.grid_code_given)
          IS DISTINCT FROM
          (NEW.id, NEW.edition_id, NEW.leaf, NEW.leaf_code, NEW.placed_by, NEW.lon, NEW.lat, NEW.grid_code_given))
    EXECUTE FUNCTION forget_assignments();
CREATE TRIGGER incident_gone AFTER DELETE ON incident
    FOR EACH ROW EXECUTE FUNCTION forget_assignments();

CREATE FUNCTION forget_all_assignments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM assignment;
    RETURN NULL;
END
$$;
CREATE TRIGGER incident_emptied AFTER TRUNCATE ON incident
    FOR EACH STATEMENT EXECUTE FUNCTION forget_all_assignments();
