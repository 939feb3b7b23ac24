-- Editions of the grid system, the event log, and the current state of each incident.

CREATE TABLE edition (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    city        text NOT NULL,
    name        text NOT NULL,
    holds_from  date NOT NULL,
    demo        boolean NOT NULL DEFAULT false,
    level_names jsonb NOT NULL,             -- [{"zh": "镇街", "en": "Towns"}, ...], coarsest first
    checksum    text NOT NULL,              -- GridSystem.checksum
    imported_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (name)
);

CREATE TABLE grid (
    edition_id  integer NOT NULL REFERENCES edition,
    level       smallint NOT NULL CHECK (level >= 1),
    ordinal     integer NOT NULL,           -- position within its level, depth first
    code        text NOT NULL,
    name        text NOT NULL,
    parent_code text,
    lo          integer NOT NULL,           -- its leaves are [lo, hi)
    hi          integer NOT NULL,
    area_m2     double precision NOT NULL,
    population  integer,
    wkb         bytea NOT NULL,             -- WGS 84, full resolution
    PRIMARY KEY (edition_id, level, code),
    UNIQUE (edition_id, level, ordinal),
    CHECK (hi > lo)
);

CREATE SEQUENCE incident_id_seq AS bigint;
CREATE SEQUENCE event_seq AS bigint;

CREATE TABLE incident (
    id                bigint PRIMARY KEY,
    source            text NOT NULL,
    source_id         text NOT NULL,
    category          text NOT NULL,
    title             text NOT NULL,
    address           text NOT NULL,
    stage             text NOT NULL,
    reported_at       timestamptz NOT NULL,
    occurred_at       timestamptz,
    lon               double precision,
    lat               double precision,
    lon_given         double precision,
    lat_given         double precision,
    coordinate_system text NOT NULL,
    grid_code_given   text,
    h3                bigint,
    edition_id        integer NOT NULL REFERENCES edition,
    leaf              integer NOT NULL,     -- ordinal in that edition; -1 = in no grid
    leaf_code         text,
    placed_by         text,
    seq               bigint NOT NULL,      -- of the last event folded in
    n                 integer NOT NULL,
    hash              bytea NOT NULL,
    verified_at       timestamptz,
    filed_at          timestamptz,
    dispatched_at     timestamptz,
    claimed_at        timestamptz,
    handled_at        timestamptz,
    checked_at        timestamptz,
    closed_at         timestamptz,
    voided_at         timestamptz,
    due_claim_at      timestamptz,
    due_at            timestamptz,
    handler           text NOT NULL DEFAULT '',
    means             text,
    level             smallint,
    self_handled      boolean NOT NULL DEFAULT false,
    escalations       integer NOT NULL DEFAULT 0,
    returns           integer NOT NULL DEFAULT 0,
    reworks           integer NOT NULL DEFAULT 0,
    extensions        integer NOT NULL DEFAULT 0,
    suspended         boolean NOT NULL DEFAULT false,
    UNIQUE (source, source_id),
    CHECK ((leaf = -1) = (leaf_code IS NULL)),
    CHECK ((lon IS NULL) = (lat IS NULL)),
    CHECK (stage <> 'closed' OR (closed_at IS NOT NULL AND means IS NOT NULL AND level IS NOT NULL))
);
CREATE UNIQUE INDEX incident_seq ON incident (seq);
CREATE INDEX incident_reported ON incident (reported_at DESC, id DESC);
CREATE INDEX incident_leaf ON incident (leaf, reported_at DESC);

CREATE TABLE event (
    seq         bigint PRIMARY KEY,
    incident_id bigint NOT NULL,
    n           integer NOT NULL,
    kind        text NOT NULL,
    at          timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor       text NOT NULL,
    detail      jsonb NOT NULL,
    prev_hash   bytea NOT NULL,
    hash        bytea NOT NULL,
    UNIQUE (incident_id, n)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only';
END
$$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE category (
    code    text PRIMARY KEY,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    class   text NOT NULL DEFAULT ''
);
