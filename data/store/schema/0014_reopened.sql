-- How often a closed incident was opened again, and how often what it says was corrected.
ALTER TABLE incident
    ADD COLUMN reopens     integer NOT NULL DEFAULT 0,
    ADD COLUMN corrections integer NOT NULL DEFAULT 0;
