-- An index for every order incidents are listed in, and for every filter that may leave few among millions: a page is read
-- from where it begins, and nothing is read that it does not show.
CREATE INDEX incident_source ON incident (source, reported_at DESC, id DESC);
CREATE INDEX incident_unit ON incident (unit, reported_at DESC, id DESC) WHERE unit <> '';
CREATE INDEX incident_responsible ON incident (responsible, reported_at DESC, id DESC) WHERE responsible <> '';
CREATE INDEX incident_open_reported ON incident (reported_at DESC, id DESC) WHERE stage NOT IN ('closed', 'voided');
CREATE INDEX incident_voided ON incident (reported_at DESC, id DESC) WHERE stage = 'voided';
CREATE INDEX incident_open_due ON incident (due_at, id)
    WHERE due_at IS NOT NULL AND stage NOT IN ('closed', 'voided');
CREATE INDEX incident_closed ON incident (closed_at DESC, id DESC) WHERE closed_at IS NOT NULL;
DROP INDEX incident_leaf;
CREATE INDEX incident_leaf ON incident (leaf, reported_at DESC, id DESC);
DROP INDEX incident_category;
CREATE INDEX incident_category ON incident (category, reported_at DESC, id DESC);
