-- Registers of units, persons, duties and powers. Each import is a new version; what was imported stays as it was.

-- The rows of one register, as one file brought them. Versions share those that did not change.
CREATE TABLE register_file (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    register    text NOT NULL CHECK (register IN ('units', 'persons', 'duties', 'powers')),
    checksum    text NOT NULL,               -- SHA-256 of its rows
    row_count   integer NOT NULL,
    UNIQUE (register, checksum)
);

-- The newest version is the one in force. Spans of days stand in the rows: a version knows the past, too.
CREATE TABLE register_version (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    imported_at timestamptz NOT NULL DEFAULT now(),
    imported_by text NOT NULL,
    edition_id  integer NOT NULL REFERENCES edition,   -- the grids it was checked against
    units       integer NOT NULL REFERENCES register_file,
    persons     integer NOT NULL REFERENCES register_file,
    duties      integer NOT NULL REFERENCES register_file,
    powers      integer NOT NULL REFERENCES register_file
);

CREATE TABLE register_unit (
    file_id     integer NOT NULL REFERENCES register_file,
    position    integer NOT NULL,            -- the order of the file counts: who is named first has the A role
    code        text NOT NULL,
    name        text NOT NULL,
    kind        text NOT NULL,
    parent      text NOT NULL,               -- "" for none
    grids       text[] NOT NULL,             -- ids such as "1:320281104"; empty: the whole city
    categories  text[] NOT NULL,             -- codes, prefixes ending in *, classes, or *
    PRIMARY KEY (file_id, position),
    UNIQUE (file_id, code)
);

CREATE TABLE register_person (
    file_id     integer NOT NULL REFERENCES register_file,
    position    integer NOT NULL,
    id          text NOT NULL,
    name        text NOT NULL,
    PRIMARY KEY (file_id, position),
    UNIQUE (file_id, id)
);

CREATE TABLE register_duty (
    file_id     integer NOT NULL REFERENCES register_file,
    position    integer NOT NULL,
    person      text NOT NULL,
    post        text NOT NULL,
    grid        text NOT NULL,
    unit        text NOT NULL,
    since       date NOT NULL,
    until       date,                        -- the day from which it is held no more
    hours       text NOT NULL,
    PRIMARY KEY (file_id, position),
    CHECK ((grid = '') <> (unit = '')),
    CHECK (since < until)
);

CREATE TABLE register_power (
    file_id     integer NOT NULL REFERENCES register_file,
    position    integer NOT NULL,
    code        text NOT NULL,
    kind        text NOT NULL,
    name        text NOT NULL,
    category    text[] NOT NULL,
    means       text NOT NULL CHECK (means IN ('service', 'management', 'enforcement')),
    towns       text[] NOT NULL,             -- codes of level 1, or *
    since       date NOT NULL,
    until       date,                        -- the day from which it is withdrawn
    basis       text NOT NULL,
    PRIMARY KEY (file_id, position),
    CHECK (since < until)
);

CREATE FUNCTION refuse_register_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'registers are never changed: import a new version';
END
$$;

-- Who follows the registers reads them again: after an import, and when the classes of categories changed, which units
-- and powers may name.
CREATE FUNCTION tell_registers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('registers', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER registers_imported AFTER INSERT ON register_version
    FOR EACH STATEMENT EXECUTE FUNCTION tell_registers();
CREATE TRIGGER categories_changed AFTER INSERT OR UPDATE OR DELETE ON category
    FOR EACH STATEMENT EXECUTE FUNCTION tell_registers();

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['register_file', 'register_version', 'register_unit', 'register_person',
                                'register_duty', 'register_power']
    LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I
                        FOR EACH ROW EXECUTE FUNCTION refuse_register_change()', kept || '_kept', kept);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_register_change()', kept || '_not_emptied', kept);
    END LOOP;
END
$$;
