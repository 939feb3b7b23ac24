-- Photos of incidents, each beside the event that attached it.

CREATE TABLE photo (
    incident_id bigint NOT NULL,
    sha256      bytea NOT NULL CHECK (octet_length(sha256) = 32),
    n           integer NOT NULL,        -- of the event "attached"
    media_type  text NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png', 'image/webp')),
    size        integer NOT NULL,
    content     bytea NOT NULL,
    added_at    timestamptz NOT NULL,
    actor       text NOT NULL,
    PRIMARY KEY (incident_id, sha256),
    UNIQUE (incident_id, n),
    CHECK (size = octet_length(content))
);
-- A picture is compressed already.
ALTER TABLE photo ALTER COLUMN content SET STORAGE EXTERNAL;
