"""The embedded PostgreSQL: its data folder, its server, and how it ends."""
