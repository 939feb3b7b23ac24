-- Who has an incident in hand, under which clock, and what became of it beside the path.

ALTER TABLE incident
    ADD COLUMN area             text,        -- id of the upper grid that holds what is not located: "2:320281104205"
    ADD COLUMN held_level       smallint,    -- level of the grid that has it in hand; 0 = the city itself
    ADD COLUMN unit             text NOT NULL DEFAULT '',
    ADD COLUMN responsible      text NOT NULL DEFAULT '',   -- id in the roster
    ADD COLUMN responsible_name text NOT NULL DEFAULT '',
    ADD COLUMN responsible_post text NOT NULL DEFAULT '',
    ADD COLUMN clock_due_at     timestamptz, -- end of the clock that runs now, and when its light turns yellow
    ADD COLUMN clock_yellow_at  timestamptz,
    ADD COLUMN finish_limit     text NOT NULL DEFAULT '',
    ADD COLUMN suspended_at     timestamptz,
    ADD COLUMN urges            integer NOT NULL DEFAULT 0,
    ADD COLUMN appeals          integer NOT NULL DEFAULT 0,
    ADD COLUMN appealed         boolean NOT NULL DEFAULT false,
    ADD COLUMN photos           integer NOT NULL DEFAULT 0,
    ADD COLUMN satisfaction     text,
    ADD COLUMN merged_into      bigint;

-- The queues of the command desk look at open incidents only: a few thousand among millions.
CREATE INDEX incident_open ON incident (clock_due_at) WHERE stage NOT IN ('closed', 'voided');
-- What lies near in time, of the same category: duplicates.
CREATE INDEX incident_category ON incident (category, reported_at DESC);
