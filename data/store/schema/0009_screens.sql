-- Keys of screens: a wall signs in with one and may only look. The key itself is told once and kept nowhere.

CREATE TABLE screen_key (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL CHECK (name <> ''),
    hash         bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),   -- SHA-256 of the key
    within       text,                        -- id of the grid it is limited to, such as "1:320281104"; NULL = the city
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz,
    revoked_at   timestamptz
);

-- A name is given again once its key is revoked; what was revoked stays, so that it can be told when.
CREATE UNIQUE INDEX screen_key_name ON screen_key (name) WHERE revoked_at IS NULL;
