-- Which incidents moved in a span of time, by when it happened and by when the log learned of it. Both grow with the
-- log, more or less, so a summary of each block range is enough, and costs next to nothing beside ten million rows.

CREATE INDEX event_moments ON event USING brin (at, recorded_at) WITH (pages_per_range = 32, autosummarize = on);
