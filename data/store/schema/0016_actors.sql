-- Actors have an id beside the display name (`data.access.actor`). Rows written before this migration keep what they
-- have, without an id; new events and photos must have one.
ALTER TABLE event ADD COLUMN actor_id text;
ALTER TABLE event ADD CONSTRAINT event_actor_id CHECK (actor_id <> '' AND actor_id IS NOT NULL) NOT VALID;

ALTER TABLE photo ADD COLUMN actor_id text;
ALTER TABLE photo ADD CONSTRAINT photo_actor_id CHECK (actor_id <> '' AND actor_id IS NOT NULL) NOT VALID;

ALTER TABLE alert
    ADD COLUMN acknowledged_by_id text,
    ADD CHECK (acknowledged_by_id IS NULL OR acknowledged_by IS NOT NULL);

ALTER TABLE register_version ADD COLUMN imported_by_id text;
