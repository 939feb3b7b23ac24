-- Positions of devices of people on duty. They are no part of the log: they are kept for a set number of days and then
-- removed for good. The order of the key serves all there is to ask: everybody over a span of time, and what is too old.

CREATE TABLE device_position (
    at     timestamptz NOT NULL,
    device text COLLATE "C" NOT NULL CHECK (device <> ''),
    lon    double precision NOT NULL,            -- WGS 84
    lat    double precision NOT NULL,
    person text NOT NULL,                        -- id in the roster: whose hours of duty it lies in
    post   text NOT NULL,                        -- the duty by which it was kept: the post,
    grid   text NOT NULL,                        -- the id of its grid, or ''
    unit   text NOT NULL,                        -- the code of its unit, or ''
    PRIMARY KEY (at, device)
);
