-- The register of cameras: where each stands, and the address of its stream. An import ends the rows that it changes or
-- leaves out and begins new ones: what a camera was at any moment stays known.

CREATE TABLE camera (
    id                integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code              text NOT NULL,
    name              text NOT NULL,
    lon               double precision NOT NULL,    -- WGS 84
    lat               double precision NOT NULL,
    original_lon      double precision NOT NULL,
    original_lat      double precision NOT NULL,
    coordinate_system text NOT NULL,
    stream            text NOT NULL,                -- its address; nothing here opens it
    since             timestamptz NOT NULL,
    until             timestamptz,                  -- the moment from which it holds no more
    CHECK (since < until)
);
CREATE UNIQUE INDEX camera_in_force ON camera (code) WHERE until IS NULL;
CREATE INDEX camera_since ON camera (since);
