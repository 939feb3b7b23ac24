-- Alerts: what asked for a person's attention, from when to when, and who took note of it.

CREATE TABLE alert (
    key             text PRIMARY KEY,           -- of the matter and the moment it was first seen
    matter          text NOT NULL,              -- the same as long as the matter lasts
    kind            text NOT NULL,
    edition_id      integer NOT NULL REFERENCES edition,
    first_seen      timestamptz NOT NULL,
    last_seen       timestamptz NOT NULL,
    content         jsonb NOT NULL,             -- as it was when last seen
    acknowledged_at timestamptz,
    acknowledged_by text,
    note            text,
    CHECK (last_seen >= first_seen),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CHECK ((acknowledged_at IS NULL) = (note IS NULL))
);

CREATE INDEX alert_last_seen ON alert (last_seen DESC);
