"""PostgreSQL: embedded or server, pool, schema, PostGIS as a capability, LISTEN."""
