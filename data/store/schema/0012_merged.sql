-- What was merged into an incident is asked for with the incident.
CREATE INDEX incident_merged ON incident (merged_into) WHERE merged_into IS NOT NULL;
